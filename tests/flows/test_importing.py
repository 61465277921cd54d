"""An import as any door takes it in: data comes back, each step is committed, and nothing is lost in between."""

import csv
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau import sheets
from bocau.audience import attributes, imports, lists
from bocau.audience.requests import ListCreation
from bocau.audience.tables import contact, subscription
from bocau.base.db import reading, transaction
from bocau.flows import importing
from bocau.flows.importing import Importing, Place, Wanted
from tests.audience.people import NOW

COUNT = 2500
LATER = count(NOW, 1000)


def clock() -> int:
    return next(LATER)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand rows a chunk, so that three are many."""
    chunks = imports.chunks
    monkeypatch.setattr(imports, "chunks", lambda table, run, clock: chunks(table, run, clock, 1000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Good rows, but for three: no address, another one in a later chunk, somebody a second time."""
    rows = [f"p{number:04}@x.test,Người {number},Huế" for number in range(COUNT)]
    rows[1], rows[2100], rows[2200] = "không phải,An,Huế", "cũng không,Bình,Huế", rows[7]
    made = tmp_path / "khách.csv"
    made.write_text("email,Họ tên,Thành phố\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "wrong.csv", tmp_path / "kept.csv")


@pytest.fixture
def one(engine: sa.Engine, path: Path) -> Iterator[Importing]:
    with sheets.open_table(path) as table:
        yield Importing(engine, table, clock)


def begin(one: Importing, wanted: Wanted | None = None) -> imports.Run:
    return one.begin(one.look(imports.Wishes()).columns, wanted or Wanted())


def people(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(contact)).scalar_one())


def reported(place: Place) -> list[str]:
    with place.path.open(encoding="utf-8-sig", newline="") as handle:
        return [line[0] for line in csv.reader(handle)][1:]


def test_looking_stores_nothing(engine: sa.Engine, one: Importing) -> None:
    columns = one.look(imports.Wishes(mapped={"Thành phố": "city"})).columns
    assert [(column.target, column.new) for column in columns] == [("email", False), ("name", False), ("city", True)]
    with reading(engine) as connection:
        assert attributes.every(connection) == []
        assert imports.every(connection) == []


def test_each_step_is_committed_when_it_comes(engine: sa.Engine, one: Importing, place: Place) -> None:
    run = begin(one)
    assert (run.state, run.resumed, one.done) == (imports.State.running, False, 0)
    seen = [(step.rows, step.done, step.position, people(engine)) for step in one.steps(place)]
    assert seen == [(999, 999, 1000, 998), (1000, 1999, 2000, 1998), (501, 2500, 2501, 2497)]
    assert not place.path.exists()
    ended = one.finish()
    assert (ended.run.state, ended.run.counts["made"], ended.run.counts["refused"]) == (imports.State.finished, 2497, 3)
    assert ended.report == place.path
    assert reported(place) == ["3", "2102", "2202"]
    assert not place.kept.exists()


def test_what_is_new_is_made_with_the_run_or_not_at_all(engine: sa.Engine, one: Importing) -> None:
    with pytest.raises(lists.ListUnknownError):
        begin(one, Wanted(tag="vip", to_list="không có"))
    with transaction(engine) as connection:
        lists.create(connection, ListCreation(name="Hỏi", opt_in="double"), NOW)
    with pytest.raises(imports.ImportConsentMissingError):
        begin(one, Wanted(tag="vip", to_list="Hỏi"))
    with reading(engine) as connection:
        assert attributes.every(connection) == []
        assert imports.every(connection) == []


@pytest.mark.parametrize("how", ["the same again", "taken up"])
def test_who_is_gone_between_two_steps_goes_on_behind_the_last(
    engine: sa.Engine, one: Importing, path: Path, place: Place, how: str
) -> None:
    with transaction(engine) as connection:
        lists.create(connection, ListCreation(name="Tin", opt_in="single"), NOW)
    wanted = Wanted(to_list="Tin")
    begin(one, wanted)
    steps = one.steps(place)
    assert [step.position for step in islice(steps, 2)] == [1000, 2000]
    steps.close()
    assert reported(place) == ["3"]
    if how == "the same again":
        run = begin(one, wanted)
        assert (run.id, run.resumed, one.done) == (one.run.id, True, 1999)
        assert [step.done for step in one.steps(place)] == [2500]
        ended = one.finish()
    else:
        with importing.taken_up(engine, one.run.id, path, clock) as again:
            assert [step.done for step in again.steps(place)] == [2500]
            ended = again.finish()
    assert {name: ended.run.counts[name] for name in ("made", "changed", "same", "refused")} == {
        "made": 2497,
        "changed": 0,
        "same": 0,
        "refused": 3,
    }
    assert people(engine) == 2497
    with reading(engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(subscription)).scalar_one() == 2497
    assert reported(place) == ["3", "2102", "2202"]


def test_another_file_is_not_taken_up(engine: sa.Engine, one: Importing, place: Place, tmp_path: Path) -> None:
    begin(one)
    next(one.steps(place))
    other = tmp_path / "other.csv"
    other.write_text("email\na@x.test\n", encoding="utf-8")
    with pytest.raises(imports.ImportFileDiffersError), importing.taken_up(engine, one.run.id, other, clock):
        pass


def test_stopped_by_whoever_reads_and_by_somebody_else(engine: sa.Engine, one: Importing, place: Place) -> None:
    begin(one)
    steps = one.steps(place)
    next(steps)
    ended = one.stop()
    assert (ended.run.state, ended.run.position, ended.report) == (imports.State.stopped, 1000, place.path)
    with pytest.raises(imports.ImportUndoneError):
        next(steps)
    assert people(engine) == 998
    assert begin(one).state is imports.State.running
    list(one.steps(place))
    one.finish()
    assert one.stop().run.state is imports.State.finished


def test_undone_slice_after_slice_and_gone_on_with(engine: sa.Engine, one: Importing, place: Place, path: Path) -> None:
    begin(one)
    list(one.steps(place))
    run = one.finish().run
    slices = importing.undo(engine, run.id, clock)
    assert next(slices).removed == 998
    assert people(engine) == 1499
    slices.close()
    rest = list(importing.undo(engine, run.id, clock))
    assert sum(one.removed for one in rest) == 1499
    assert [one.more for one in rest] == [True, True, False]
    assert people(engine) == 0
    with reading(engine) as connection:
        assert imports.show(connection, run.id).state is imports.State.undone


def test_tables_of_an_archive_are_there_as_long_as_they_are_needed(path: Path, tmp_path: Path) -> None:
    import zipfile

    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "b.csv")
        archive.writestr("a.csv", "email\na@x.test\n")
    with importing.tables(packed) as files:
        assert [file.name for file in files] == ["a.csv", "b.csv"]
    assert not any(file.exists() for file in files)
    with importing.tables(path) as files:
        assert files == [path]
    assert path.exists()
