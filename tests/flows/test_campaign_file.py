"""A draft's file, taken in by any door: each step is committed, and the same file again goes on."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau import campaigns, intake
from bocau.audience import Target
from bocau.base.db import reading, transaction
from bocau.campaigns import draft
from bocau.campaigns.tables import campaign_person
from bocau.flows.campaign_file import CampaignFile
from bocau.intake import Table
from tests.campaigns.world import NOW, plan

COUNT = 2500


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    rows = [f"p{number:04}@x.test,Người {number}" for number in range(COUNT)]
    rows[1], rows[2200] = "không phải,An", rows[7]
    path = tmp_path / "khách.csv"
    path.write_text("email,Họ tên\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with intake.open_table(path) as opened:
        yield opened


def people(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(campaign_person)).scalar_one())


def test_who_is_gone_between_two_steps_goes_on_with_the_same_file(engine: sa.Engine, table: Table) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(Target()), NOW)
    first = CampaignFile(engine, number, table, intake.Wishes())
    assert first.begin()
    steps = first.steps()
    seen = [(step.added, step.last, [one.row for one in step.problems]) for step in islice(steps, 2)]
    assert seen == [(998, 1000, [3]), (1000, 2000, [])]
    steps.close()
    assert people(engine) == 1998
    second = CampaignFile(engine, number, table, intake.Wishes())
    assert second.begin()
    assert [step.added for step in second.steps()] == [0, 0, 500]
    assert second.finish() == people(engine) == 2498
    third = CampaignFile(engine, number, table, intake.Wishes())
    assert not third.begin()
    assert third.finish() == 2498
    with reading(engine) as connection:
        file = campaigns.show(connection, number).file
    assert file is not None
    assert (file.rows, file.complete, file.columns) == (2498, True, {"email": "email", "Họ tên": "ho_ten"})


@pytest.mark.parametrize(
    ("heading", "cells", "left_out"),
    [
        ("status", ("blocklisted", "enabled", "unsubscribed"), [2, 4]),
        ("Email Opt Out", ("1", "0", ""), [2]),
        ("Nhận tin", ("không", "có", ""), [2]),
        ("unsub_time", ("2026-01-02 10:00", "", ""), [2]),
        ("unsubscribe", ("https://x.test/1", "https://x.test/2", ""), []),
        ("trang_thai", ("mới", "cũ", ""), []),
    ],
)
def test_whom_the_file_says_to_get_no_mail_is_left_out_and_told(
    engine: sa.Engine, tmp_path: Path, heading: str, cells: tuple[str, ...], left_out: list[int]
) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(Target()), NOW)
    path = tmp_path / "a.csv"
    rows = "".join(f"p{at}@x.test,An,{cell}\n" for at, cell in enumerate(cells))
    path.write_text(f"email,name,{heading}\n{rows}", encoding="utf-8")
    with intake.open_table(path) as table:
        taking = CampaignFile(engine, number, table, intake.Wishes())
        assert taking.begin()
        told = [(one.row, one.column, one.mailed) for step in taking.steps() for one in step.problems]
    assert told == [(row, heading, False) for row in left_out]
    assert people(engine) == taking.finish() == len(cells) - len(left_out)
