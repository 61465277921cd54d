"""Each recipient gets it when clocks there show the time."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import contacts
from bocau.base import clock
from bocau.base.db import transaction
from bocau.campaigns.errors import CampaignWrongError
from bocau.campaigns.rules import instant
from bocau.campaigns.states import By
from tests.campaigns.world import AROUND, HOUR, NOW, everybody, expand, fill, finish, on_trial, plan, send

WALL = "2026-12-01T08:00"
HANOI, BERLIN, NEW_YORK = "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"


def test_each_zone_at_its_time_and_nobody_is_lost(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        hanoi = fill(session, 12, zone=HANOI)
        berlin = fill(session, 5, start=20, zone=BERLIN)
        unknown = fill(session, 3, start=30)
        new_york = fill(session, 4, start=40, zone=NEW_YORK)
        number = campaigns.create(session, plan(), NOW)
        campaigns.schedule(session, number, 0, NOW, AROUND, wall=WALL, zone=BERLIN)
    first = instant(WALL, HANOI)
    with transaction(engine) as session:
        assert campaigns.start_due(session, first - 9 * HOUR, AROUND) == []
        assert campaigns.start_due(session, first - HOUR, AROUND) == [number]
    assert expand(engine, number, first - 1) == 1
    assert everybody(engine, number) == []
    expand(engine, number, first)
    assert everybody(engine, number) == hanoi
    expand(engine, number, instant(WALL, BERLIN))
    assert everybody(engine, number) == sorted([*hanoi, *berlin, *unknown])
    send(engine)
    assert finish(engine) == []
    with transaction(engine) as session:  # one moved to a zone that was served already, one came
        contacts.change(session, new_york[0], contacts.Details(zone=HANOI), NOW)
        late = fill(session, 1, start=90, zone="Asia/Tokyo")
    expand(engine, number, instant(WALL, NEW_YORK))
    assert everybody(engine, number) == sorted([*hanoi, *berlin, *unknown, *new_york, *late])
    send(engine)
    assert finish(engine) == [number]


def test_a_time_that_is_over_or_cannot_be_kept_is_refused(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        fill(session, 2)
        number = campaigns.create(session, plan(), NOW)
        trial = campaigns.create(session, replace(on_trial(20, by=By.hand), name="Thử"), NOW)
    for which, at, wall in ((number, NOW, ""), (number, 0, "2020-01-01T08:00"), (trial, 0, WALL)):
        with transaction(engine) as session, pytest.raises(CampaignWrongError):
            campaigns.schedule(session, which, at, NOW, AROUND, wall=wall, zone=HANOI)


def test_whose_zone_nobody_knows_is_where_the_installation_is(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        unknown = fill(session, 2)
        number = campaigns.create(session, plan(), NOW)
        clock.set_zone(HANOI)
        try:
            campaigns.schedule(session, number, 0, NOW, AROUND, wall=WALL)
        finally:
            clock.set_zone("UTC")
    first = instant(WALL, HANOI)
    with transaction(engine) as session:
        assert campaigns.start_due(session, first - HOUR, AROUND) == [number]
    expand(engine, number, first - 1)
    assert everybody(engine, number) == []
    expand(engine, number, first)
    assert everybody(engine, number) == unknown
