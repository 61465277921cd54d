"""What a refusal means: a pure function over rules kept as data, ``replies.toml``, with the reason beside each."""

import re
import tomllib
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bocau.wire.smtp import Reply, Stage

LONGEST_WAIT = 86_400.0
"""Seconds. A server that names a longer wait is not believed."""
BEFORE_MAIL = frozenset((Stage.connect, Stage.banner, Stage.ehlo, Stage.starttls, Stage.auth))


class Whose(StrEnum):
    """Who the reply is about."""

    message = "message"
    relay = "relay"
    destination = "destination"
    connection = "connection"


class Verdict(NamedTuple):
    """``wait``: seconds named in the reply. ``suppress``: the address should get no further mail."""

    name: str
    temporary: bool
    whose: Whose = Whose.message
    wait: float | None = None
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of refusal. ``temporary`` None: the basic code decides."""

    name: str
    whose: Whose
    says: str
    temporary: bool | None = None
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits when everything it names fits; an empty field names nothing."""

    into: Class
    why: str
    stages: frozenset[str]
    codes: frozenset[int]
    enhanced: tuple[str, ...]
    text: re.Pattern[str] | None

    def fits(self, stage: Stage, reply: Reply, text: str) -> bool:
        if self.codes and reply.code not in self.codes and reply.code // 100 not in self.codes:
            return False
        if self.stages and stage not in self.stages:
            return False
        if self.enhanced and not any(_covers(pattern, reply.enhanced) for pattern in self.enhanced):
            return False
        return self.text is None or self.text.search(text) is not None


class Rules(NamedTuple):
    """``replies.toml``, read and checked."""

    classes: dict[str, Class]
    rules: tuple[Rule, ...]


def classify(stage: Stage, reply: Reply, curable: Container[str] = ()) -> Verdict:
    """The class of a refusal: ``reply`` has a code of 4xx or 5xx.

    ``curable``: the classes of a connection's own limits that may be meant. On a new connection none is: what is said
    there is said by whoever refuses for good reason, and the other rules tell who.
    """
    classes, rules = read_rules()
    text = _ADDRESS.sub(" ", reply.text).lower()
    fitting = (rule.into for rule in rules if rule.fits(stage, reply, text))
    found = next((one for one in fitting if one.whose is not Whose.connection or one.name in curable), classes["other"])
    if stage in BEFORE_MAIL and found.whose is not Whose.relay:
        # Nothing was said about a mail yet, so nothing can be said against it.
        found = classes["relay"]
    temporary = reply.code < 500 if found.temporary is None else found.temporary
    return Verdict(found.name, temporary, found.whose, named_wait(text), found.suppress and not temporary)


@cache
def read_rules() -> Rules:
    """The rules in their order. Raises KeyError, TypeError or re.error when the file is wrong: a test reads it."""
    data = tomllib.loads(files("bocau.delivery").joinpath("replies.toml").read_text(encoding="utf-8"))
    classes = {
        name: Class(name, **{**fields, "whose": Whose(fields["whose"])}) for name, fields in data["class"].items()
    }
    return Rules(classes, tuple(_rule(classes, fields) for fields in data["rule"]))


def _rule(classes: dict[str, Class], fields: dict[str, Any]) -> Rule:
    if unknown := set(fields) - {"class", "why", "stages", "codes", "enhanced", "text"}:
        raise KeyError(f"unknown fields: {sorted(unknown)}")
    return Rule(
        into=classes[fields["class"]],
        why=fields["why"],
        stages=frozenset(Stage(name) for name in fields.get("stages", [])),
        codes=frozenset(fields.get("codes", [])),
        enhanced=tuple(fields.get("enhanced", [])),
        text=re.compile("|".join(f"(?:{part})" for part in fields["text"])) if "text" in fields else None,
    )


def _covers(pattern: str, enhanced: str) -> bool:
    """``x.1.1`` covers 4.1.1 and 5.1.1; a pattern that ends with a dot covers all below it."""
    if pattern.startswith("x"):
        pattern, enhanced = pattern[1:], enhanced[1:]
    return enhanced.startswith(pattern) if pattern.endswith(".") else enhanced == pattern


# -- the wait named in a reply

_ADDRESS = re.compile(r"<[^<>]*>|\S+@\S+")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_AMOUNT = re.compile(r"\b(\d{1,6})\s?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b", re.ASCII)
_CLOCK = re.compile(r"\b(\d{1,3}):(\d\d):(\d\d)\b", re.ASCII)
_CUE = re.compile(
    r"again|retry|come back|wait|later|gr[ae]y[- ]?list|defer|delay|resend|slow down|throttl|limit", re.ASCII
)


def named_wait(text: str) -> float | None:
    """Seconds the server asks us to wait, at most a day; None when it names none.

    Understood: "try again in 5 minutes", "retry after 1 hour 30 min", "greylisted for 300 seconds", "come back in
    00:04:59". An amount counts only in a text that speaks of waiting.
    """
    text = text.lower()
    cue = _CUE.search(text)
    if cue is None:
        return None
    seconds = 0.0
    if clock := _CLOCK.search(text):
        hours, minutes, rest = (int(part) for part in clock.groups())
        seconds = hours * 3600.0 + minutes * 60.0 + rest
    else:
        end = -1
        for amount in _AMOUNT.finditer(text):
            # "1 hour 30 minutes" is one wait; an amount further off is about something else.
            if end >= 0 and not re.fullmatch(r"[\s,]*(and)?\s*", text[end : amount.start()]):
                break
            seconds += int(amount[1]) * _UNITS[amount[2][0]]
            end = amount.end()
    return min(seconds, LONGEST_WAIT) or None
