"""Each recipient gets it when clocks there show the time."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import contacts
from bocau.audience.requests import ContactChange
from bocau.base import clock
from bocau.base.db import transaction
from bocau.campaigns import draft
from bocau.campaigns.errors import CampaignWrongError
from bocau.campaigns.rules import instant
from bocau.campaigns.states import By
from tests.campaigns.world import HOUR, INSTALLATION, NOW, everybody, expand, fill, finish, on_trial, plan, send

WALL = "2026-12-01T08:00"
HANOI, BERLIN, NEW_YORK = "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"


def test_each_zone_at_its_time_and_nobody_is_lost(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        hanoi = fill(connection, 12, zone=HANOI)
        berlin = fill(connection, 5, start=20, zone=BERLIN)
        unknown = fill(connection, 3, start=30)
        new_york = fill(connection, 4, start=40, zone=NEW_YORK)
        number = draft.add(connection, plan(), NOW)
        campaigns.schedule(connection, number, 0, NOW, INSTALLATION, wall=WALL, zone=BERLIN)
    first = instant(WALL, HANOI)
    with transaction(engine) as connection:
        assert campaigns.start_due(connection, first - 9 * HOUR, INSTALLATION) == []
        assert campaigns.start_due(connection, first - HOUR, INSTALLATION) == [number]
    assert expand(engine, number, first - 1) == 1
    assert everybody(engine, number) == []
    expand(engine, number, first)
    assert everybody(engine, number) == hanoi
    expand(engine, number, instant(WALL, BERLIN))
    assert everybody(engine, number) == sorted([*hanoi, *berlin, *unknown])
    send(engine)
    assert finish(engine) == []
    with transaction(engine) as connection:  # one moved to a zone that was served already, one came
        contacts.change(connection, new_york[0], ContactChange(zone=HANOI), NOW)
        late = fill(connection, 1, start=90, zone="Asia/Tokyo")
    expand(engine, number, instant(WALL, NEW_YORK))
    assert everybody(engine, number) == sorted([*hanoi, *berlin, *unknown, *new_york, *late])
    send(engine)
    assert finish(engine) == [number]


def test_a_time_that_is_over_or_cannot_be_kept_is_refused(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 2)
        number = draft.add(connection, plan(), NOW)
        trial = draft.add(connection, replace(on_trial(20, by=By.hand), name="Thử"), NOW)
    for which, at, wall in ((number, NOW, ""), (number, 0, "2020-01-01T08:00"), (trial, 0, WALL)):
        with transaction(engine) as connection, pytest.raises(CampaignWrongError):
            campaigns.schedule(connection, which, at, NOW, INSTALLATION, wall=wall, zone=HANOI)


def test_whose_zone_nobody_knows_is_where_the_installation_is(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        unknown = fill(connection, 2)
        number = draft.add(connection, plan(), NOW)
        clock.set_zone(HANOI)
        try:
            campaigns.schedule(connection, number, 0, NOW, INSTALLATION, wall=WALL)
        finally:
            clock.set_zone("UTC")
    first = instant(WALL, HANOI)
    with transaction(engine) as connection:
        assert campaigns.start_due(connection, first - HOUR, INSTALLATION) == [number]
    expand(engine, number, first - 1)
    assert everybody(engine, number) == []
    expand(engine, number, first)
    assert everybody(engine, number) == unknown
