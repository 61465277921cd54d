"""Who was suppressed, or left the list, after the launch gets nothing."""

import sqlalchemy as sa

from bocau import audience, events
from bocau.base.db import reading, transaction
from bocau.delivery.admission import Terms, admit, terms, unkept
from bocau.ledger import protocol
from bocau.ledger.states import MessageState
from bocau.ledger.tables import message
from tests.ledger.test_protocol_verbs import J1, fill

NOW = 1_700_000_000_000


def suppress(engine: sa.Engine, value: str, scope: str) -> None:
    with transaction(engine) as session:
        audience.suppress(session, value, audience.Reason.manual, NOW, scope=scope)


def admitted(engine: sa.Engine, of: Terms) -> list[str]:
    with transaction(engine) as session:
        claimed = protocol.claim(session, "bulk", J1, 60_000)
        assert claimed is not None
        return [row.recipient for one in admit(session, [claimed], lambda _: of) for row in one.rows]


def test_campaign_leaves_out_every_suppression(engine: sa.Engine) -> None:
    fill(engine, 3)
    suppress(engine, "r1@x.test", "bulk")
    suppress(engine, "r2@x.test", "all")
    assert admitted(engine, Terms(bulk=True)) == ["r3@x.test"]
    with reading(engine) as session:
        ended = session.execute(sa.select(message.c.id).where(message.c.state == MessageState.suppressed))
        told = [events.timeline(session, number) for number in ended.scalars()]
    assert [[one["kind"] for one in each] for each in told] == [["suppressed"], ["suppressed"]]
    assert {one["detail"]["reason"] for each in told for one in each} == {"manual"}


def test_transactional_mail_is_stopped_by_scope_all_only(engine: sa.Engine) -> None:
    fill(engine, 2)
    suppress(engine, "r1@x.test", "bulk")
    suppress(engine, "r2@x.test", "all")
    assert admitted(engine, Terms(bulk=False)) == ["r1@x.test"]


def test_domain_and_nobody_left(engine: sa.Engine) -> None:
    fill(engine, 2)
    suppress(engine, "x.test", "bulk")
    assert admitted(engine, Terms(bulk=True)) == []
    with transaction(engine) as session:
        assert protocol.finish(session) == 1


def test_terms_come_from_stream_and_options() -> None:
    assert terms("bulk", {"lists": [3, 1]}) == Terms(bulk=True, lists=(3, 1))
    assert terms("transactional", {}) == Terms(bulk=False)


def test_limits_that_nothing_keeps_are_named() -> None:
    limits = {"key": "campaign:1", "per_hour": 5, "window": None, "quiet": {"from": "21:00", "to": "07:00"}}
    assert unkept({"limits": limits, "relay": 3}) == ["per_hour", "relay"]
    assert unkept({"limits": {}}) == unkept({}) == []
