"""Mails to a file of people, as any door sends them: each step is committed, and the same key goes on."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau import content, intake, ledger
from bocau.base.db import reading, transaction
from bocau.flows import sending
from bocau.flows.sending import People, Sending, Wanted
from bocau.ledger.tables import batch, message
from tests.audience.people import NOW

ORDER = intake.Order(
    source=content.Source(subject="Chào {{ name }}", text="{{ thanh_pho }}"),
    sender="Hẹn <hen@clinic.test>",
    stream="transactional",
    name="test",
)
WANTED = Wanted(intake.Reading(), intake.Wishes())
COUNT = 2500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Good rows, but for two: no address, and somebody a second time in a later chunk."""
    rows = [f"p{number:04}@x.test,Người {number},Huế" for number in range(COUNT)]
    rows[1], rows[2200] = "không phải,An,Huế", rows[7]
    made = tmp_path / "khách.csv"
    made.write_text("email,Họ tên,Thành phố\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return made


@pytest.fixture
def people(path: Path) -> Iterator[People]:
    content.compile(content.Version.unsaved(ORDER.source), 100_000)
    with intake.open_table(path) as table:
        yield sending.look(table, ORDER, WANTED)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "wrong.csv"


def begun(engine: sa.Engine, people: People) -> Sending:
    return Sending(engine, people.order, people.key, lambda: NOW)


def mails(engine: sa.Engine) -> Counter[str]:
    """Recipient → how many mails."""
    with reading(engine) as connection:
        return Counter(connection.execute(sa.select(message.c.recipient)).scalars())


def reported(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [line[0] for line in csv.reader(handle)][1:]


def test_each_step_is_committed_when_it_comes(engine: sa.Engine, people: People, report: Path) -> None:
    assert (people.count, people.found.rows) == (2498, 2500)
    one = begun(engine, people)
    found = one.begin(again=False)
    assert (found.created, found.complete, found.sent) == (True, False, 0)
    seen = [(step.added, step.last, mails(engine).total()) for step in one.steps(people, report)]
    assert seen == [(998, 1000, 998), (1000, 2000, 1998), (500, 2501, 2498)]
    ended = one.finish()
    assert (ended.rejected, ended.report) == (2, report)
    assert reported(report) == ["3", "2202"]
    with reading(engine) as connection:
        assert ledger.progress(connection, found.submission_id).expanded


def test_who_is_gone_between_two_steps_goes_on_with_the_same_key(
    engine: sa.Engine, people: People, report: Path
) -> None:
    first = begun(engine, people)
    before = first.begin(again=False)
    steps = first.steps(people, report)
    assert [step.last for step in islice(steps, 2)] == [1000, 2000]
    steps.close()
    assert list(report.parent.glob(".wrong*")) == []
    with reading(engine) as connection:
        assert not ledger.progress(connection, before.submission_id).expanded
    second = begun(engine, people)
    found = second.begin(again=False)
    assert (found.submission_id, found.created, found.complete) == (before.submission_id, False, False)
    assert [step.added for step in second.steps(people, report)] == [0, 0, 500]
    assert second.finish() == sending.Ended(2, 0, report)
    assert reported(report) == ["3", "2202"]
    sent = mails(engine)
    assert set(sent.values()) == {1}
    with reading(engine) as connection:
        told = ledger.progress(connection, found.submission_id)
        open_ = connection.execute(sa.select(sa.func.sum(batch.c.open))).scalar_one()
    assert (told.expanded, told.total, told.open, int(open_)) == (True, 2498, 2498, len(sent))
    third = begun(engine, people).begin(again=False)
    assert (third.complete, third.rejected, third.submission_id) == (True, 2, found.submission_id)


def test_anew_is_another_submission(engine: sa.Engine, people: People, report: Path) -> None:
    numbers = []
    for again in (False, True):
        one = begun(engine, people)
        numbers.append(one.begin(again=again).submission_id)
        list(one.steps(people, report))
        one.finish()
    assert len(set(numbers)) == 2
    assert set(mails(engine).values()) == {2}


def test_cancelled_is_not_gone_on_with(engine: sa.Engine, people: People, report: Path) -> None:
    one = begun(engine, people)
    number = one.begin(again=False).submission_id
    next(one.steps(people, report))
    with transaction(engine) as connection:
        ledger.cancel(connection, number)
    again = begun(engine, people)
    with pytest.raises(sending.SubmissionCancelledError):
        again.begin(again=False)
    assert again.found is not None
    assert again.found.submission_id == number


def test_no_more_than_wanted_and_a_key_of_its_own(engine: sa.Engine, people: People, report: Path) -> None:
    few = replace(people, wanted=replace(WANTED, limit=1500))
    assert (few.count, few.key == people.key) == (1500, False)
    one = begun(engine, few)
    one.begin(again=False)
    assert sum(step.added for step in one.steps(few, report)) == 1500
    assert one.finish().rejected == 1


def test_all_or_nothing_lists_what_is_wrong(engine: sa.Engine, people: People, report: Path) -> None:
    from bocau.intake.errors import RowsRefusedError

    with pytest.raises(RowsRefusedError):
        people.refuse_problems(report)
    assert reported(report) == ["3", "2202"]
    assert mails(engine).total() == 0


def test_fields_that_nobody_has_are_found_at_the_first_look(path: Path) -> None:
    from bocau.intake.errors import FieldsMissingError

    order = replace(ORDER, source=content.Source(subject="Chào", text="{{ tinh }}"))
    content.compile(content.Version.unsaved(order.source), 100_000)
    with intake.open_table(path) as table, pytest.raises(FieldsMissingError):
        sending.look(table, order, WANTED)
    with pytest.raises(FieldsMissingError):
        sending.few(order, ["a@x.test"], {}, {})


def test_a_few_are_one_step_and_the_same_again_is_nothing(engine: sa.Engine) -> None:
    content.compile(content.Version.unsaved(ORDER.source), 100_000)
    messages = sending.few(ORDER, ["An <a@x.test>", "Bình <b@x.test>", "An <A@x.test>"], {"Thành phố": "Huế"}, {})
    key = intake.key_of(ORDER, "few")
    first = Sending(engine, ORDER, key, lambda: NOW).few(messages, again=False)
    second = Sending(engine, ORDER, key, lambda: NOW).few(messages, again=False)
    assert (first.created, second.created, second.complete) == (True, False, True)
    assert first.submission_id == second.submission_id
    assert mails(engine) == {"a@x.test": 1, "b@x.test": 1}
