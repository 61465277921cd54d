import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau import sheets
from bocau.audience import Consent, How, Status, attributes, contacts, erase, imports, lists, subscriptions, tags
from bocau.audience.requests import AttributeCreation, ContactChange, ContactCreation, ListCreation
from bocau.audience.tables import consent, contact, contact_tag, import_before, subscription
from bocau.base.db import transaction
from tests.audience.importing import clock, rows, take, undo, write
from tests.audience.people import DAY, FORM, HOSTILE, NOW
from tests.intake.lists import EXAMPLES, write_xlsx
from tests.intake.test_messy import FORMS, verdicts

pytestmark = pytest.mark.usefixtures("in_vietnam")
LIST = (
    "Thư điện tử,Họ và tên,Ngôn ngữ,Thành phố,Số tiền,Ngày sinh,Đã mua,Điện thoại\n"
    "An@Gmail.test,Nguyễn An,vi,Huế,1500,12/11/1989,có,0912345678\n"
    "binh@mail.test, Trần Bình ,en,Hà Nội,,2001-02-03,không,0987654321\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "khách.csv", LIST)


def shown(engine: sa.Engine, address: str) -> dict[str, object]:
    with transaction(engine) as connection:
        return contacts.show(connection, address)


def test_columns_are_found_by_their_headings(engine: sa.Engine, path: Path) -> None:
    taken = take(engine, path)
    assert taken.problems == []
    assert taken.run.counts["made"] == 2
    an = shown(engine, "an@gmail.test")
    assert (an["name"], an["language"], an["origin"]) == ("Nguyễn An", "vi", taken.run.id)
    assert an["attributes"] == {
        "thanh_pho": "Huế",
        "so_tien": 1500,
        "ngay_sinh": "1989-11-12",
        "da_mua": True,
        "dien_thoai": "0912345678",
    }
    binh = shown(engine, "binh@mail.test")
    assert binh["name"] == "Trần Bình"
    assert binh["attributes"]["so_tien"] is None  # type: ignore[index]
    with transaction(engine) as connection:
        kinds = {one.name: one.kind.value for one in attributes.every(connection)}
        assert attributes.find(connection, "Thành phố").name == "thanh_pho"
    assert kinds == {
        "thanh_pho": "text",
        "so_tien": "number",
        "ngay_sinh": "date",
        "da_mua": "boolean",
        "dien_thoai": "text",
    }


def test_a_name_that_is_too_long_is_left_out_and_told(engine: sa.Engine, tmp_path: Path) -> None:
    longest, longer = "Đ" * 200, "Đ" * 201
    path = write(tmp_path / "x.csv", f"email,name\na@x.test,{longest}\nb@x.test,{longer}\n")
    taken = take(engine, path)
    assert [(one.row, one.mailed) for one in taken.problems] == [(3, True)]
    assert shown(engine, "a@x.test")["name"] == longest
    assert shown(engine, "b@x.test")["name"] == ""


def test_columns_are_what_a_person_says(engine: sa.Engine, path: Path) -> None:
    wishes = imports.Wishes(mapped={"Thành phố": "city", "Số tiền": "", "Họ và tên": "ho_ten"}, new=False)
    take(engine, path, wishes)
    an = shown(engine, "an@gmail.test")
    assert an["name"] == ""
    assert an["attributes"] == {"city": "Huế", "ho_ten": "Nguyễn An"}


def test_two_columns_do_not_become_one(engine: sa.Engine, path: Path) -> None:
    with pytest.raises(imports.ImportMapWrongError):
        take(engine, path, imports.Wishes(mapped={"Thành phố": "city", "Số tiền": "city"}))
    with pytest.raises(imports.ImportMapWrongError):
        take(engine, path, imports.Wishes(mapped={"Thành phố": "id"}))


@pytest.mark.parametrize("form", FORMS)
def test_messy_rows_come_to_their_verdicts(engine: sa.Engine, tmp_path: Path, form: str) -> None:
    path = tmp_path / form
    if path.suffix == ".csv":
        shutil.copy(EXAMPLES / form, path)
    else:
        with (EXAMPLES / FORMS[0]).open(encoding="utf-8-sig", newline="") as handle:
            write_xlsx(path, {"Danh sách": list(csv.reader(handle))})
    taken = take(engine, path)
    there = {row.address for row in rows(engine, contact)}
    reasons = taken.reasons()
    expected = verdicts()
    good = {row for row, (_, verdict) in expected.items() if verdict.startswith(("good", "sent once"))}
    assert len(there) == len(good) == taken.run.counts["made"]
    for row, (address, verdict) in expected.items():
        if row in good:
            assert there & set(address.split(" or "))
            assert row not in reasons
        elif not verdict.startswith("empty line"):
            assert reasons[row] == verdict


def test_hostile_cells_stay_text(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["email", "name", "note"])
        for number, text in enumerate([*HOSTILE, "\\N", "\\.", "a\\tb\\", "two\nlines", "\x1e"]):
            out.writerow([f"p{number}@a.test", text, text])
    assert not take(engine, path).reasons()
    with transaction(engine) as connection:
        slot = attributes.find(connection, "note").slot
    kept = {row.address: row._mapping[slot] for row in rows(engine, contact)}
    assert len(kept) == len(HOSTILE) + 5
    for number, text in enumerate([*HOSTILE, "\\N", "\\.", "a\\tb\\", "two\nlines", "\x1e"]):
        assert kept[f"p{number}@a.test"] == (text.strip() or None)


def test_value_that_does_not_fit_is_told_and_the_person_comes_in(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="amount", kind=attributes.Kind.number), NOW)
    path = write(tmp_path / "x.csv", "email,amount,zone\na@a.test,many,Mars\nb@b.test,7,Asia/Ho_Chi_Minh\n")
    taken = take(engine, path)
    assert [(one.row, one.column, one.mailed) for one in taken.problems] == [(2, "amount", True), (2, "zone", True)]
    assert (taken.run.counts["made"], taken.run.counts["refused"]) == (2, 0)
    assert shown(engine, "a@a.test")["attributes"] == {"amount": None}
    assert shown(engine, "b@b.test")["zone"] == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("merge", "expected"),
    [("skip", ("An", "", "Huế")), ("fill", ("An", "vi", "Huế")), ("overwrite", ("Nguyễn An", "vi", "Hà Nội"))],
)
def test_known_contacts_are_merged_as_asked(
    engine: sa.Engine, tmp_path: Path, merge: str, expected: Sequence[str]
) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=attributes.Kind.text), NOW)
        contacts.add(connection, ContactCreation(address="an@a.test", name="An", values={"city": "Huế"}), NOW)
    path = write(tmp_path / "x.csv", "email,name,language,city\nan@a.test,Nguyễn An,vi,Hà Nội\nb@a.test,,,\n")
    taken = take(engine, path, merge=merge)
    an = shown(engine, "an@a.test")
    assert (an["name"], an["language"], an["attributes"]["city"]) == tuple(expected)  # type: ignore[index]
    changed = int(merge != "skip")
    assert taken.run.counts | {"made": 1, "changed": changed, "same": 1 - changed} == taken.run.counts
    undo(engine, taken.run.id)
    an = shown(engine, "an@a.test")
    assert (an["name"], an["language"], an["attributes"]["city"]) == ("An", "", "Huế")  # type: ignore[index]
    assert an["updated_at"] == NOW
    assert [row.address for row in rows(engine, contact)] == ["an@a.test"]


def test_blank_cells_empty_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="an@a.test", name="An"), NOW)
    take(engine, write(tmp_path / "x.csv", "email,name\nan@a.test,\n"), merge="overwrite")
    assert shown(engine, "an@a.test")["name"] == "An"


def test_list_and_tag_and_who_left_stays_away(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        number = lists.create(connection, ListCreation(name="tin"), NOW)
        label = tags.find_or_make(connection, "vip", NOW)
        for name in ("left", "on", "asked", "free"):
            contacts.add(connection, ContactCreation(address=f"{name}@a.test"), NOW)
        subscriptions.put_on(connection, number, ["on@a.test", "left@a.test"], FORM, NOW)
        subscriptions.take_off(connection, number, ["left@a.test"], FORM, NOW)
        subscriptions.subscribe(connection, "asked@a.test", [number], FORM, NOW)
    names = ("left", "on", "asked", "free", "new")
    path = write(tmp_path / "x.csv", "email\n" + "".join(f"{name}@a.test\n" for name in names))
    taken = take(engine, path, list_id=number, tag_id=label, source="hội chợ", text="Tôi đồng ý.")
    assert (taken.run.counts["subscribed"], taken.run.counts["away"]) == (3, 1)
    states = {name: shown(engine, f"{name}@a.test")["lists"][0]["state"] for name in names}  # type: ignore[index]
    assert states == dict.fromkeys(names, "subscribed") | {"left": "unsubscribed"}
    assert len(list(rows(engine, contact_tag))) == 5
    undo(engine, taken.run.id)
    states = {row.contact: (row.state, row.at, row.origin) for row in rows(engine, subscription)}
    assert sorted(states.values()) == [(0, NOW, 0), (1, NOW, 0), (2, NOW, 0)]
    assert not list(rows(engine, contact_tag))
    assert not list(rows(engine, import_before))


def test_history_tells_the_import(engine: sa.Engine, path: Path) -> None:
    with transaction(engine) as connection:
        number = lists.create(connection, ListCreation(name="tin"), NOW)
    take(engine, path, list_id=number, source="hội chợ", text="Tôi đồng ý.")
    history = shown(engine, "an@gmail.test")["history"]
    told = [(one["what"], one["how"], one["list_name"], one["source"], one["text"]) for one in history]  # type: ignore[attr-defined]
    assert told == [
        ("created", "import", None, "hội chợ", "Tôi đồng ý."),
        ("subscribed", "import", "tin", "hội chợ", "Tôi đồng ý."),
    ]


def test_erased_people_are_left_out(engine: sa.Engine, path: Path) -> None:
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="an@gmail.test"), NOW)
        erase(connection, "an@gmail.test", NOW)
    taken = take(engine, path)
    assert taken.reasons() == {2: "the person asked to be erased"}
    assert [row.address for row in rows(engine, contact)] == ["binh@mail.test"]


def test_erasure_takes_along_what_an_import_kept(engine: sa.Engine, path: Path) -> None:
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="an@gmail.test", name="Cũ"), NOW)
    take(engine, path, merge="overwrite")
    assert "Cũ" in next(rows(engine, import_before)).before
    with transaction(engine) as connection:
        erase(connection, "an@gmail.test", NOW)
    assert not list(rows(engine, import_before))


def test_choices_are_guessed_only_from_whole_files(engine: sa.Engine, tmp_path: Path) -> None:
    """What comes behind the rows that are looked at must not be refused."""
    some = "".join(f"p{number}@a.test,{('đỏ', 'xanh')[number % 2]}\n" for number in range(4999))
    for last, kind in (("", "choice"), ("z@a.test,tím\n", "text")):
        path = write(tmp_path / "x.csv", "email,màu\n" + some + last)
        with sheets.open_table(path) as table, transaction(engine) as connection:
            columns = imports.propose(connection, table, imports.Wishes()).columns
        assert columns[1].kind == kind


def test_duplicates_are_told_within_and_across_chunks(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="old@a.test"), NOW)
    names = ["a", "A", "b", "old", "c", "OLD", "b"]
    path = write(tmp_path / "x.csv", "email\n" + "".join(f"{name}@a.test\n" for name in names))
    assert take(engine, path, size=3).reasons() == {
        3: "duplicate of row 2",
        7: "the person is already further up in the file",
        8: "the person is already further up in the file",
    }


def test_import_goes_on_where_it_was(engine: sa.Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "email,n\n" + "".join(f"p{n}@a.test,{n}\n" for n in range(20)))
    first = take(engine, path, chunks=2, size=5)
    assert (first.run.position, first.run.counts["made"]) == (10, 9)  # the first block has the headings
    with transaction(engine) as connection:
        imports.stop(connection, first.run.id, clock())
    second = take(engine, path, size=7)
    assert second.run.id == first.run.id
    assert (second.run.state, second.run.counts["made"]) == (imports.State.finished, 20)
    assert second.problems == []
    third = take(engine, path)
    assert third.run.id != first.run.id
    assert (third.run.counts["made"], third.run.counts["same"]) == (0, 20)
    undo(engine, second.run.id)
    assert not list(rows(engine, contact))


def test_stopped_import_stores_nothing(engine: sa.Engine, path: Path) -> None:
    run = take(engine, path, chunks=0).run
    with transaction(engine) as connection:
        with pytest.raises(imports.ImportBusyError):
            imports.undo_slice(connection, run.id, clock())
        imports.stop(connection, run.id, clock())
    with sheets.open_table(path) as table:
        (chunk,) = imports.chunks(table, run, clock)
    with transaction(engine) as connection, pytest.raises(imports.ImportUndoneError):
        imports.store(connection, run, chunk)
    with transaction(engine) as connection, pytest.raises(imports.ImportFileDiffersError):
        imports.resume(connection, run.id, path, "other", clock())


def test_a_list_that_asks_first_takes_only_who_is_said_to_have_agreed(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        number = lists.create(connection, ListCreation(name="tin"), NOW)
        subscriptions.subscribe(connection, "an@a.test", [number], Consent(How.form), NOW)
    path = write(tmp_path / "x.csv", "email\nan@a.test\nbinh@a.test\n")
    with pytest.raises(imports.ImportConsentMissingError):
        take(engine, path, list_id=number)
    assert len(list(rows(engine, contact))) == 1
    run = take(engine, path, list_id=number, text="Tôi đồng ý.").run
    assert {(row.address, row.status) for row in rows(engine, contact)} == {("an@a.test", 0), ("binh@a.test", 0)}
    assert {row.state for row in rows(engine, subscription)} == {1}
    undo(engine, run.id)
    assert [(row.address, row.status) for row in rows(engine, contact)] == [("an@a.test", Status.unconfirmed)]
    assert [row.state for row in rows(engine, subscription)] == [0]


def test_undoing_leaves_what_changed_since(engine: sa.Engine, tmp_path: Path) -> None:
    names = ("plain", "renamed", "left", "tagged", "joined")
    with transaction(engine) as connection:
        number, other = (
            lists.create(connection, ListCreation(name="tin"), NOW),
            lists.create(connection, ListCreation(name="khác"), NOW),
        )
    path = write(tmp_path / "x.csv", "email\n" + "".join(f"{name}@a.test\n" for name in names))
    run = take(engine, path, list_id=number, source="hội chợ").run
    with transaction(engine) as connection:
        later = clock() + DAY
        contacts.change(connection, "renamed@a.test", ContactChange(name="Mới"), later)
        tags.put(connection, "vip", list(contacts.ids(connection, ["tagged@a.test"]).values()), later)
        subscriptions.put_on(connection, other, ["joined@a.test"], Consent(How.command), later)
        subscriptions.unsubscribe(connection, "left@a.test", [number], Consent(How.link), later)
    undo(engine, run.id)
    assert {row.address for row in rows(engine, contact)} == {f"{name}@a.test" for name in names[1:]}
    assert {(row.list, row.state) for row in rows(engine, subscription)} == {(number, 2), (other, 1)}
    with transaction(engine) as connection:
        found = imports.show(connection, run.id)
        lines = contacts.show(connection, "renamed@a.test")["history"]
    assert (found.state, found.counts["removed"], found.counts["kept"]) == (imports.State.undone, 1, 4)
    told = [(line["what"], line["how"], line["source"], line["list"]) for line in lines]
    assert told == [
        ("created", "import", "hội chợ", None),
        ("subscribed", "import", "hội chợ", number),
        ("undone", "import", "x.csv", number),
    ]


@pytest.mark.parametrize("onto", ["", "tin"])
def test_imports_that_overlap_are_undone_whichever_is_first(engine: sa.Engine, tmp_path: Path, onto: str) -> None:
    with transaction(engine) as connection:
        number = lists.create(connection, ListCreation(name=onto), NOW) if onto else 0
    one = write(tmp_path / "one.csv", "email,name\na@a.test,A\nb@a.test,B\n")
    two = write(tmp_path / "two.csv", "email,name\nb@a.test,Bình\nc@a.test,C\n")
    first = take(engine, one, list_id=number, source="hội chợ").run
    second = take(engine, two, merge="overwrite").run
    undo(engine, first.id)
    assert {(row.address, row.name) for row in rows(engine, contact)} == {("b@a.test", "Bình"), ("c@a.test", "C")}
    undo(engine, second.id)
    assert {(row.address, row.name) for row in rows(engine, contact)} == {("b@a.test", "B")}
    undo(engine, first.id)
    assert not list(rows(engine, contact)) + list(rows(engine, consent))
    with transaction(engine) as connection:
        counts = imports.show(connection, first.id).counts
    assert (counts["removed"], counts["kept"]) == (2, 0)
