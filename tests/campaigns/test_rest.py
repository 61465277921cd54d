"""After the end: what failed once more, and who has no mail yet."""

import sqlalchemy as sa

from bocau import audience, campaigns
from bocau.audience import Target, contacts
from bocau.audience.requests import ContactCreation
from bocau.base.db import reading, transaction
from bocau.campaigns.states import By
from bocau.ledger import MessageState
from tests.campaigns.world import (
    FORM,
    HOUR,
    NOW,
    a_list,
    everybody,
    expand,
    fill,
    finish,
    on_trial,
    plan,
    rows,
    send,
    started,
    state,
)


def outcomes(engine: sa.Engine, number: int) -> dict[str, int]:
    with reading(engine) as connection:
        counts = campaigns.outcomes(connection, number)
    return {name: n for one in counts.values() for name, n in one.items() if n}


def finished(engine: sa.Engine, number: int, outcome: MessageState = MessageState.sent) -> None:
    expand(engine, number)
    send(engine, outcome)
    assert finish(engine) == [number]


def test_what_failed_is_tried_again_and_it_finishes_again(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 25)
    number = started(engine, plan())
    finished(engine, number, MessageState.failed)
    assert outcomes(engine, number) == {"failed": 25}
    with transaction(engine) as connection:
        assert campaigns.retry_failed(connection, number) == 25
    assert state(engine, number) == "running"
    assert len(send(engine)) == 25
    assert finish(engine) == [number]
    assert outcomes(engine, number) == {"sent": 25}
    assert everybody(engine, number) == people
    with transaction(engine) as connection:
        assert campaigns.retry_failed(connection, number) == 0
    assert state(engine, number) == "finished"


def test_unknown_ones_are_tried_again_only_when_asked(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 5)
    number = started(engine, plan())
    finished(engine, number, MessageState.unknown)
    with transaction(engine) as connection:
        assert campaigns.retry_failed(connection, number) == 0
        assert campaigns.retry_failed(connection, number, [MessageState.unknown]) == 5


def test_retried_while_paused_it_stays_paused(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 15)
    number = started(engine, plan())
    expand(engine, number)
    send(engine, MessageState.failed, most=1)
    with transaction(engine) as connection:
        campaigns.pause(connection, number)
        assert campaigns.retry_failed(connection, number) == 10
    assert state(engine, number) == "paused"
    assert send(engine) == []
    with transaction(engine) as connection:
        campaigns.resume(connection, number)
    assert len(send(engine)) == 15


def test_the_rest_are_new_members_and_those_nothing_keeps_any_more(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        people = fill(connection, 12, on=one)
        audience.suppress(connection, people[3], audience.Reason.manual, NOW)
    number = started(engine, plan(Target(lists=(one,))))
    finished(engine, number)
    assert everybody(engine, number) == [*people[:3], *people[4:]]
    with transaction(engine) as connection:
        audience.unsuppress(connection, people[3], NOW)
        people += fill(connection, 4, start=50, on=one)
        campaigns.send_rest(connection, number, NOW + HOUR)
    assert state(engine, number) == "running"
    expand(engine, number, NOW + HOUR, size=4)
    assert everybody(engine, number) == people
    assert len(send(engine)) == 5
    assert finish(engine) == [number]
    with reading(engine) as connection:
        assert campaigns.progress(connection, number).left_out == {}


def test_the_rest_of_a_test_get_the_winner(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 40)
    number = started(engine, on_trial(50, by=By.hand))
    expand(engine, number)
    with transaction(engine) as connection:
        campaigns.choose(connection, number, "B", NOW)
    expand(engine, number)
    before = rows(engine, number)
    send(engine)
    assert finish(engine) == [number]
    with transaction(engine) as connection:
        people += fill(connection, 30, start=60)
        campaigns.send_rest(connection, number, NOW)
    expand(engine, number)
    assert everybody(engine, number) == people
    now = rows(engine, number)
    assert len(now["B"]) - len(before["B"]) > len(now["A"]) - len(before["A"])


def test_a_segment_of_its_readers_is_whom_another_campaign_may_mean(engine: sa.Engine) -> None:
    """What ``opened("Bản tin")`` stands for."""
    with transaction(engine) as connection:
        people = fill(connection, 6)
    number = started(engine, plan())
    expand(engine, number)
    sent = send(engine)
    with transaction(engine) as connection:
        from bocau import events
        from bocau.events import Kind

        told = [(sent[0], "person"), (sent[0], "person"), (sent[1], "proxy"), (sent[2], "scanner")]
        events.append(connection, [events.Event(one, Kind.opened, detail={"by": by}) for one, by in told])
        events.append(connection, [events.Event(sent[4], Kind.clicked, detail={"by": "person", "link": 2})])
    with reading(engine) as connection:
        said = campaigns.history(connection)
        found = {name: sorted(set(connection.execute(said[name]("Bản tin")).scalars())) for name in said}
        assert found == {"opened": [people[0], people[4]], "clicked": people[4:5], "received": people}
        try:
            said["opened"]("Không có")
        except audience.CampaignUnknown:
            return
    raise AssertionError("a campaign that is not there was found")


def test_the_other_list_is_not_meant(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        fill(connection, 3, on=one)
        contacts.add(connection, ContactCreation(address="khac@x.test"), NOW)
    number = started(engine, plan(Target(lists=(one,))))
    finished(engine, number)
    with transaction(engine) as connection:
        audience.subscribe(connection, "khac@x.test", [one], FORM, NOW)
        campaigns.send_rest(connection, number, NOW)
    expand(engine, number)
    assert "khac@x.test" in everybody(engine, number)
