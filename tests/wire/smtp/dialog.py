r"""Dialogs written down as data, and their player. A file of ``dialogs/`` holds several, each under its title::

    == What must happen
    profile: tls=off chunking=no        fields of Profile; also room= (bytes the server reads before it is told to)
    pieces: whole                       the server's lines come in one piece only; else whole, by lines and by bytes
    G: PIPELINING, SIZE 1000            short for banner, EHLO, its answer with these extensions, and E: ready
    S: 250 OK                           the server says a line; (close) and (reset) end the connection
    R: 250 no line end\x00              the server sends just these bytes, escapes as in Python
    C: MAIL FROM:<a@clinic.test>        the client must have written this line; (9000 bytes), (all), (nothing): just so
    D: send to=b@clinic.test            the driver acts: send, release, abort, quit
    E: done dot 250 2.0.0 Kept          the driver must have heard this; … at the end stands for the rest
    T: 300                              seconds go by
    W: 50000                            the server reads so many bytes more

Before each S, R, D, T and W, and at the end, nothing may have been written or heard that is not told.
"""

import ast
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bocau.wire.smtp import Mail, Outcome, Profile, Session
from tests.wire.smtp.still import StillLoop, Wire

HELLO = b"Subject: Hi\r\n\r\n.Hello\r\n"


@dataclass
class Dialog:
    """``steps``: (kind, text) in order."""

    title: str
    profile: dict[str, str] = field(default_factory=dict)
    pieces: tuple[str, ...] = ("whole", "lines", "bytes")
    steps: list[tuple[str, str]] = field(default_factory=list)


def read_dialogs(path: Path) -> list[Dialog]:
    found: list[Dialog] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, _, text = line.partition(" ")
        if mark == "==":
            found.append(Dialog(text))
        elif mark == "profile:":
            found[-1].profile = dict(word.split("=", 1) for word in text.split())
        elif mark == "pieces:":
            found[-1].pieces = tuple(text.split())
        elif mark == "G:":
            found[-1].steps += greeting(text)
        elif mark[:1] in tuple("SRCDETW") and mark[1:] == ":":
            found[-1].steps.append((mark[0], text))
        elif line and mark != "#":
            raise ValueError(f"{path.name}: {line!r}")
    return found


def greeting(text: str) -> list[tuple[str, str]]:
    offers = ["mx.test", *(name.strip() for name in text.split(",") if name.strip())]
    answer = [("S", f"250-{name}") for name in offers[:-1]] + [("S", f"250 {offers[-1]}")]
    return [("S", "220 mx.test ESMTP"), ("C", "EHLO client.test"), *answer, ("E", "ready")]


def make_profile(given: dict[str, str]) -> Profile:
    values: dict[str, Any] = {"host": "mx.test", "port": 25, "tls": "off", "helo_name": "client.test", **given}
    values.pop("room", None)
    if "password" in values:
        values["password"] = SecretStr(values["password"])
    for name in ("pipelining", "chunking"):
        values[name] = values.get(name) != "no"
    for name in ("port", "mails_per_connection"):
        if name in values:
            values[name] = int(values[name])
    if "reuse_seconds" in values:
        values["reuse_seconds"] = float(values["reuse_seconds"])
    return Profile(**values)


def make_mail(given: dict[str, str]) -> Mail:
    """Keys: to, from, body, size (of a body of that many bytes), utf8, eightbit."""
    body = escaped(given["body"]) if "body" in given else HELLO
    if "size" in given:
        lines = int(given["size"]) // 80
        body = b"".join(b"%078d\r\n" % n for n in range(lines)) + b"x" * (int(given["size"]) - 80 * lines)
    sender, recipient = given.get("from", "a@clinic.test"), given.get("to", "b@clinic.test")
    return Mail(sender.encode(), recipient.encode(), body, None, "utf8" in given, "eightbit" in given)


def escaped(text: str) -> bytes:
    return ast.literal_eval(f"'{text}'").encode("utf-8")  # type: ignore[no-any-return]


class Recorder:
    """A Driver that writes down what it hears, and counts."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.sent = 0
        self.pending: Mail | None = None
        self.closes = 0

    def ready(self, session: Session, /) -> None:
        self._alive()
        self.heard.append("ready")

    def body_due(self, session: Session, mail: Mail, /) -> None:
        self._alive()
        assert mail is self.pending
        self.heard.append("due")

    def done(self, session: Session, mail: Mail, outcome: Outcome, /) -> None:
        self._alive()
        assert mail is self.pending, "done twice, or for another mail"
        self.pending = None
        self.heard.append(f"done {told(outcome)}")

    def closed(self, session: Session, outcome: Outcome | None, /) -> None:
        self._alive()
        assert self.pending is None, "closed before done"
        self.closes += 1
        words = [] if outcome is None else [told(outcome)]
        words += [] if session.farewell is None else ["farewell", str(session.farewell)]
        self.heard.append(" ".join(["closed", *words]))

    def send(self, session: Session, mail: Mail) -> None:
        self.pending = mail
        self.sent += 1
        session.send(mail)

    def _alive(self) -> None:
        assert not self.closes, "heard after closed"


def told(outcome: Outcome) -> str:
    words = [outcome.stage.value]
    words += ["doubt"] * outcome.doubt + ["local"] * outcome.local
    if outcome.problem is not None:
        assert outcome.error == str(outcome.problem)
        words.append(outcome.problem.code)
    if outcome.reply is not None:
        words.append(str(outcome.reply))
    return " ".join(words)


class Player:
    """Plays one dialog, the server's lines in the given pieces. An AssertionError names the step that went wrong."""

    def __init__(self, dialog: Dialog, pieces: str) -> None:
        self.dialog, self.pieces = dialog, pieces
        self.loop = StillLoop()
        self.driver = Recorder()
        self.session = Session(make_profile(dialog.profile), self.driver, self.loop)
        self.wire = Wire(self.loop, self.session, float(dialog.profile.get("room", "inf")))
        self.written = b""

    def play(self) -> None:
        try:
            for kind, group in groupby(self.dialog.steps, key=lambda step: {"R": "S"}.get(step[0], step[0])):
                steps = list(group)
                if kind == "S":
                    self.quiet(f"S: {steps[0][1]}")
                    self.say(steps)
                else:
                    for _, text in steps:
                        getattr(self, f"do_{kind}")(text)
            self.quiet("the end")
            self.end()
        finally:
            self.loop.close()

    def settle(self) -> None:
        self.loop.run_for(0)
        self.written += self.wire.taken()

    def quiet(self, step: str) -> None:
        self.settle()
        assert self.written == b"", f"before {step!r}: written and not told"
        assert self.driver.heard == [], f"before {step!r}: heard and not told"

    def end(self) -> None:
        self.wire.close_here()
        self.loop.run_for(10_000)
        assert self.driver.pending is None
        assert self.driver.closes == 1
        assert self.loop.errors == []

    # -- steps

    def say(self, steps: list[tuple[str, str]]) -> None:
        pieces = [text.encode() + b"\r\n" if kind == "S" else escaped(text) for kind, text in steps]
        last = steps[-1][1]
        data = b"".join(pieces[:-1] if last in ("(close)", "(reset)") else pieces)
        if self.pieces == "whole":
            pieces = [data]
        elif self.pieces == "lines":
            pieces = data.splitlines(keepends=True)
        else:
            pieces = [data[n : n + 1] for n in range(len(data))]
        for piece in pieces:
            self.wire.hear(piece)
            self.settle()
        if last in ("(close)", "(reset)"):
            self.wire.close_here(ConnectionResetError() if last == "(reset)" else None)

    def do_C(self, text: str) -> None:
        self.settle()
        if text == "(nothing)":
            size = 0
            assert self.written == b""
        elif text == "(all)":
            size = len(self.written)
            assert size
        elif text.endswith(" bytes)"):
            size = int(text[1:].split()[0])
            assert len(self.written) >= size
        else:
            wanted = text.encode() + b"\r\n"
            size = len(wanted)
            assert self.written[:size] == wanted
        self.written = self.written[size:]

    def do_D(self, text: str) -> None:
        self.quiet(f"D: {text}")
        verb, *words = text.split()
        if verb == "send":
            self.driver.send(
                self.session, make_mail({word.partition("=")[0]: word.partition("=")[2] for word in words})
            )
        elif verb == "release":
            assert self.session.release_body() is (words != ["late"])
        else:
            getattr(self.session, verb)()

    def do_E(self, text: str) -> None:
        self.settle()
        heard = self.driver.heard.pop(0) if self.driver.heard else "nothing"
        assert heard.startswith(text[:-1]) if text.endswith("…") else heard == text

    def do_T(self, text: str) -> None:
        self.quiet(f"T: {text}")
        self.loop.run_for(float(text))

    def do_W(self, text: str) -> None:
        self.quiet(f"W: {text}")
        self.wire.take(int(text))
