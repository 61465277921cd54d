"""Who was suppressed, or left the list, after the launch gets nothing; what is beyond a limit waits."""

from datetime import time

import orjson
import pytest
import sqlalchemy as sa

from bocau import audience, events
from bocau.base.db import db_now, reading, transaction
from bocau.delivery.admission import Cap, Terms, admit, terms
from bocau.delivery.pace import Line
from bocau.delivery.quiet import Quiet
from bocau.delivery.tables import pace as pace_table
from bocau.events.tables import event
from bocau.ledger import protocol
from bocau.ledger.options import Options
from bocau.ledger.states import BatchState, MessageState
from bocau.ledger.tables import batch, message
from tests.ledger.test_protocol_verbs import J1, fill

NOW = 1_700_000_000_000


def suppress(engine: sa.Engine, value: str, scope: str) -> None:
    with transaction(engine) as connection:
        audience.suppress(connection, value, audience.Reason.manual, NOW, scope=scope)


def admitted(engine: sa.Engine, of: Terms) -> list[str]:
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", J1, 60_000)
        assert claimed is not None
        return [row.recipient for one in admit(connection, [claimed], lambda _: of) for row in one.rows]


def test_campaign_leaves_out_every_suppression(engine: sa.Engine) -> None:
    fill(engine, 3)
    suppress(engine, "r1@x.test", "bulk")
    suppress(engine, "r2@x.test", "all")
    assert admitted(engine, Terms(bulk=True)) == ["r3@x.test"]
    with reading(engine) as connection:
        ended = connection.execute(sa.select(message.c.id).where(message.c.state == MessageState.suppressed))
        told = [events.timeline(connection, number) for number in ended.scalars()]
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
    with transaction(engine) as connection:
        assert protocol.finish(connection) == 1


def test_terms_come_from_stream_and_options() -> None:
    assert terms("bulk", Options(lists=(3, 1))) == Terms(bulk=True, lists=(3, 1))
    assert terms("transactional", Options()) == Terms(bulk=False)


QUIET = {"from": "21:00", "to": "07:00", "zone": "Asia/Ho_Chi_Minh"}


def test_limits_come_from_options() -> None:
    limits = {
        "key": "campaign:1",
        "per_hour": 5,
        "window": {"most": 3, "seconds": 60},
        "per_domain": {"*": 9, "a.vn": 2},
        "frequency": {"most": 2, "days": 7},
        "quiet": QUIET,
    }
    of = terms("bulk", Options.from_dict({"limits": limits, "relay": 3}))
    assert of.lines == (Line("campaign:1/hour", 5), Line("campaign:1/window", 3, 60))
    assert of.domain_line("a.vn") == Line("campaign:1/domain/a.vn", 2)
    assert of.domain_line("b.vn") == Line("campaign:1/domain/b.vn", 9)
    assert (of.cap, of.relay) == (Cap(2, 7), 3) and of.quiet is not None
    assert terms("bulk", Options()) == Terms(bulk=True)


def waiting(engine: sa.Engine) -> list[tuple[int, bool]]:
    """(mails, whether they wait) of each open batch."""
    with reading(engine) as connection:
        rows = connection.execute(sa.select(batch).where(batch.c.state == BatchState.ready).order_by(batch.c.id))
        return [(row.open, row.not_before is not None) for row in rows]


def test_a_portion_of_the_hourly_limit_goes_and_the_rest_waits(engine: sa.Engine) -> None:
    fill(engine, 10)
    of = Terms(bulk=True, lines=(Line("c/hour", 180),))
    assert len(admitted(engine, of)) == 3
    assert waiting(engine) == [(3, True), (3, True), (1, True)]
    with transaction(engine) as connection:
        assert protocol.claim(connection, "bulk", J1, 60_000) is None


def test_a_batch_for_which_nothing_is_left_waits_as_a_whole(engine: sa.Engine) -> None:
    fill(engine, 3)
    fill(engine, 4, key="other")
    of = Terms(bulk=True, lines=(Line("c/hour", 180), Line("c/window", 600, 60)))
    assert len(admitted(engine, of)) == 3
    assert admitted(engine, of) == []
    assert waiting(engine) == [(4, True)]


def test_one_domains_limit_holds_nobody_else_up(engine: sa.Engine) -> None:
    fill(engine, 4, domains=("a.test", "b.test"))
    of = Terms(bulk=True, domains=(("*", 1000), ("b.test", 1)), key="c")
    assert sorted(admitted(engine, of)) == ["r1@a.test", "r2@b.test", "r3@a.test"]
    assert waiting(engine) == [(1, True)]


def test_quiet_hours_and_a_limit_give_turns_after_the_morning(engine: sa.Engine) -> None:
    fill(engine, 4)
    always = Quiet(time(0, 0), time(23, 59, 59), "UTC")
    of = Terms(bulk=True, lines=(Line("c/hour", 60),), quiet=always)
    assert admitted(engine, of) == []
    with reading(engine) as connection:
        rows = connection.execute(sa.select(pace_table.c.planned, pace_table.c.at).order_by(pace_table.c.key)).all()
        (found,) = connection.execute(sa.select(batch.c.not_before)).scalars()
    awake, asleep = rows
    assert (awake.planned, awake.at, asleep.at) == (0, 0, 0)  # nobody who is awake waits for those who sleep
    assert asleep.planned == pytest.approx(found * 1000 + 4 * 60e6, abs=2000)


def test_who_had_enough_campaigns_gets_no_more(engine: sa.Engine) -> None:
    of = Terms(bulk=True, cap=Cap(1, 7))
    fill(engine, 1, stream="bulk")
    assert admitted(engine, of) == ["r1@x.test"]
    fill(engine, 2, key="other", stream="bulk")
    assert admitted(engine, of) == ["r2@x.test"]  # the first one's mail is in a worker's hands
    with reading(engine) as connection:
        told = connection.execute(sa.select(event.c.detail)).scalars().all()
    assert [orjson.loads(one) for one in told] == [{"reason": "frequency-cap"}]


def test_what_was_sent_long_ago_or_by_other_streams_does_not_count(engine: sa.Engine) -> None:
    fill(engine, 1, stream="bulk")
    with transaction(engine) as connection:
        sent = {"state": MessageState.sent, "settled_at": db_now() - 8 * 86_400_000}
        connection.execute(sa.update(message).values(sent))
    fill(engine, 1, key="other", stream="transactional", queue="other")
    with transaction(engine) as connection:
        assert protocol.claim(connection, "other", J1, 60_000)
    fill(engine, 1, key="third", stream="bulk")
    with transaction(engine) as connection:
        connection.execute(sa.update(batch).where(batch.c.submission == 1).values(state=BatchState.closed))
    assert admitted(engine, Terms(bulk=True, cap=Cap(1, 7))) == ["r1@x.test"]
    fill(engine, 1, key="fourth", stream="bulk")
    assert admitted(engine, Terms(bulk=True, cap=Cap(1, 9))) == []
