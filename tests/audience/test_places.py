"""Attributes beyond the places of ``contact``: their values are on pages and go every way that the others go."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau import sheets
from bocau.audience import Kind, Target, attributes, contacts, erase, imports, places, segments, slice_target
from bocau.audience.attributes import SlotsFullError, define, remove
from bocau.audience.requests import AttributeCreation, ContactChange, ContactCreation
from bocau.audience.tables import attribute, contact, contact_pages
from bocau.base.db import Connection, again, make_engine, reading, transaction
from tests.audience.importing import clock, rows, take, undo, write
from tests.audience.people import NOW

MANY = 60


def take_slots(connection: Connection, kind: Kind, count: int) -> None:
    """Attributes of a kind until so many slots of it are taken."""
    values = {"kind": kind.value, "choices": "[]", "created_at": NOW}
    lines = [{"name": f"first_{slot}", "label": slot, "slot": slot, **values} for slot in places.slots_of(kind)[:count]]
    connection.execute(sa.insert(attribute), lines)


def on_pages(engine: sa.Engine) -> dict[int, list[Any]]:
    """Contact → the values it has on pages."""
    found: dict[int, list[Any]] = {}
    for page in contact_pages:
        for row in rows(engine, page):
            found.setdefault(row.contact, []).extend(value for value in row[1:] if value is not None)
    return found


def value_of(engine: sa.Engine, address: str, name: str) -> Any:
    with reading(engine) as connection:
        return contacts.show(connection, address)["attributes"][name]


@pytest.fixture
def paged(engine: sa.Engine) -> sa.Engine:
    """The first page's first places of text are those of ``city`` and ``note``."""
    with transaction(engine) as connection:
        take_slots(connection, Kind.text, 24)
        assert define(connection, AttributeCreation(name="city", kind=Kind.text), NOW).slot == "t25"
        assert define(connection, AttributeCreation(name="note", kind=Kind.text), NOW).slot == "t26"
    return engine


def wide(path: Path, people: int) -> Path:
    """A file of texts, numbers and dates, MANY of each; every second person has none of the latter half."""
    heads = [f"{kind}{number}" for kind in ("text", "number", "day") for number in range(1, MANY + 1)]
    lines = [",".join(["email", *heads])]
    for one in range(people):
        cells = [f"chữ {one}\\{n}" for n in range(MANY)] + [f"{one + n}.5" for n in range(MANY)]
        cells += [f"2026-{n % 12 + 1:02}-{one % 28 + 1:02}" for n in range(MANY)]
        kept = [cell if one % 2 == 0 or n % MANY < MANY / 3 else "" for n, cell in enumerate(cells)]
        lines.append(",".join([f"p{one}@a.test", *kept]))
    return write(path, "\n".join(lines) + "\n")


def test_as_many_attributes_as_a_file_has_are_taken_in_told_and_undone(engine: sa.Engine, tmp_path: Path) -> None:
    run = take(engine, wide(tmp_path / "x.csv", 30), size=12).run
    assert run.counts["made"] == 30
    with reading(engine) as connection:
        known = attributes.every(connection)
        assert len(known) == 3 * MANY
        shown = contacts.show(connection, "p2@a.test")["attributes"]
        assert (shown["text60"], shown["number60"], shown["day60"]) == ("chữ 2\\59", 61.5, "2026-12-03")
        assert contacts.show(connection, "p1@a.test")["attributes"]["text60"] is None
        (exported,) = contacts.rows(connection, known, contacts.Wanted(text="p2@a.test"))
        assert exported["attributes"] == shown
        sent = slice_target(connection, Target(rules=('text60 = "chữ 2\\\\59"',)), 0, 10, now=NOW)
        assert [orjson.loads(one.data) for one in sent] == [shown]
        assert segments.how_many(connection, "number60 > 61 and day59 is not empty", {}, NOW) == 14
    assert all(None not in values for values in on_pages(engine).values())
    with transaction(engine) as connection:
        erase(connection, "p2@a.test", NOW)
    assert on_pages(engine).keys() <= {row.id for row in rows(engine, contact)}
    undo(engine, run.id)
    assert not list(rows(engine, contact)) and on_pages(engine) == {}


def test_who_has_no_value_on_a_page_has_no_row_there(paged: sa.Engine) -> None:
    with transaction(paged) as connection:
        contacts.add(connection, ContactCreation(address="an@a.test", values={"first_t01": "x", "city": ""}), NOW)
    assert on_pages(paged) == {}
    for values, kept in (
        ({"city": "Huế"}, ["Huế"]),
        ({"note": "a"}, ["Huế", "a"]),
        ({"city": ""}, ["a"]),
        ({"note": ""}, []),
    ):
        with transaction(paged) as connection:
            contacts.change(connection, "an@a.test", ContactChange(values=values), NOW)
        assert [value for values in on_pages(paged).values() for value in values] == kept
        assert [len(list(rows(paged, page))) for page in contact_pages[:2]] == [bool(kept), 0]


@pytest.mark.parametrize(
    "merge,city,note", [("skip", "Huế", None), ("fill", "Huế", "mới"), ("overwrite", "Đà Nẵng", "mới")]
)
def test_merging_reads_and_writes_pages_and_undoing_puts_back(
    paged: sa.Engine, tmp_path: Path, merge: str, city: str, note: str | None
) -> None:
    with transaction(paged) as connection:
        contacts.add(connection, ContactCreation(address="an@a.test", values={"city": "Huế"}), NOW)
        contacts.add(connection, ContactCreation(address="trong@a.test"), NOW)
    before = on_pages(paged)
    path = write(tmp_path / "x.csv", "email,city,note\nan@a.test,Đà Nẵng,mới\ntrong@a.test,,\nmoi@a.test,Vinh,\n")
    run = take(paged, path, merge=merge).run
    assert (value_of(paged, "an@a.test", "city"), value_of(paged, "an@a.test", "note")) == (city, note)
    assert value_of(paged, "moi@a.test", "city") == "Vinh"
    assert len(list(rows(paged, contact_pages[0]))) == 2, "who has nothing has no row"
    undo(paged, run.id)
    assert on_pages(paged) == before


def test_a_slot_given_to_another_attribute_shows_nothing_of_the_old_one(paged: sa.Engine, tmp_path: Path) -> None:
    with transaction(paged) as connection:
        contacts.add(connection, ContactCreation(address="an@a.test", values={"city": "Huế", "first_t24": "cũ"}), NOW)
    run = take(paged, write(tmp_path / "x.csv", "email,city,first_t24\nan@a.test,Vinh,mới\n"), merge="overwrite").run
    with transaction(paged) as connection:
        assert remove(connection, "city") == remove(connection, "first_t24") == 1
    assert on_pages(paged) == {} and not list(rows(paged, contact_pages[0]))
    with transaction(paged) as connection:
        assert define(connection, AttributeCreation(name="other", kind=Kind.text), clock()).slot == "t24"
        assert (
            define(connection, AttributeCreation(name="further", kind=Kind.choice, choices=["a"]), clock()).slot
            == "t25"
        )
    undo(paged, run.id)
    assert value_of(paged, "an@a.test", "other") is value_of(paged, "an@a.test", "further") is None


def test_slots_of_a_kind_end_with_a_clear_word_and_come_free_again(engine: sa.Engine) -> None:
    slots = places.slots_of(Kind.date)
    with transaction(engine) as connection:
        take_slots(connection, Kind.date, len(slots) - 1)
        assert define(connection, AttributeCreation(name="last", kind=Kind.date), NOW).slot == slots[-1]
        with pytest.raises(SlotsFullError, match=f"all {len(slots)} places"):
            define(connection, AttributeCreation(name="more", kind=Kind.date), NOW)
        contacts.add(connection, ContactCreation(address="an@a.test", values={"last": "2026-01-01"}), NOW)
        assert remove(connection, "last") == 1
        assert define(connection, AttributeCreation(name="more", kind=Kind.date), NOW).slot == slots[-1]
        assert contacts.show(connection, "an@a.test")["attributes"]["more"] is None


def test_every_slot_has_a_column_of_its_own() -> None:
    columns = [places.column(slot) for kind in (Kind.text, Kind.number, Kind.date) for slot in places.slots_of(kind)]
    assert (
        len(set(columns))
        == len(columns)
        == sum(not one.primary_key for page in contact_pages for one in page.c)
        + sum(places.is_slot(one.name) for one in contact.c)
    )


def test_a_segment_looks_once_at_a_page_for_all_it_asks_there(paged: sa.Engine) -> None:
    with reading(paged) as connection:
        for rule in ('city = "a" and note = "b"', 'city = "a" or note = "b"'):
            for whole in (False, True):
                made = str(segments.compile(connection, rule, {}, NOW, whole=whole))
                assert made.count("FROM contact_page_01") == 1, made


def behind(engine: sa.Engine, first: Callable[[Connection], object], second: Callable[[Connection], object]) -> Any:
    """What comes of ``second`` that begins while ``first`` is not committed: its answer or its error."""
    over = threading.Event()

    def work() -> Any:
        try:
            return again(engine, second)
        except Exception as error:  # noqa: BLE001
            return error
        finally:
            over.set()

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as connection:
            first(connection)
            answer = pool.submit(work)
            over.wait(1)  # who does not wait for us is through by then; who waits, waits
        return answer.result()


def test_no_value_is_left_in_the_slot_of_an_attribute_removed_meanwhile(paged: sa.Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "email,city,first_t01\nan@a.test,Huế,x\n")
    run = take(paged, path, chunks=0).run
    with sheets.open_table(path) as table:
        (chunk,) = imports.chunks(table, run, clock)
    creation = ContactCreation(address="b@a.test", values={"note": "b"})
    assert behind(paged, lambda one: imports.store(one, run, chunk), lambda one: remove(one, "city")) == 1
    assert behind(paged, lambda one: contacts.add(one, creation, NOW), lambda one: remove(one, "note")) == 1
    assert on_pages(paged) == {}


def test_nothing_is_written_about_who_is_erased_meanwhile(paged: sa.Engine) -> None:
    change = ContactChange(values={"city": "Vinh"})
    for first in ("Huế", ""):
        with transaction(paged) as connection:
            contacts.add(connection, ContactCreation(address="an@a.test", values={"city": first}, back=True), NOW)
        found = behind(
            paged, lambda one: erase(one, "an@a.test", NOW), lambda one: contacts.change(one, "an@a.test", change, NOW)
        )
        assert isinstance(found, contacts.ContactUnknownError)
        assert on_pages(paged) == {}
        with transaction(paged) as connection:
            contacts.add(connection, ContactCreation(address="an@a.test", back=True), NOW)
        behind(
            paged, lambda one: contacts.change(one, "an@a.test", change, NOW), lambda one: erase(one, "an@a.test", NOW)
        )
        assert on_pages(paged) == {}


def test_imports_and_changes_at_once_leave_each_persons_last_value(paged: sa.Engine, tmp_path: Path) -> None:
    with transaction(paged) as connection:
        for n in range(0, 120, 3):
            contacts.add(connection, ContactCreation(address=f"p{n}@a.test", values={"note": "trước"}), NOW)

    def take_in(number: int) -> imports.Run:
        own = make_engine(paged.url.render_as_string(hide_password=False))
        lines = "".join(f"p{n}@a.test,thành phố {number},ghi {number}\n" for n in range(number, 120))
        try:
            path = write(tmp_path / f"{number}.csv", "email,city,note\n" + lines)
            return take(own, path, merge="overwrite", size=25).run
        finally:
            own.dispose()

    def change() -> None:
        for n in range(0, 120, 3):
            wanted = ContactChange(values={"city": "sửa", "first_t01": str(n)})
            again(paged, lambda one, n=n, wanted=wanted: contacts.change(one, f"p{n}@a.test", wanted, clock()))

    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(take_in, number) for number in (1, 2)]
        pool.submit(change).result()
        assert {one.result().state for one in runs} == {imports.State.finished}
    with reading(paged) as connection:
        for n in range(120):
            found = contacts.show(connection, f"p{n}@a.test")["attributes"]
            cities = {"thành phố 1", "thành phố 2"} if n > 1 else {"thành phố 1"} if n else set()
            assert found["city"] in cities | ({"sửa"} if n % 3 == 0 else set())
            assert found["note"] in ({"ghi 1", "ghi 2"} if n else {"trước"})
            assert found["first_t01"] == (str(n) if n % 3 == 0 else None)
