"""People leave by their mail program's button while a campaign is sent: its rows tell the truth, the next one passes over
them."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bocau import events
from bocau.audience import Target, lists, subscriptions
from bocau.audience.requests import ListCreation
from bocau.audience.shapes import Consent
from bocau.audience.states import How
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.ledger import MessageState
from bocau.ledger.states import BatchState
from tests.journeys.broker import Broker
from tests.journeys.campaigning import (
    EXPANDER,
    QUICK,
    SENDERS,
    account,
    agreed,
    browser,
    fill,
    installed,
    launched,
    outcomes,
    pace,
    plan,
    submissions,
    until_expanded,
    until_over,
    word,
)
from tests.journeys.conftest import Make
from tests.journeys.world import LONG, PATIENCE, World

PEOPLE = 4000
ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058, section 3.2
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_left_in_mid_campaign(make_world: Make, broker: Broker, kind: str) -> None:
    world = installed(make_world, broker, kind, **LONG, BOCAU_SMTP_TIMEOUTS__DOT=str(PATIENCE))
    here = on_a_list(world)
    world.start_celery(1, "sender", SENDERS)
    world.start_celery(1, "expander", EXPANDER)
    number = launched(world, plan("Một", target=Target(lists=(here,))))
    until_expanded(world, number)
    world.until_taken(100)
    world.sink.do("hold")
    world.until(lambda: waiting(world) and outcomes(world, number)["sent"] == world.sink.taken())
    (submission,) = submissions(world, number)
    chosen = choose(world, submission)
    with browser(world) as client:
        for row in chosen.values():
            leave(client, word(world, row.id))
    assert now(world, submission, chosen["ready"]).state == MessageState.suppressed
    world.sink.do("release")
    pace(world, QUICK)
    until_over(world, number)
    check(world, submission, chosen)
    assert sum(outcomes(world, number).values()) == PEOPLE
    assert account(world, number) == 0
    figures = agreed(world, number)
    assert figures["unsubscribed"] == len(chosen)

    world.sink.do("clear")
    following = launched(world, plan("Hai", target=Target(lists=(here,))))
    until_over(world, following)
    assert outcomes(world, following) == {"sent": PEOPLE - len(chosen)}
    assert not {row.address for row in chosen.values()} & world.sink.accepted().keys()
    assert account(world, following) == 0


def on_a_list(world: World) -> int:
    fill(world, PEOPLE)
    people = [f"p{n:05}@mail.test" for n in range(PEOPLE)]
    with transaction(world.db) as connection:
        here = lists.create(connection, ListCreation(name="Tin tháng", opt_in="single"), now_ms())
        subscriptions.put_on(connection, here, people, Consent(How.form), now_ms())
    return here


def waiting(world: World) -> int:
    """Mails that the sink has to the last byte and does not answer; 0 until there is one on every connection."""
    told = world.sink.do("counts")
    return int(told["held"]) if told["held"] == told["connections"] else 0


def choose(world: World, submission: int) -> dict[str, sa.Row[Any]]:
    """One person each whose mail is in a batch that nobody holds, is held above the ceiling, is permitted and not on its
    way, or waits for the relay's word."""
    batches = {one["id"]: one for one in world.batches(submission)}
    held = {number: one for number, one in batches.items() if one["state"] == BatchState.claimed}
    rows = sorted(world.rows(submission), key=lambda row: int(row.id))
    open_ = [row for row in rows if row.state == MessageState.queued]
    free = [row for row in open_ if batches[row.batch]["state"] == BatchState.ready]
    mine = [row for row in open_ if row.batch in held]
    below = [row for row in mine if row.id <= held[row.batch]["permit"]]
    above = [row for row in mine if row.id > held[row.batch]["permit"]]
    return {"ready": free[-1], "above": above[-1], "permitted": below[-1], "wire": below[0]}


def leave(client: FlaskClient, said: str) -> None:
    answer = client.post(f"/u/{said}", data=ONE_CLICK, base_url="https://tin.congty.test", environ_base=FAR)
    assert (answer.status_code, answer.text) == (200, "OK\n")


def now(world: World, submission: int, row: sa.Row[Any]) -> sa.Row[Any]:
    """The row as it is by now."""
    return next(one for one in world.rows(submission) if one.id == row.id)


def check(world: World, submission: int, chosen: dict[str, sa.Row[Any]]) -> None:
    """Each row says what became of the mail, and its timeline why."""
    got = world.sink.accepted()
    for place, before in chosen.items():
        row = now(world, submission, before)
        assert (row.state == MessageState.sent) == (got[row.address] == 1), (place, row)
        assert row.doubts == 0 and row.state in ENDS[place], (place, row)
        with reading(world.db) as connection:
            told = events.timeline(connection, row.id)
        reasons = [one["detail"]["reason"] for one in told if one["kind"] in ("suppressed", "recalled")]
        assert reasons == ["list-unsubscribed"], (place, told)


HELD_BACK = {MessageState.suppressed, MessageState.cancelled}
ENDS = {
    "ready": {MessageState.suppressed},
    "above": {MessageState.suppressed},
    "permitted": {MessageState.sent, *HELD_BACK},
    "wire": {MessageState.sent},
}
