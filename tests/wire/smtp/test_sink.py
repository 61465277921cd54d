"""The sink of benchmarks and journeys, in its own process as it is used there: its counts must be true."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bocau.base.config import Timeouts
from bocau.wire.smtp import Profile
from tests.fakes.together import made_once
from tests.wire.smtp.certificates import Authority
from tests.wire.smtp.sender import LETTER, PATIENCE, Told, deliver, letter

SINK = Path(__file__).parents[3] / "bench" / "sink.py"


class Sink:
    """The process; ``ask`` gives an order and returns the answer."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SINK), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None and self.process.stdin is not None
        self.answers, self.orders = self.process.stdout, self.process.stdin
        self.port = int(self.answers.readline())

    def ask(self, do: str, **fields: Any) -> Any:
        self.orders.write(json.dumps({"do": do, **fields}) + "\n")
        self.orders.flush()
        return json.loads(self.answers.readline())

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.orders.close()
        self.process.wait(30)
        self.answers.close()

    def send(self, *names: str, **given: Any) -> Told:
        values: dict[str, Any] = {"tls": "off", "timeouts": PATIENCE, **given}
        mails = [letter(name, b"Message-ID: <%b>\r\n" % name.encode() + LETTER) for name in names]
        return asyncio.run(deliver(Profile("localhost", self.port, **values), *mails))


@made_once
def shared() -> Iterator[Sink]:
    sink = Sink("--count")
    yield sink
    sink.close()
    assert sink.process.returncode == 0


@pytest.fixture
def sink(shared: Sink) -> Sink:
    shared.ask("up")
    shared.ask("rules", rules=[])
    shared.ask("set", chunking=True, pipelining=True, latency_ms=0)
    shared.ask("clear")
    return shared


@pytest.fixture
def started() -> Iterator[Callable[..., Sink]]:
    """Sinks of other kinds."""
    made: list[Sink] = []

    def start(*options: str) -> Sink:
        made.append(Sink(*options))
        return made[-1]

    yield start
    for one in made:
        one.close()


NAMES = [f"u{n}@x.test" for n in range(30)]


@pytest.mark.parametrize("chunking", [True, False])
@pytest.mark.parametrize("pipelining", [True, False])
def test_every_mail_is_counted_once(sink: Sink, chunking: bool, pipelining: bool) -> None:
    sink.ask("set", chunking=chunking, pipelining=pipelining)
    assert all(sink.send(*NAMES, NAMES[0]).sent)
    counts = sink.ask("counts")
    assert (counts["accepted"], counts["refused"], counts["opened"]) == (31, 0, 1)
    assert counts["recipients"] == {name: 1 + (name == NAMES[0]) for name in NAMES}
    deliveries = sink.ask("deliveries")["deliveries"]
    assert [row[0] for row in deliveries] == [*NAMES, NAMES[0]]
    assert [row[1] for row in deliveries] == [f"<{row[0]}>" for row in deliveries]
    assert {row[3] for row in deliveries} == {"a@clinic.test"}
    assert len({row[2] for row in deliveries}) == 30, "equal letters have equal digests, others not"


def test_the_digest_does_not_depend_on_the_way(sink: Sink) -> None:
    for chunking in (True, False):
        sink.ask("set", chunking=chunking)
        sink.send("a@x.test")
    assert len({row[2] for row in sink.ask("deliveries")["deliveries"]}) == 1


def test_every_tenth_is_refused(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "rcpt", "every": 10, "reply": "451 4.3.0 Later"}])
    told = sink.send(*NAMES)
    assert [n for n, sent in enumerate(told.sent) if not sent] == [9, 19, 29]
    assert {str(told.outcomes[n].reply) for n in (9, 19, 29)} == {"451 4.3.0 Later"}
    counts = sink.ask("counts")
    assert (counts["accepted"], counts["refused"], counts["codes"]) == (27, 3, {"451": 3})


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_refusal_comes_at_its_stage(sink: Sink, stage: str) -> None:
    sink.ask("set", chunking=False)
    sink.ask("rules", rules=[{"stage": stage, "times": 1, "reply": "450 4.2.0 No"}])
    told = sink.send("a@x.test", "b@x.test")
    assert told.sent == [False, True]
    assert told.outcomes[0].stage == stage


@pytest.mark.parametrize("rule", [{"reply": "450 4.2.0 No"}, {"action": "close"}])
def test_rules_for_data_hold_for_bdat(sink: Sink, rule: dict[str, str]) -> None:
    sink.ask("rules", rules=[{"stage": "data", "times": 1, **rule}])
    assert sink.send("a@x.test").sent == [False]
    assert sink.ask("counts")["accepted"] == 0
    assert sink.send("a@x.test", "b@x.test").sent == [True, True]


def test_each_recipient_is_refused_once(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "dot", "once": True, "match": "u1", "reply": "451 Later"}])
    told = sink.send("u1@x.test", "u2@x.test", "u1@x.test", "u1@x.test")
    assert told.sent == [False, True, True, True]


def test_a_share_is_always_the_same_one(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "rcpt", "share": 0.5, "reply": "550 5.1.1 No"}])
    first = sink.send(*NAMES).sent
    assert first == sink.send(*NAMES).sent
    assert 5 < sum(first) < 25


def test_a_rule_may_close_the_connection_after_taking_the_mail(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "dot", "times": 1, "action": "accept_close"}])
    told = sink.send("a@x.test")
    assert told.outcomes[0].doubt
    assert sink.ask("counts")["accepted"] == 1


def test_a_rule_may_close_the_connection_without_taking_the_mail(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "dot", "times": 1, "action": "close"}])
    assert sink.send("a@x.test").outcomes[0].doubt
    assert sink.ask("counts")["accepted"] == 0


def test_a_rule_may_fall_silent(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "dot", "times": 1, "action": "accept_silent"}])
    hurry = Timeouts(connect=20, command=20, data=20, dot=0.2)
    told = sink.send("a@x.test", timeouts=hurry)
    assert told.outcomes[0].doubt
    assert sink.ask("counts")["accepted"] == 1


def test_421_closes_the_connection(sink: Sink) -> None:
    sink.ask("rules", rules=[{"stage": "rcpt", "times": 1, "reply": "421 4.7.0 Enough"}])
    told = sink.send("a@x.test", "b@x.test")
    assert [str(outcome.reply) for outcome in told.outcomes] == ["421 4.7.0 Enough"]


@pytest.mark.parametrize(("stage", "problem"), [("connect", "relay-rejected"), ("ehlo", "relay-rejected")])
def test_a_connection_may_be_refused(sink: Sink, stage: str, problem: str) -> None:
    sink.ask("rules", rules=[{"stage": stage, "reply": "554 5.7.1 No"}])
    assert sink.send("a@x.test").problem == problem


def test_the_sink_can_be_gone_and_come_back_at_the_same_port(sink: Sink) -> None:
    sink.ask("down")
    assert sink.send("a@x.test").problem == "relay-refused"
    sink.ask("up")
    assert sink.send("a@x.test").sent == [True]


def test_replies_can_be_held_and_given(sink: Sink) -> None:
    sink.ask("hold")

    async def whole() -> Told:
        profile = Profile("localhost", sink.port, tls="off", timeouts=PATIENCE)
        task = asyncio.get_running_loop().create_task(deliver(profile, letter()))
        while (await asyncio.to_thread(sink.ask, "counts"))["held"] == 0:
            assert not task.done()
        assert (await asyncio.to_thread(sink.ask, "counts"))["accepted"] == 0
        await asyncio.to_thread(sink.ask, "release")
        return await task

    assert asyncio.run(whole()).sent == [True]
    assert sink.ask("counts")["accepted"] == 1


def test_replies_can_be_late(sink: Sink) -> None:
    sink.ask("set", latency_ms=5)
    assert all(sink.send(*NAMES[:5]).sent)
    assert sink.ask("counts")["accepted"] == 5


def test_a_wrong_order_is_told(sink: Sink) -> None:
    assert "error" in sink.ask("dance")
    assert "error" in sink.ask("set", colour="red")
    assert "error" in sink.ask("rule", stage="rcpt", colour="red")


def test_it_ends_when_it_is_told_to(started: Callable[..., Sink]) -> None:
    sink = started()
    sink.ask("stop")
    assert sink.process.wait(30) == 0


@pytest.mark.parametrize("implicit", [True, False])
def test_it_speaks_tls_and_checks_no_password_but_asks_for_one(
    started: Callable[..., Sink], authority: Authority, implicit: bool
) -> None:
    pem = str(authority.server("localhost"))
    sink = started("--tls-cert", pem, "--tls-key", pem, "--auth", *["--implicit"] * implicit)
    given = {
        "tls": "implicit" if implicit else "required",
        "ca_file": str(authority.file),
        "username": "u",
        "password": SecretStr("p"),
    }
    for way in ("PLAIN", "LOGIN", "XOAUTH2"):
        assert sink.send("a@x.test", "b@x.test", auth=way, **given).sent == [True, True]
    sink.ask("rules", rules=[{"stage": "auth", "times": 1, "reply": "535 5.7.8 No"}])
    assert sink.send("a@x.test", **given).problem == "sign-in-refused"
    assert sink.ask("counts")["accepted"] == 6
