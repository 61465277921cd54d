"""No more mail: at once, everywhere, whole or not at all; and files that say to whom."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau import ledger, sheets
from bocau.audience import Reason, suppressions
from bocau.audience.suppressions import Suppression
from bocau.base.db import reading, transaction
from bocau.flows import stopping
from bocau.flows.stopping import Chunk, Stopped
from tests.audience.people import NOW
from tests.flows.contents import BrokenOffError, contents
from tests.ledger.seeds import submitted

PEOPLE = ["an@x.test", "binh@x.test", "chi@y.test"]


def stop(engine: sa.Engine, *values: str) -> Stopped:
    with transaction(engine) as connection:
        return stopping.stop(connection, [Suppression(value) for value in values], NOW)


def states(engine: sa.Engine, *submissions: int) -> list[tuple[int, int]]:
    """How many are suppressed and how many queued, of each submission."""
    with reading(engine) as connection:
        counts = [ledger.counts(connection, one) for one in submissions]
    return [(one["suppressed"], one["queued"]) for one in counts]


def stopped(engine: sa.Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        rows = suppressions.page(connection, suppressions.Wanted())
    return [(one["value"], one["reason"], one["source"]) for one in rows]


def read(path: Path, text: str) -> tuple[tuple[str, ...], list[Chunk]]:
    file = path / "stop.csv"
    file.write_text(text, encoding="utf-8")
    with sheets.open_table(file) as table:
        return stopping.headings(table), list(stopping.chunks(table, file.name))


def rows(chunks: Sequence[Chunk]) -> list[tuple[str, str]]:
    return [(one.value, one.reason) for chunk in chunks for one in chunk.right]


def wrong(chunks: Sequence[Chunk]) -> list[int]:
    return [one.row for chunk in chunks for one in chunk.wrong]


def test_open_mails_of_all_campaigns_are_held_back_at_once(engine: sa.Engine) -> None:
    first, second = submitted(engine, PEOPLE), submitted(engine, PEOPLE[1:], "two")
    assert stop(engine, "Binh@X.test", "nobody@x.test") == Stopped(2, 0, 2)
    assert states(engine, first, second) == [(1, 2), (1, 1)]


def test_stopping_again_is_no_harm(engine: sa.Engine) -> None:
    number = submitted(engine, PEOPLE)
    assert stop(engine, "an@x.test") == Stopped(1, 0, 1)
    assert stop(engine, "an@x.test") == Stopped(0, 1, 0)
    assert states(engine, number) == [(1, 2)] and len(stopped(engine)) == 1


def test_a_domain_is_stopped_and_its_mails_wait_to_be_looked_at(engine: sa.Engine) -> None:
    number = submitted(engine, PEOPLE)
    assert stop(engine, "Y.test.") == Stopped(1, 0, 0)
    assert states(engine, number) == [(0, 3)] and stopped(engine)[0][0] == "y.test"


def test_one_wrong_value_stops_nobody(engine: sa.Engine) -> None:
    submitted(engine, PEOPLE)
    before = contents(engine)
    with pytest.raises(suppressions.SuppressionWrongError):
        stop(engine, "an@x.test", "not an address")
    assert contents(engine) == before


def test_what_ends_afterwards_leaves_nothing_of_it(engine: sa.Engine) -> None:
    submitted(engine, PEOPLE)
    before = contents(engine)
    with pytest.raises(BrokenOffError), transaction(engine) as connection:
        stopping.stop(connection, [Suppression("an@x.test")], NOW)
        raise BrokenOffError
    assert contents(engine) == before


def test_mail_is_allowed_again_and_what_was_held_back_stays_so(engine: sa.Engine) -> None:
    number = submitted(engine, PEOPLE)
    stop(engine, "an@x.test")
    with transaction(engine) as connection:
        assert stopping.allow(connection, "AN@x.test", NOW, "bulk") == 0
        assert stopping.allow(connection, "AN@x.test", NOW) == 1
        assert stopping.allow(connection, "AN@x.test", NOW) == 0
    assert stopped(engine) == [] and states(engine, number) == [(1, 2)]


def test_a_file_tells_values_reasons_and_what_is_wrong(tmp_path: Path) -> None:
    text = "email,reason\nan@x.test,Complained\nnonsense,\n,\nevil.test,whatever\nb@x.test,erased\n"
    titles, chunks = read(tmp_path, text)
    assert titles == ("email", "reason")
    assert rows(chunks) == [("an@x.test", "complained"), ("evil.test", "manual"), ("b@x.test", "manual")]
    assert wrong(chunks) == [3]
    assert chunks[-1].right[0] == Suppression("an@x.test", Reason.complained, "all", "stop.csv")


@pytest.mark.parametrize(
    ("first", "right", "problems"),
    [
        ("an@x.test", ["an@x.test", "b@x.test"], []),
        ("an@x@y", ["b@x.test"], [1]),
        ("x.test", ["x.test", "b@x.test"], []),
    ],
)
def test_a_file_may_begin_at_once(tmp_path: Path, first: str, right: list[str], problems: list[int]) -> None:
    titles, chunks = read(tmp_path, f"{first},1\nb@x.test,2\n")
    assert (titles == ()) == ("@" in first)
    assert ([value for value, _ in rows(chunks)], wrong(chunks)) == (right, problems)


def test_a_file_that_is_broken_off_is_taken_in_anew(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "CHUNK", 2)
    _, chunks = read(tmp_path, "email\n" + "\n".join(f"p{number}@x.test" for number in range(5)))
    assert len(chunks) > 2 and all(0 < len(one.right) <= 2 for one in chunks)
    counts = []
    for one in chunks[:2] + chunks:
        with transaction(engine) as connection:
            counts.append(stopping.stop(connection, one.right, NOW))
    taken = sum(len(one.right) for one in chunks[:2])
    assert (sum(one.added for one in counts), sum(one.kept for one in counts)) == (5, taken)
    assert [source for _, _, source in stopped(engine)] == ["stop.csv"] * 5
