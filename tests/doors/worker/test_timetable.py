"""What the clock puts into the ledger is rung for, and nobody up here has to remember it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bocau import campaigns, wiring
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.queues import CHORES_DUE
from bocau.bell import Doorbell
from bocau.campaigns import draft
from bocau.doors.worker import timetable
from bocau.schedules import Does, Policy
from tests.campaigns.world import INSTALLATION, fill, plan
from tests.schedules.test_reports import report
from tests.schedules.world import scheduled

MINUTE = 60_000


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> Iterator[wiring.Parts]:
    made = wiring.parts(Settings(home=tmp_path / "home", database_url=database_url))  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []

    def ring(self: Doorbell, names: Iterable[str], times: int = 1) -> None:
        heard.extend(names)

    monkeypatch.setattr(Doorbell, "ring", ring)
    return heard


def work(parts: wiring.Parts) -> None:
    while timetable.chores(parts, 60, lambda: False):
        pass


def test_report_made_by_the_clock_is_rung_for(parts: wiring.Parts, rings: list[str]) -> None:
    parts.settings.report_data.mkdir(parents=True)
    (parts.settings.report_data / "sales.csv").write_text("city,amount\nHuế,5\n", encoding="utf-8")
    daily = {"does": Does.report, "report": report(), "policy": Policy.once}
    scheduled(parts.db, "every day 08:00", now_ms() - 2 * 1440 * MINUTE, **daily)
    rings.clear()
    timetable.tick(parts)
    assert CHORES_DUE in rings and "transactional" not in rings
    rings.clear()
    work(parts)
    assert rings == ["transactional"]


def test_each_slice_of_a_campaign_is_rung_for(parts: wiring.Parts, rings: list[str]) -> None:
    with transaction(parts.db) as connection:
        fill(connection, 3)
        number = draft.add(connection, plan(), now_ms())
        campaigns.launch(connection, number, now_ms(), INSTALLATION)
    assert rings == [CHORES_DUE]
    rings.clear()
    work(parts)
    assert rings == ["bulk"]


def test_campaign_that_the_clock_launches_asks_for_chores(parts: wiring.Parts, rings: list[str]) -> None:
    with transaction(parts.db) as connection:
        fill(connection, 3)
        number = draft.add(connection, plan(), now_ms())
        campaigns.schedule(connection, number, now_ms() + MINUTE, now_ms(), INSTALLATION)
    assert rings == []
    with transaction(parts.db) as connection:
        campaigns.start_due(connection, now_ms() + 2 * MINUTE, INSTALLATION)
    assert rings == [CHORES_DUE]
