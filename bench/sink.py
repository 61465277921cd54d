"""A fast SMTP server that takes every mail and keeps none: for benchmarks, journeys and load tests. Own process.

    python bench/sink.py                                  prints the port, takes mails until its input ends
    python bench/sink.py --port 2525 --stay               listens until it is killed
    python bench/sink.py --count --latency-ms 20          counts by recipient, answers after 20 ms
    python bench/sink.py --rule '{"stage": "rcpt", "every": 10, "once": true, "reply": "451 4.3.0 Later"}'

Control: one JSON object per line on standard input, or on the unix socket ``--control PATH``; each gets one line back.

    {"do": "counts"}        totals: accepted, refused, connections, by code; recipients with --count
    {"do": "deliveries"}    with --count: [[recipient, message id, digest, sender], ...] in order
    {"do": "mail", "recipient": "an@x.test"}    with --keep: the last mail to this address, as Latin-1
    {"do": "rules", "rules": [...]}   replace the rules (below); {"do": "rule", ...} adds one
    {"do": "set", "latency_ms": 20}   change an option: latency_ms, chunking, pipelining, size
    {"do": "hold"}          keep the replies to final dots; {"do": "release"} gives them
    {"do": "down"} {"do": "up"} {"do": "gone", "seconds": 10}   close listener and connections; open the same port
    {"do": "clear"}         forget counts and deliveries;  {"do": "stop"}  end

A rule: ``stage`` (connect, ehlo, auth, mail, rcpt, data: also BDAT, dot); what happens: ``reply`` ("421 …" also closes)
or ``action``: close, silent (never answers), accept_close, accept_silent (the mail counts as taken). When: ``every`` N-th,
``share`` 0…1 (by a hash of the recipient, so the same ones each time), ``match`` (in the recipient), ``once`` (per
recipient: only its first try), ``times`` at most, ``seconds`` from now, ``after`` so many mails taken on the connection.
Without any: always.
"""

import argparse
import asyncio
import hashlib
import json
import re
import ssl
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bocau.wire.smtp.receiver import Limits, Mode, Peer, Receiver

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.I | re.M)
GROUP = re.compile(
    rb"MAIL FROM:<([^<>\x00-\x20]*)>[ -~]*\r\nRCPT TO:<([^<>\x00-\x20]+)>\r\n(?:DATA\r\n|BDAT (\d{1,9}) LAST\r\n)"
)
ENVELOPE = b"250 2.1.0 OK\r\n250 2.1.5 OK\r\n"


@dataclass(slots=True)
class Rule:
    stage: str
    reply: str = ""
    action: str = ""
    every: int = 0
    share: float = 0.0
    match: str = ""
    once: bool = False
    times: int = 0
    seconds: float = 0.0
    after: int = 0
    until: float = 0.0
    used: int = 0
    met: int = 0
    seen: set[bytes] = field(default_factory=set)

    def applies(self, recipient: bytes, now: float, taken: int) -> bool:
        if taken < self.after:
            return False
        if (self.until and now >= self.until) or (self.times and self.used >= self.times):
            return False
        if self.match and self.match.encode() not in recipient:
            return False
        if self.once:
            if recipient in self.seen:
                return False
            self.seen.add(recipient)
        self.met += 1
        if self.every and self.met % self.every:
            return False
        if self.share and zlib.crc32(recipient) % 10_000 >= self.share * 10_000:
            return False
        self.used += 1
        return True


class Sink:
    """What all connections share: rules, counts, the listener."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.loop = asyncio.get_running_loop()
        self.rules: list[Rule] = []
        self.stages: set[str] = set()
        self.connections: set[Connection] = set()
        self.waiting: list[Callable[[], None]] = []
        self.holding = False
        self.latency = options.latency_ms / 1000
        self.context = server_context(options)
        self.server: asyncio.Server | None = None
        self.port = options.port
        self.stopped = asyncio.Event()
        self.do_clear({})

    # -- listening

    async def up(self) -> None:
        if self.server is None:
            context = self.context if self.options.implicit else None
            self.server = await self.loop.create_server(
                lambda: Connection(self), self.options.host, self.port, ssl=context, backlog=1024
            )
            self.port = self.server.sockets[0].getsockname()[1]

    def down(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()

    # -- mails

    def rule(self, stage: str, recipient: bytes = b"", taken: int = 0) -> Rule | None:
        """The first rule that applies now. ``taken``: mails on this connection."""
        if stage not in self.stages:
            return None
        now = self.loop.time()
        for rule in self.rules:
            if rule.stage == stage and rule.applies(recipient, now, taken):
                return rule
        return None

    def accept(self, sender: bytes, recipients: list[bytes], body: bytes) -> bytes:
        """Count a mail as taken; the reply."""
        self.accepted += 1
        self.bytes += len(body)
        if self.options.count:
            found = MESSAGE_ID.search(body)
            digest = hashlib.blake2b(body, digest_size=8).hexdigest()
            name = found[1].decode("utf-8", "replace") if found else ""
            for recipient in recipients:
                self.deliveries.append((recipient.decode("utf-8", "replace"), name, digest, sender.decode()))
                if self.options.keep:
                    self.mails[recipient.decode("utf-8", "replace")] = bytes(body)
        return b"250 2.0.0 Taken as %d" % self.accepted

    # -- control

    async def control(self, line: bytes) -> bytes:
        try:
            order = json.loads(line)
            answer = getattr(self, "do_" + order.pop("do"))(order)
            if asyncio.iscoroutine(answer):
                answer = await answer
        except Exception as error:  # noqa: BLE001 - whatever was wrong is the answer
            answer = {"error": repr(error)}
        return json.dumps({"ok": True} if answer is None else answer).encode() + b"\n"

    def do_counts(self, order: dict[str, Any]) -> dict[str, Any]:
        recipients = Counter(row[0] for row in self.deliveries)
        return {
            "accepted": self.accepted,
            "bytes": self.bytes,
            "refused": sum(self.codes.values()),
            "codes": dict(self.codes),
            "connections": len(self.connections),
            "opened": self.opened,
            "most_connections": self.most,
            "held": len(self.waiting),
            "recipients": recipients,
        }

    def do_deliveries(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"deliveries": self.deliveries}

    def do_mail(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"mail": self.mails[order["recipient"]].decode("latin-1")}

    def do_clear(self, order: dict[str, Any]) -> None:
        self.mails: dict[str, bytes] = {}
        self.accepted = self.bytes = self.opened = self.most = 0
        self.codes: Counter[str] = Counter()
        self.deliveries: list[tuple[str, str, str, str]] = []

    def do_rules(self, order: dict[str, Any]) -> None:
        self.rules = []
        self.stages = set()
        for rule in order["rules"]:
            self.do_rule(rule)

    def do_rule(self, order: dict[str, Any]) -> None:
        rule = Rule(**order)
        if rule.seconds:
            rule.until = self.loop.time() + rule.seconds
        self.rules.append(rule)
        self.stages.add(rule.stage)

    def do_set(self, order: dict[str, Any]) -> None:
        for name, value in order.items():
            if not hasattr(self.options, name):
                raise KeyError(name)
            setattr(self.options, name, value)
        self.latency = self.options.latency_ms / 1000

    def do_hold(self, order: dict[str, Any]) -> None:
        self.holding = True

    def do_release(self, order: dict[str, Any]) -> None:
        self.holding = False
        waiting, self.waiting = self.waiting, []
        for answer in waiting:
            answer()

    def do_down(self, order: dict[str, Any]) -> None:
        self.down()

    async def do_up(self, order: dict[str, Any]) -> None:
        await self.up()

    def do_gone(self, order: dict[str, Any]) -> None:
        self.down()
        self.loop.call_later(order["seconds"], lambda: self.loop.create_task(self.up()))

    def do_stop(self, order: dict[str, Any]) -> None:
        self.stopped.set()


class Connection(Receiver):
    """One client: the receiver with rules, delay and sign-in added."""

    def __init__(self, sink: Sink) -> None:
        options = sink.options
        limits = Limits(
            "sink.test", size=options.size, errors=1_000_000, idle=options.idle, chunking=options.chunking, strict=False
        )
        super().__init__(self, limits)
        self.sink = sink
        self.encrypted = options.implicit
        self.sign_in: list[bytes] | None = None
        self.mute = False
        self.taken = 0
        self.chunk_rule: Rule | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.sink.connections.add(self)
        self.sink.opened += 1
        self.sink.most = max(self.sink.most, len(self.sink.connections))
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The whole envelope in one piece and no rule to ask: answered without looking twice."""
        sink = self.sink
        if (
            self._mode is Mode.command
            and not self._buffer
            and data.startswith(b"MAIL")
            and not (sink.stages & {"mail", "rcpt", "data"})
        ):
            found = GROUP.match(data)
            if found is not None and self.sender is None and self.helo:
                self._seen = self._loop.time()
                self.sender, recipient, size = found.groups()
                self.recipients = [recipient]
                data = data[found.end() :]
                if size is None:
                    self._mode = Mode.data
                    self._body = bytearray(b"\r\n")
                    self.put(ENVELOPE + b"354 Go on\r\n")
                else:
                    self._out.append(ENVELOPE[:-2])
                    self._mode = Mode.chunk
                    self._chunk_left, self._chunk_last = int(size), True
                if not data:
                    return
        super().data_received(data)

    # -- what rules change

    def obey(self, rule: Rule | None) -> bool:
        """Do what the rule says; False when there is none and all goes its way."""
        if rule is None:
            return False
        if rule.reply:
            self.sink.codes[rule.reply[:3]] += 1
            self.say(rule.reply.encode())
            if rule.reply.startswith("421"):
                self.close()
        elif rule.action.endswith("silent"):
            self.mute = True
        elif rule.action.endswith("close") and self.transport is not None:
            self.closing = True
            self.transport.abort()
        return True

    def on_connect(self) -> None:
        if not self.obey(self.sink.rule("connect")):
            super().on_connect()

    def on_command(self, line: bytes) -> None:
        if self.sign_in is not None:
            self.on_answer(line)
            return
        verb = line[:4].upper()
        if verb == b"AUTH":
            self.on_auth(line)
        elif verb == b"STAR" and self.sink.context is not None and not self.encrypted:
            self.on_starttls()
        elif verb in (b"DATA", b"BDAT") and self.obey_data(verb):
            return
        else:
            super().on_command(line)

    def obey_data(self, verb: bytes) -> bool:
        """The rule for DATA and BDAT; a reply to BDAT must wait for the octets."""
        rule = self.sink.rule("data", self.recipients[0] if self.recipients else b"", self.taken)
        if rule is None or not rule.reply or verb == b"DATA":
            return self.obey(rule)
        self.chunk_rule = rule
        return False

    def on_ehlo(self, line: bytes) -> None:
        if not self.obey(self.sink.rule("ehlo")):
            super().on_ehlo(line)

    def on_mail_from(self, line: bytes) -> None:
        if not self.obey(self.sink.rule("mail", taken=self.taken)):
            super().on_mail_from(line)

    def on_rcpt_to(self, line: bytes) -> None:
        recipient = line[line.find(b"<") + 1 : line.rfind(b">")]
        if self.sender is None or not self.obey(self.sink.rule("rcpt", recipient, self.taken)):
            super().on_rcpt_to(line)

    COMMANDS = Receiver.COMMANDS | {b"EHLO": on_ehlo, b"HELO": on_ehlo, b"MAIL": on_mail_from, b"RCPT": on_rcpt_to}  # type: ignore[assignment]

    def extensions(self) -> list[str]:
        options = self.sink.options
        lines = [line for line in super().extensions() if options.pipelining or line != "PIPELINING"]
        if self.sink.context is not None and not self.encrypted:
            lines.append("STARTTLS")
        if options.auth and (self.encrypted or self.sink.context is None):
            lines.append("AUTH PLAIN LOGIN XOAUTH2")
        return lines

    def on_mail(self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None]) -> None:
        sink = self.sink
        if sink.holding:
            sink.waiting.append(lambda: self.decide(sender, recipients, body, reply))
        else:
            self.decide(sender, recipients, body, reply)

    def decide(self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None]) -> None:
        sink = self.sink
        rule, self.chunk_rule = self.chunk_rule or sink.rule("dot", recipients[0], self.taken), None
        if rule is None:
            self.taken += 1
            reply(sink.accept(sender, recipients, body))
            return
        if rule.action.startswith("accept"):
            sink.accept(sender, recipients, body)
        if rule.reply:
            sink.codes[rule.reply[:3]] += 1
            reply(rule.reply.encode())
            if rule.reply.startswith("421"):
                self.close()
        else:
            self.obey(rule)

    def mail(self, sender: bytes, recipients: list[bytes], body: bytes, reply: Any, peer: Peer) -> None:
        raise NotImplementedError("on_mail answers")

    def put(self, data: bytes) -> None:
        if self.mute:
            return
        if self.sink.latency:
            self._loop.call_later(self.sink.latency, super().put, data)
        else:
            super().put(data)

    def close(self) -> None:
        """Not before what was said last."""
        if self.sink.latency and not self.mute:
            self.closing = True
            self._loop.call_later(self.sink.latency + 0.001, super().close)
        else:
            super().close()

    # -- TLS and sign-in

    def on_starttls(self) -> None:
        self.say(b"220 2.0.0 Go on")
        self.flush()
        assert self.transport is not None
        self.transport.pause_reading()
        self._upgrade = self._loop.create_task(self.start_tls())

    async def start_tls(self) -> None:
        assert self.transport is not None and self.sink.context is not None
        try:
            transport = await self._loop.start_tls(self.transport, self, self.sink.context, server_side=True)
        except (OSError, ssl.SSLError):
            self.sink.connections.discard(self)
            return
        self.transport, self.encrypted, self.helo = transport, True, ""

    def on_auth(self, line: bytes) -> None:
        words = line.split()
        mechanism = words[1].upper() if len(words) > 1 else b""
        needed = 2 if mechanism == b"LOGIN" else 1
        self.sign_in = [b""] * needed
        if len(words) > 2:
            self.on_answer(words[2])
        else:
            self.say(b"334 ")

    def on_answer(self, line: bytes) -> None:
        assert self.sign_in is not None
        self.sign_in.pop()
        if self.sign_in:
            self.say(b"334 ")
            return
        self.sign_in = None
        if not self.obey(self.sink.rule("auth")):
            self.say(b"235 2.7.0 Welcome")


def server_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    if not options.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert, options.tls_key or None)
    return context


async def read_orders(sink: Sink, reader: asyncio.StreamReader, write: Callable[[bytes], None]) -> None:
    while line := await reader.readline():
        write(await sink.control(line))


async def standard_input(sink: Sink) -> None:
    """Orders from standard input; when it ends, so does the sink: it outlives no test."""
    reader = asyncio.StreamReader(limit=1 << 24)
    await sink.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    await read_orders(sink, reader, write)
    sink.stopped.set()


async def listen(sink: Sink, path: str) -> asyncio.Server:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_orders(sink, reader, writer.write)
        writer.close()

    return await asyncio.start_unix_server(client, path, limit=1 << 24)


async def run(options: argparse.Namespace) -> None:
    sink = Sink(options)
    for rule in options.rule:
        sink.do_rule(json.loads(rule))
    await sink.up()
    control = await listen(sink, options.control) if options.control else None
    print(sink.port, flush=True)
    reading = None if options.stay else asyncio.create_task(standard_input(sink))
    await sink.stopped.wait()
    sink.down()
    if reading is not None:
        reading.cancel()
    if control is not None:
        control.close()
        Path(options.control).unlink(missing_ok=True)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0: a free one")
    add("--latency-ms", type=float, default=0.0, help="wait before each group of replies")
    add("--keep", action="store_true", help="with --count: also keep the last mail of each recipient")
    add("--count", action="store_true", help="keep recipient, Message-ID and digest of each mail")
    add("--rule", action="append", default=[], help="a rule as JSON; may be repeated")
    add("--size", type=int, default=50 << 20, help="largest mail")
    add("--idle", type=float, default=3600.0, help="silence until 421")
    add("--no-chunking", dest="chunking", action="store_false")
    add("--no-pipelining", dest="pipelining", action="store_false")
    add("--auth", action="store_true", help="offer AUTH (over TLS only, where TLS is offered)")
    add("--tls-cert", default="", help="PEM certificate: offers STARTTLS")
    add("--tls-key", default="", help="its key")
    add("--implicit", action="store_true", help="TLS from the first byte")
    add("--control", default="", help="unix socket for orders")
    add("--stay", action="store_true", help="do not end with the standard input")
    return parser


if __name__ == "__main__":
    import uvloop

    uvloop.run(run(arguments().parse_args()))
