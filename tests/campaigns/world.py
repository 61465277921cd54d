"""People, a campaign, and what tests look at."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bocau import campaigns, ledger, relays
from bocau.audience import How, Target, contacts, lists, subscriptions
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.audience.shapes import Consent
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import Plan, Trial, Variant, draft
from bocau.campaigns.installation import Installation
from bocau.content import Source
from bocau.ledger import MessageState, protocol
from bocau.ledger.protocol import Result, Settle
from bocau.relays import Relay
from bocau.wire.smtp import Profile

NOW = 1_790_000_000_000
HOUR = 3_600_000
SITE = "https://tin.congty.test"
FROM = "Công ty <tin@congty.test>"
FORM = Consent(How.form)
SANDBOX = Relay(relays.SANDBOX, "sandbox", "sandbox", Profile("127.0.0.1", 1025, "off"), max_connections=5)
INSTALLATION = Installation(SITE, 10 << 20, lambda connection: (SANDBOX,))


def source(text: str = "Chào {{ name }}", subject: str = "Tin tháng này") -> Source:
    return Source(subject=subject, text=text + "\n{{ unsubscribe_url }}")


def plan(target: Target | None = None, **more: Any) -> Plan:
    """A plan that can be sent to everyone."""
    given = {
        "name": "Bản tin",
        "sender": FROM,
        "target": target or Target(everyone=True),
        "site": SITE,
        "variants": (Variant("A", source()),),
    }
    return Plan(**{**given, **more})


def letters(*texts: str) -> tuple[Variant, ...]:
    """A variant for each subject, named A, B, …"""
    return tuple(Variant(chr(65 + at), source(subject=text)) for at, text in enumerate(texts))


def on_trial(share: int, **more: Any) -> Plan:
    return plan(variants=letters("Một", "Hai"), test=Trial(share, **more))


def fill(connection: Connection, count: int, *, start: int = 0, zone: str = "", on: int = 0) -> list[str]:
    """So many contacts; their addresses. ``on``: a list they are put on."""
    made = [f"p{number:04}@x.test" for number in range(start, start + count)]
    for address in made:
        contacts.add(connection, ContactCreation(address=address, name=address[:5], zone=zone), NOW)
    if on:
        subscriptions.put_on(connection, on, made, FORM, NOW)
    return made


def a_list(connection: Connection, name: str) -> int:
    return lists.create(connection, ListCreation(name=name, opt_in="single"), NOW)


def started(engine: sa.Engine, wanted: Plan, now: int = NOW) -> int:
    """A campaign, launched."""
    with transaction(engine) as connection:
        number = draft.add(connection, wanted, now)
        campaigns.launch(connection, number, now, INSTALLATION)
    return number


def expand(engine: sa.Engine, number: int, now: int = NOW, *, size: int = 10, most: int = 10_000) -> int:
    """Slices, a transaction each, until there are no more; how many."""
    for count in range(1, most + 1):
        with transaction(engine) as connection:
            if not campaigns.expand_slice(connection, number, now, size).more:
                return count
    return most


def rows(engine: sa.Engine, number: int) -> dict[str, list[str]]:
    """Variant → addresses with a message, sorted, with repetitions."""
    with reading(engine) as connection:
        return {
            name: sorted(row["address"] for row in messages(connection, submission))
            for submission, name in campaigns.submissions(connection, number).items()
        }


def everybody(engine: sa.Engine, number: int) -> list[str]:
    """All addresses with a message, sorted, with repetitions."""
    return sorted(address for found in rows(engine, number).values() for address in found)


def messages(connection: Connection, submission: int) -> list[dict[str, Any]]:
    return ledger.list_messages(connection, ledger.Filter(submission, limit=100_000))


def state(engine: sa.Engine, number: int) -> str:
    with reading(engine) as connection:
        return campaigns.show(connection, number).state.name


def send(
    engine: sa.Engine, outcome: MessageState = MessageState.sent, queue: str = "bulk", most: int = 10_000
) -> list[int]:
    """What a worker does: claim and settle everything, all with the same outcome. The messages."""
    done: list[int] = []
    for _ in range(most):
        with transaction(engine) as connection:
            claimed = protocol.claim(connection, queue, "journal", 60_000)
            if claimed is None:
                break
            ids = [row.id for row in claimed.rows]
            protocol.settle(connection, Settle(claimed.id, claimed.token, 0, ids[-1], 60_000, ()))
            results = [Result(row.id, row.attempt, outcome, relay=-1, code=250) for row in claimed.rows]
            protocol.settle(connection, Settle(claimed.id, claimed.token, 1, ids[-1], 60_000, results))
            protocol.give_back(connection, protocol.Returned(claimed.id, claimed.token, (), None))
            done += ids
    with transaction(engine) as connection:
        protocol.finish(connection)
    return done


def finish(engine: sa.Engine, now: int = NOW) -> list[int]:
    with transaction(engine) as connection:
        return campaigns.finish_due(connection, now)


def sorted_twice(found: Sequence[str]) -> list[str]:
    """Those that are there more than once."""
    return [one for at, one in enumerate(found[1:]) if one == found[at]]
