"""Whom a file says to get no mail gets none, in whatever words another program says it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau.audience import attributes, contacts, imports, suppressions
from bocau.audience.imports import EXPORTED
from bocau.audience.requests import AttributeCreation, ContactCreation
from bocau.audience.states import Kind, Status
from bocau.base.db import transaction
from tests.audience.importing import take, write
from tests.audience.people import NOW

pytestmark = pytest.mark.usefixtures("in_vietnam")


def stopped(engine: sa.Engine) -> list[tuple[str, str, str]]:
    """Address, scope and reason of all suppressions."""
    with transaction(engine) as connection:
        found = suppressions.page(connection, suppressions.Wanted())
    return sorted((one["value"], one["scope"], one["reason"]) for one in found)


def statuses(engine: sa.Engine) -> dict[str, str]:
    """Address → status."""
    with transaction(engine) as connection:
        return {one["address"]: one["status"] for one in contacts.rows(connection, [], contacts.Wanted(limit=100))}


@pytest.mark.parametrize(
    ("heading", "yes", "no", "scope", "reason"),
    [
        ("subscribed", "no", "yes", "bulk", "unsubscribed"),
        ("Accepts Email Marketing", "no", "yes", "bulk", "unsubscribed"),
        ("opt_in", "0", "1", "bulk", "unsubscribed"),
        ("Nhận tin", "không", "có", "bulk", "unsubscribed"),
        ("Email Opt Out", "1", "0", "bulk", "unsubscribed"),
        ("unsubscribed", "yes", "no", "bulk", "unsubscribed"),
        ("Unsubscribed from all email", "true", "false", "bulk", "unsubscribed"),
        ("Hủy đăng ký", "x", "", "bulk", "unsubscribed"),
        ("Unsubscribed", "2026-03-05", "-", "bulk", "unsubscribed"),
        ("Do Not Email", "TRUE", "FALSE", "bulk", "unsubscribed"),
        ("Bounced", "TRUE", "FALSE", "all", "bounced"),
        ("blocklisted", "1", "0", "all", "manual"),
    ],
)
def test_a_yes_or_no_about_mail_is_heeded(
    engine: sa.Engine, tmp_path: Path, heading: str, yes: str, no: str, scope: str, reason: str
) -> None:
    text = f"email,name,{heading}\nan@x.test,An,{yes}\nbinh@x.test,Bình,{no}\nchi@x.test,Chi,{no}\n"
    taken = take(engine, write(tmp_path / "a.csv", text))
    assert stopped(engine) == [("an@x.test", scope, reason)]
    assert [(one.row, one.value, one.mailed) for one in taken.problems] == [(2, yes, True)]
    assert taken.run.counts["made"] == 3


def test_a_word_that_nobody_knows_does_not_hide_the_others(engine: sa.Engine, tmp_path: Path) -> None:
    taken = take(engine, write(tmp_path / "a.csv", "email,subscribed\nan@x.test,no\nbinh@x.test,maybe\n"))
    assert stopped(engine) == [("an@x.test", "bulk", "unsubscribed")]
    assert [one.row for one in taken.problems] == [2, 3]


def test_every_column_that_says_it_is_heeded(engine: sa.Engine, tmp_path: Path) -> None:
    text = "email,Email Opt Out,Bounced\nan@x.test,1,0\nbinh@x.test,0,1\nchi@x.test,1,1\nd@x.test,0,0\n"
    take(engine, write(tmp_path / "a.csv", text))
    assert stopped(engine) == [
        ("an@x.test", "bulk", "unsubscribed"),
        ("binh@x.test", "all", "bounced"),
        ("chi@x.test", "all", "bounced"),
    ]


@pytest.mark.parametrize(("heading", "common", "rare"), [("status", "khách", "unsubscribed"), ("opt_out", "", "yes")])
def test_who_is_told_of_late_in_a_file_gets_no_mail(
    engine: sa.Engine, tmp_path: Path, heading: str, common: str, rare: str
) -> None:
    rows = "".join(f"p{number}@x.test,{common}\n" for number in range(5100))
    take(engine, write(tmp_path / "a.csv", f"email,{heading}\n{rows}z@x.test,{rare}\n"))
    assert stopped(engine) == [("z@x.test", "bulk", "unsubscribed")]


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("Unsubscribe", ("https://x.test/u/1", "https://x.test/u/2")), ("subscribed", ("2026-01-02", "2026-01-03"))],
)
def test_addresses_and_days_are_kept(engine: sa.Engine, tmp_path: Path, heading: str, cells: tuple[str, str]) -> None:
    take(engine, write(tmp_path / "a.csv", f"email,{heading}\nan@x.test,{cells[0]}\nbinh@x.test,{cells[1]}\n"))
    assert stopped(engine) == []
    with transaction(engine) as connection:
        assert len(attributes.every(connection)) == 1


def test_a_person_may_say_that_it_is_an_attribute(engine: sa.Engine, tmp_path: Path) -> None:
    text = "email,opt_in\nan@x.test,no\nbinh@x.test,yes\n"
    take(engine, write(tmp_path / "a.csv", text), imports.Wishes(types={"opt_in": "boolean"}))
    assert stopped(engine) == []


def test_our_own_export_stops_nobody_and_activates_nobody(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        for status in Status:
            contacts.add(connection, ContactCreation(address=f"{status.name}@x.test", status=status), NOW)
    rows = "".join(f"{status.name}@x.test,,,,{status.name},2026-11-28T19:00:00.000+07:00\n" for status in Status)
    path = write(tmp_path / "a.csv", ",".join(EXPORTED) + "\n" + rows)
    before = statuses(engine)
    taken = take(engine, path, merge="overwrite")
    assert (taken.run.counts["same"], stopped(engine), statuses(engine)) == (4, [], before)

    changed = path.read_text(encoding="utf-8").replace("active@x.test,,,,active", "active@x.test,,,,unsubscribed", 1)
    take(engine, write(tmp_path / "b.csv", changed))
    assert stopped(engine) == [("active@x.test", "bulk", "unsubscribed")]

    with transaction(engine) as connection:
        connection.execute(sa.text("DELETE FROM contact"))
    take(engine, path)
    assert {address for address, _, _ in stopped(engine)} == {f"{status.name}@x.test" for status in Status}


def test_our_own_export_is_read_by_its_own_columns(engine: sa.Engine, tmp_path: Path) -> None:
    kinds = {"mail": Kind.text, "created_at_": Kind.date}
    with transaction(engine) as connection:
        for name, kind in kinds.items():
            creation = AttributeCreation(name=name, kind=kind, label=name.strip("_"))
            attributes.define(connection, creation, NOW)
        values = {"mail": "other@x.test", "created_at_": "2020-01-01"}
        contacts.add(connection, ContactCreation(address="an@x.test", values=values), NOW)
    headings = ",".join((*EXPORTED, *kinds))
    row = "an@x.test,,,,active,2026-11-28,other@x.test,2020-01-01\n"
    taken = take(engine, write(tmp_path / "a.csv", f"{headings}\n{row}"), merge="overwrite")
    assert (taken.problems, taken.run.counts["same"], taken.run.counts["made"]) == ([], 1, 0)
