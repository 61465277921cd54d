"""What schedules are, to those who call the verbs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, Self

import orjson

from bocau.base.errors import retold
from bocau.schedules.when import Rule

GRACE = 15 * 60_000
"""Ms a time may be late and still not be missed."""


class Does(StrEnum):
    """Launch a campaign, once; launch a fresh copy of it each time; send a report."""

    launch = "launch"
    copy = "copy"
    report = "report"


class Policy(StrEnum):
    """Of times that were missed: none is made up for, or all of them by one."""

    skip = "skip"
    once = "once"


class State(IntEnum):
    """What became of a time. ``making``: a report that is being made, or is tried again."""

    making = 0
    done = 1
    skipped = 2
    failed = 3
    empty = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``source``: kind (file, url or sql), place (path, address or database) and for sql the query. ``content``:
    content.Source as JSON. ``attach``: csv and xlsx. ``chart``: kind, x, y and title, or empty. ``types``: heading →
    what its cells are, a word of ``cells.WORDS``."""

    source: Mapping[str, str]
    content: str
    sender: str
    to: tuple[str, ...]
    stream: str = "transactional"
    queue: str = "transactional"
    reply_to: str = ""
    attach: tuple[str, ...] = ()
    chart: Mapping[str, Any] = field(default_factory=dict)
    skip_empty: bool = False
    types: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, raw: str) -> Self:
        data = orjson.loads(raw)
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        return cls(**known | {"to": tuple(known["to"]), "attach": tuple(known.get("attach", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A schedule to be made. ``campaign`` for launch and copy, ``report`` for report. ``grace`` in ms."""

    name: str
    does: Does
    rule: Rule
    campaign: int | None = None
    report: Report | None = None
    policy: Policy = Policy.skip
    grace: int = GRACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as it stands. ``next_at``: ms; None when it has ended."""

    id: int
    plan: Plan
    next_at: int | None
    paused: bool
    created_at: int


class Fired(NamedTuple):
    """One time that came. ``skipped``: how many before it were missed; ``campaign``: what was launched."""

    schedule: int
    name: str
    at: int
    state: State
    campaign: int | None = None
    skipped: int = 0


class Firing(NamedTuple):
    """A time of the past. ``detail``: how many rows, or an error as ``kept`` keeps it and in which attempt it was."""

    schedule: int
    at: int
    fired_at: int
    state: State
    campaign: int | None
    submission: int | None
    attempts: int
    due_at: int | None
    detail: dict[str, Any]

    @property
    def problem(self) -> str:
        """What went wrong, in the current language; empty when nothing did."""
        return retold(self.detail) if "sentence" in self.detail else str(self.detail.get("error", ""))

    @property
    def put_off(self) -> bool:
        """The last attempt at the report failed, and another follows."""
        return self.state is State.making and self.detail.get("attempt") == self.attempts
