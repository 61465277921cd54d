"""Versions are frozen: equal sources are one version, and what was stored comes back as it was."""

import threading

import pytest
import sqlalchemy as sa

from bocau import content
from bocau.base.db import reading, transaction

SOURCE = content.Source("Chào {{ name }}", html="<p>Nguyễn</p>", attachments=({"digest": "a", "name": "ễ.pdf"},))


def test_a_version_comes_back_as_it_was_frozen(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        made = content.freeze(connection, SOURCE, 5)
    with reading(engine) as connection:
        version = content.load(connection, made)
    assert version.source == SOURCE
    assert version.id == made
    assert version.digest == content.Version.unsaved(SOURCE).digest


def test_equal_sources_are_one_version_and_different_ones_are_not(engine: sa.Engine) -> None:
    others = [
        content.Source("Chào {{ name }}", html="<p>Nguyễn</p>"),
        content.Source("Chào {{ name }}", text="<p>Nguyễn</p>"),
        content.Source("Chào {{ name }}", html="<p>Nguyễn</p>", allow_missing=True),
    ]
    with transaction(engine) as connection:
        first = content.freeze(connection, SOURCE, 1)
        again = content.freeze(connection, content.Source(**_as_dict(SOURCE)), 2)
        ids = {content.freeze(connection, other, 3) for other in others}
    assert first == again
    assert len(ids) == 3
    assert first not in ids


def _as_dict(source: content.Source) -> dict[str, object]:
    return {"subject": source.subject, "html": source.html, "attachments": source.attachments}


def test_two_who_freeze_the_same_at_once_get_the_same_version(engine: sa.Engine) -> None:
    found: list[int] = []
    together = threading.Barrier(4)

    def freeze() -> None:
        together.wait()
        with transaction(engine) as connection:
            found.append(content.freeze(connection, SOURCE, 1))

    threads = [threading.Thread(target=freeze) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_version_that_is_not_there_is_told(engine: sa.Engine) -> None:
    with reading(engine) as connection, pytest.raises(content.VersionMissingError, match="41"):
        content.load(connection, 41)


def test_a_version_is_compiled_once_per_process() -> None:
    version = content.Version.unsaved(SOURCE)
    assert content.compile(version) is content.compile(content.Version(9, version.digest, SOURCE))
    assert content.compile(version) is not content.compile(version, fuel=5)


def test_the_process_keeps_a_bounded_number_of_compiled_versions() -> None:
    from bocau.content import compiled

    for i in range(compiled.KEPT + 20):
        content.compile(content.Version.unsaved(content.Source(f"s{i}", text="x")))
    assert len(compiled._kept) == compiled.KEPT


def test_a_broken_version_is_not_kept() -> None:
    broken = content.Version.unsaved(content.Source("s", text="{{"))
    for _ in range(2):
        with pytest.raises(content.TemplateWrongError):
            content.compile(broken)
