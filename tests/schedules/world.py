"""A campaign to fire, schedules, and what tests look at."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bocau import campaigns, schedules
from bocau.audience import Target, contacts
from bocau.audience.requests import ContactCreation
from bocau.base.db import reading, transaction
from bocau.campaigns import Variant, draft
from bocau.content import Source
from bocau.schedules import Does, Firing, Plan, Policy, read
from tests.campaigns.world import INSTALLATION

HOUR = 3_600_000
DAY = 24 * HOUR


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW = ms("2026-12-01T00:00")
FROM = "Công ty <tin@congty.test>"


def campaign(engine: sa.Engine, name: str = "Bản tin") -> int:
    """A draft to everyone, who is one person."""
    source = Source(subject="Tin", text="Chào\n{{ unsubscribe_url }}")
    plan = campaigns.Plan(
        name=name,
        sender=FROM,
        target=Target(everyone=True),
        site="https://tin.congty.test",
        variants=(Variant("A", source),),
    )
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="an@x.test", name="An"), NOW)
        return draft.add(connection, plan, NOW)


def scheduled(engine: sa.Engine, text: str, now: int = NOW, **more: Any) -> int:
    given = {"name": "Hằng tuần", "does": Does.copy, "rule": read(text, "UTC"), **more}
    with transaction(engine) as connection:
        return schedules.create(connection, Plan(**given), now)


def fire(engine: sa.Engine, now: int) -> schedules.Fired | None:
    with transaction(engine) as connection:
        return schedules.fire_due(connection, now, INSTALLATION)


def fire_all(engine: sa.Engine, now: int) -> list[schedules.Fired]:
    found = []
    while one := fire(engine, now):
        found.append(one)
    return found


def history(engine: sa.Engine, number: int) -> list[Firing]:
    with reading(engine) as connection:
        return schedules.history(connection, number, 1000)


def names(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(f"{one.plan.name}: {one.state.name}" for one in campaigns.every(connection))


__all__ = [
    "DAY",
    "FROM",
    "HOUR",
    "NOW",
    "Policy",
    "campaign",
    "fire",
    "fire_all",
    "history",
    "ms",
    "names",
    "scheduled",
]
