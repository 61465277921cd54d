"""Relays that refuse: for now, for good, at sign-in, for the day, in mid-connection."""

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau.base.db import reading
from bocau.relays.tables import relay_health
from tests.journeys.conftest import Make
from tests.journeys.world import World
from tests.wire.smtp.certificates import Authority

MAILS = 1000


def reason(world: World) -> str:
    """Why the relay's circuit is open; empty when it is not."""
    with reading(world.db) as connection:
        return str(connection.execute(sa.select(relay_health.c.circuit_reason)).scalar() or "")


def test_every_tenth_mail_is_refused_once_for_now(make_world: Make) -> None:
    world = make_world()
    world.sink.rule("rcpt", every=10, once=True, reply="451 4.3.0 Later")
    number = world.submit(MAILS)
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
    rows = world.rows(number)
    assert sum(row.attempts == 2 for row in rows) == world.sink.do("counts")["codes"]["451"] >= MAILS // 10
    assert sum(row.attempts == 1 for row in rows) == MAILS - sum(row.attempts == 2 for row in rows)


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_some_are_refused_for_good(make_world: Make, stage: str) -> None:
    world = make_world()
    world.sink.rule(stage, share=0.1, reply="550 5.1.1 No such mailbox")
    number = world.submit(MAILS)
    world.start()
    world.until_finished(number)
    counts = world.counts(number)
    assert counts["sent"] + counts["failed"] == MAILS
    assert 50 < counts["failed"] == world.sink.do("counts")["codes"]["550"]
    assert world.account(number) == 0
    assert {row.code for row in world.rows(number) if row.code != 250} == {550}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"stage": "mail", "reply": "535 5.7.8 Authentication credentials invalid"}, "auth"),
        ({"stage": "dot", "reply": "550 5.4.5 Daily user sending limit exceeded"}, "limit"),
        ({"stage": "rcpt", "reply": "421 4.7.0 Too many connections, try again later"}, "limit"),
        ({"stage": "rcpt", "reply": "421 4.3.2 Closing"}, "connect"),
        ({"stage": "mail", "action": "close"}, "connect"),
    ],
    ids=["signed out", "daily limit", "throttled", "closing", "closes without a word"],
)
def test_in_mid_run_and_nobody_fails(make_world: Make, rule: dict[str, str], why: str) -> None:
    world = make_world(sink=("--latency-ms", "5"))
    number = world.submit(MAILS)
    world.start()
    world.until_taken(200)
    world.sink.rule(**rule)
    world.until(lambda: reason(world) == why)
    opened = world.sink.do("counts")["opened"]
    world.until(lambda: world.sink.do("counts")["opened"] > opened + 1)
    assert not {"failed", "unknown", "expired"} & set(world.counts(number))
    world.sink.do("rules", rules=[])
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
    world.until(lambda: not reason(world))


@pytest.mark.parametrize("tls", ["off", "required"])
def test_no_sign_in_from_the_start(make_world: Make, tmp_path: Path, tls: str) -> None:
    """The password is refused; or it would go in clear text, and is not told."""
    authority = Authority(tmp_path)
    world = make_world(sink=("--auth", "--tls-cert", str(authority.server("127.0.0.1"))))
    address = f"smtp://bocau:secret@127.0.0.1:{world.sink.port}?ca={authority.file}&tls="
    world.sink.rule("auth", reply="535 5.7.8 Authentication credentials invalid")
    number = world.submit(50)
    worker = world.start(BOCAU_RELAY_URL=address + tls)
    world.until(lambda: reason(world) == "auth")
    assert world.counts(number) == {"queued": 50}
    world.sink.do("rules", rules=[])
    assert worker.end() == 0
    world.start(BOCAU_RELAY_URL=address + "required")
    world.until_finished(number)
    assert world.account(number) == 0
    assert not reason(world)


@pytest.mark.parametrize("tls", ["required", "implicit"])
@pytest.mark.parametrize(("name", "days"), [("elsewhere.test", 2), ("127.0.0.1", 0)], ids=["name", "expired"])
def test_wrong_certificate(make_world: Make, tmp_path: Path, tls: str, name: str, days: int) -> None:
    authority = Authority(tmp_path)
    options = ["--tls-cert", str(authority.server(name, days=days)), *(["--implicit"] if tls == "implicit" else [])]
    world = make_world(sink=tuple(options), relay=f"tls={tls}&ca={authority.file}")
    number = world.submit(50)
    world.start()
    world.until(lambda: reason(world))
    assert reason(world) == "tls"
    with reading(world.db) as connection:
        assert "certificate" in str(connection.execute(sa.select(relay_health.c.circuit_detail)).scalar())
    assert world.counts(number) == {"queued": 50}
    assert world.sink.taken() == 0


def test_the_relay_is_gone_for_a_while(make_world: Make) -> None:
    world = make_world(sink=("--latency-ms", "5"))
    number = world.submit(MAILS)
    world.start()
    world.until_taken(200)
    world.sink.do("down")
    down = time.monotonic()
    world.until(lambda: reason(world) == "connect")
    world.until(lambda: time.monotonic() - down > 2)
    assert not {"failed", "unknown", "expired"} & set(world.counts(number))
    world.sink.do("up")
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    world.account(number, extra=10)


@pytest.mark.parametrize(("stage", "extra"), [("data", 0), ("dot", 0)])
def test_the_relay_stops_answering(make_world: Make, stage: str, extra: int) -> None:
    """It hears and says nothing for a second; what it did not take is sent again, and nobody gets two."""
    world = make_world(
        sink=("--latency-ms", "5", "--no-chunking"),
        BOCAU_SMTP_TIMEOUTS__DATA="0.5",
        BOCAU_SMTP_TIMEOUTS__DOT="0.5",
        BOCAU_SMTP_TIMEOUTS__COMMAND="0.5",
    )
    number = world.submit(MAILS)
    world.start()
    world.until_taken(200)
    world.sink.rule(stage, action="silent", seconds=1)
    world.until_finished(number)
    counts = world.counts(number)
    assert counts["sent"] + counts.get("unknown", 0) == MAILS
    assert world.account(number) == extra
