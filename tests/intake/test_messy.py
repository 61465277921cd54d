"""The eighteen awkward rows come to what messy-verdicts.csv says, whatever the file's form."""

import csv
import shutil
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from bocau import content, intake
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.ledger.tables import message
from tests.intake.lists import EXAMPLES, read, write_xlsx

FORMS = ["messy-comma-bom.csv", "messy-semicolon.csv", "messy-utf16-tab.csv", "messy-cp1258.csv", "messy.xlsx"]


def verdicts() -> dict[int, tuple[str, str]]:
    with (EXAMPLES / "messy-verdicts.csv").open(encoding="utf-8-sig", newline="") as handle:
        return {int(row["row"]): (row["address"], row["verdict"]) for row in csv.DictReader(handle)}


@pytest.fixture(params=FORMS)
def messy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    if path.suffix == ".csv":
        shutil.copy(EXAMPLES / path.name, path)
        return path
    with (EXAMPLES / FORMS[0]).open(encoding="utf-8-sig", newline="") as handle:
        return write_xlsx(path, {"Danh sách": list(csv.reader(handle))})


def submit(engine: sa.Engine, path: Path) -> tuple[dict[int, str], list[intake.Problem]]:
    """Row → address of all messages in the ledger, and all problems."""
    order = intake.Order(
        source=content.Source(subject="Chào {{ name }}", text="x"), sender="a@clinic.test", stream="transactional"
    )
    problems = []
    with intake.open_table(path) as table:
        found = intake.survey(table)
        with transaction(engine) as connection:
            number = intake.begin(connection, order, table.digest, now_ms()).id
        for chunk in intake.expand(table, found):
            with transaction(engine) as connection:
                added = intake.add(connection, number, chunk.messages)
            problems += chunk.with_duplicates(found, added.duplicates)
    with transaction(engine) as connection:
        rows = connection.execute(sa.select(message.c.row, message.c.address).where(message.c.submission == number))
        return {row.row: row.address for row in rows}, problems


def test_every_row_comes_to_its_verdict(messy: Path, engine: sa.Engine) -> None:
    mailed, problems = submit(engine, messy)
    reasons = {problem.row: problem for problem in problems}
    for row, (address, verdict) in verdicts().items():
        if verdict.startswith(("good", "sent once")):
            assert mailed[row] in address.split(" or ")
        else:
            assert row not in mailed
        if "the extra cell is reported" in verdict:
            assert reasons[row].mailed
            assert reasons[row].value == "an extra cell"
        elif verdict.startswith(("good", "sent once", "empty line")):
            assert row not in reasons
        else:
            assert reasons[row].why() == verdict
            assert not reasons[row].mailed
    assert set(mailed) | set(reasons) <= set(verdicts())


def test_merge_data_is_the_same_in_every_form(messy: Path) -> None:
    messages, _, _ = read(messy)
    data = {one.row: orjson.loads(one.data) for one in messages}
    assert data[2] == {
        "email": "an.nguyen@gmail.test",
        "ho_ten": "Nguyễn An",
        "thanh_pho": "Hà Nội",
        "ghi_chu": "spaces and capitals",
        "name": "Nguyễn An",
    }
    assert data[7]["ho_ten"] == 'Võ "Dũng" Văn'
    assert data[7]["ghi_chu"] == "two\nlines"
    assert len(data[12]["ho_ten"]) > 2000
    assert data[14] == {"email": "mai@mail.test", "ho_ten": "", "thanh_pho": "", "ghi_chu": "", "name": ""}
    assert data[17]["ho_ten"] == "Oanh <script>alert(1)</script>"
    assert data[18]["ho_ten"].startswith("{{ 7*7 }}")
    assert data[19]["thanh_pho"] == "Biên Hòa"


def test_display_name_fits_a_header(messy: Path) -> None:
    messages, _, _ = read(messy)
    names = {one.row: one.name for one in messages}
    assert names[7] == 'Võ "Dũng" Văn'
    assert len(names[12]) == 200
    assert names[12].startswith("Tên dài")


def test_counts_of_the_first_pass(messy: Path) -> None:
    _, _, found = read(messy)
    assert (found.rows, found.good, found.people, found.real) == (17, 11, 10, 0)
