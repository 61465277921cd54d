"""Into the ledger, on both databases: resumed, repeated, sent anew."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from bocau import content, intake, ledger
from bocau.base.clock import now_ms
from bocau.base.config import STREAMS
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.intake import Order
from bocau.ledger import SubmissionState
from bocau.ledger.options import Options
from bocau.ledger.tables import message
from tests.intake.lists import write

ORDER = Order(
    source=content.Source(subject="Chào {{ name }}", text="{{ city }}"),
    sender="Hẹn <hen@clinic.test>",
    stream="transactional",
    name="test",
)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """3,500 rows: every hundredth has no address, every two-hundredth repeats the row before."""
    rows = []
    for number in range(3500):
        address = "" if number % 100 == 50 else f"p{number - (number % 200 == 120)}@mail.test"
        rows.append(f"{address},Người {number},Huế\n")
    return write(tmp_path / "people.csv", "email,name,city\n" + "".join(rows))


def fill(
    engine: sa.Engine, path: Path, *, chunks: int | None = None, again: bool = False
) -> tuple[ledger.Opened, int, int]:
    """Send a file as the command does; ``chunks`` stops it in the middle. The submission, rows added, rows told of."""
    added = told = 0
    with intake.open_table(path) as table:
        found = intake.survey(table)
        with transaction(engine) as connection:
            opened = intake.begin(connection, ORDER, intake.key_of(ORDER, table.digest), now_ms(), again=again)
        for chunk in islice(intake.expand(table, found), chunks):
            with transaction(engine) as connection:
                result = intake.add(connection, opened.id, chunk.messages)
            added += result.added
            told += len(chunk.with_duplicates(found, result.duplicates))
        if chunks is None:
            with transaction(engine) as connection:
                intake.finish(connection, opened.id, told)
    return opened, added, told


def rows(engine: sa.Engine, submission: int) -> list[int]:
    with reading(engine) as connection:
        found = connection.execute(
            sa.select(message.c.row).where(message.c.submission == submission).order_by(message.c.id)
        )
        return [row.row for row in found]


def test_every_row_is_mailed_or_told(engine: sa.Engine, people: Path) -> None:
    opened, added, told = fill(engine, people)
    assert opened.created
    assert (added, told) == (3500 - 35 - 17, 35 + 17)
    assert len(rows(engine, opened.id)) == added
    with reading(engine) as connection:
        stored = ledger.show_submission(connection, opened.id)
    assert stored is not None
    assert (stored["total"], stored["rejected"], stored["expanded"]) == (added, told, True)


@pytest.mark.parametrize("chunks", [0, 1, 2, 3])
def test_interrupted_intake_resumes_and_nobody_is_in_twice(engine: sa.Engine, people: Path, chunks: int) -> None:
    first, before, _ = fill(engine, people, chunks=chunks)
    second, after, told = fill(engine, people)
    assert second.id == first.id
    assert not second.created
    assert not second.expanded
    assert before + after == 3500 - 35 - 17
    assert told == 35 + 17, "duplicates of rows that were in before are told as well"
    assert len(set(rows(engine, first.id))) == before + after


def test_same_file_again_finds_the_submission_complete(engine: sa.Engine, people: Path) -> None:
    first, _, _ = fill(engine, people)
    with transaction(engine) as connection:
        again = intake.begin(connection, ORDER, intake.key_of(ORDER, "?"), now_ms())
    with intake.open_table(people) as table, transaction(engine) as connection:
        same = intake.begin(connection, ORDER, intake.key_of(ORDER, table.digest), now_ms())
    assert again.id != first.id
    assert (same.id, same.created, same.expanded) == (first.id, False, True)


def test_again_makes_a_new_one_which_then_is_the_one_resumed(engine: sa.Engine, people: Path) -> None:
    first, _, _ = fill(engine, people)
    second, some, _ = fill(engine, people, again=True, chunks=1)
    third, rest, _ = fill(engine, people)
    assert second.created
    assert second.id != first.id
    assert third.id == second.id
    assert some + rest == 3500 - 35 - 17
    fourth, _, _ = fill(engine, people, again=True, chunks=1)
    assert fourth.id not in (first.id, second.id)


def test_looking_for_a_newer_one_leaves_nothing_behind(engine: sa.Engine, people: Path) -> None:
    fill(engine, people)
    fill(engine, people, chunks=0)
    with reading(engine) as connection:
        assert len(ledger.list_submissions(connection)) == 1


def test_cancelled_submission_takes_no_further_rows(engine: sa.Engine, people: Path) -> None:
    first, _, _ = fill(engine, people, chunks=1)
    with transaction(engine) as connection:
        ledger.cancel(connection, first.id)
    second, added, _ = fill(engine, people)
    assert second.state is SubmissionState.cancelled
    assert added == 0


def test_few_messages_go_in_at_once_and_only_once(engine: sa.Engine) -> None:
    messages = intake.few(["a@b.test", "b@b.test"], {"city": "Huế"})
    with transaction(engine) as connection:
        first = intake.submit(connection, ORDER, messages, "key", now_ms())
    with transaction(engine) as connection:
        second = intake.submit(connection, ORDER, messages, "key", now_ms())
    with transaction(engine) as connection:
        third = intake.submit(connection, ORDER, messages, "key", now_ms(), again=True)
    assert (first.added, second.added, third.added) == (2, 0, 2)
    assert second.opened.id == first.opened.id != third.opened.id
    with reading(engine) as connection:
        assert ledger.progress(connection, first.opened.id).expanded


def test_nothing_is_kept_when_the_transaction_fails(engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        intake.submit(connection, ORDER, intake.few(["a@b.test"], {}), "key", now_ms())
        raise ZeroDivisionError
    with reading(engine) as connection:
        assert ledger.list_submissions(connection) == []


def orders() -> Iterator[Order]:
    yield replace(ORDER, sender="b@clinic.test")
    yield replace(ORDER, stream="bulk")
    yield replace(ORDER, options=Options(reply_to="a@b.test"))
    yield replace(ORDER, queue="other")
    yield replace(ORDER, source=replace(ORDER.source, subject="Khác"))
    yield replace(ORDER, source=replace(ORDER.source, allow_missing=True))


def test_key_changes_with_everything_that_changes_the_mails() -> None:
    keys = {intake.key_of(order, "digest") for order in orders()}
    keys |= {intake.key_of(ORDER, "digest"), intake.key_of(ORDER, "other"), intake.key_of(ORDER, "digest", 5)}
    assert len(keys) == 9
    assert all(len(key) <= 64 for key in keys)


def test_key_does_not_change_with_the_name_of_things() -> None:
    assert intake.key_of(replace(ORDER, name="x"), 1) == intake.key_of(ORDER, 1)
    one, other = Options(headers={"X-A": "1", "X-B": "2"}), Options(headers={"X-B": "2", "X-A": "1"})
    assert intake.key_of(replace(ORDER, options=one)) == intake.key_of(replace(ORDER, options=other))


def test_key_is_the_one_of_earlier_versions() -> None:
    """A list that was begun before an update goes on after it."""
    source = content.Source(subject="Tin {{ name }}", text="Chào", allow_missing=True)
    for known in orjson.loads((Path(__file__).parent / "keys.json").read_bytes()):
        options = Options.from_dict(known["options"])
        order = Order(source=source, sender="A <a@x.test>", stream=known["stream"], options=options)
        assert intake.key_of(order, "digest", 5, None) == known["key"], known
        assert options.to_json() == known["stored"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sender": "nobody"}, "address-wrong"),
        ({"sender": "x <y"}, "mailbox-wrong"),
        ({"sender": "Hẹn\r\nBcc: all@mail.test <hen@clinic.test>"}, "address-broken-line"),
        ({"options": Options(reply_to="x\n<a@b.test>")}, "address-broken-line"),
        ({"options": Options(headers={"X-A": "1\r\nBcc: all@mail.test"})}, "header_wrong"),
        ({"options": Options(headers={"X A": "1"})}, "header_wrong"),
        ({"options": Options(headers={"X-A\r\nBcc": "1"})}, "header_wrong"),
        ({"options": Options(unsubscribe_url="http://x.test")}, "unsubscribe-wrong"),
        ({"options": Options(unsubscribe_url="https://x.test/\r\nX: y")}, "unsubscribe-wrong"),
        ({"stream": "bulk"}, "unsubscribe-missing"),
        ({"stream": "other"}, "stream-unknown"),
        ({"source": replace(ORDER.source, subject="a\r\nBcc: all@mail.test")}, "subject-wrong"),
        ({"source": replace(ORDER.source, subject="a\0")}, "subject-wrong"),
        ({"source": replace(ORDER.source, subject="  ")}, "subject-wrong"),
        ({"source": replace(ORDER.source, subject="x" * 999)}, "subject-wrong"),
    ],
)
def test_what_could_never_be_sent_is_refused_before_anything_is_stored(change: dict[str, object], code: str) -> None:
    with pytest.raises(BocauError) as caught:
        intake.check_order(replace(ORDER, **change), STREAMS)  # type: ignore[arg-type]
    assert caught.value.code.replace("-", "_") == code.replace("-", "_")
    assert "\n" not in str(caught.value)
    assert caught.value.advice()


def test_good_orders_pass() -> None:
    intake.check_order(ORDER, STREAMS)
    options = Options(unsubscribe_url="https://x.test/{{ token }}", reply_to="Hỏi <a@b.test>", headers={"X-A": "b"})
    intake.check_order(replace(ORDER, stream="bulk", options=options), STREAMS)


def test_fields_nobody_has_are_refused_with_their_place() -> None:
    content.compile(content.Version.unsaved(ORDER.source))
    with pytest.raises(BocauError) as caught:
        intake.check_fields(ORDER, ["name", "town"])
    assert "city (text, 1)" in str(caught.value)
    assert "name, town" in caught.value.advice()
    intake.check_fields(ORDER, ["name", "city"])
    intake.check_fields(replace(ORDER, source=replace(ORDER.source, allow_missing=True)), [])
