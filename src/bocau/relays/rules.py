"""Pure rules: which relay takes the next mail, when a circuit opens and for how long, how a limit is divided."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bocau.base.words import N_
from bocau.relays.relay import Relay, may_take


class Trouble(StrEnum):
    """Why a circuit opens. ``sentence`` is shown to people."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> "Trouble":
        trouble = str.__new__(cls, name)
        trouble._value_ = name
        trouble.sentence = sentence
        return trouble

    auth = "auth", N_("It refuses our user name or password.")
    limit = "limit", N_("It says that its sending limit is reached.")
    connect = "connect", N_("It cannot be reached.")
    tls = "tls", N_("Its encryption cannot be trusted.")
    policy = "policy", N_("It refuses us, not just one mail.")
    doubt = "doubt", N_("It goes silent too often after a mail's last byte.")


@dataclass(frozen=True)
class Circuit:
    """A relay that is left alone. ``until`` is ms by the database's clock; ``wait`` ms from the moment of asking (0:
    over, and one process may probe). ``probing``: a process does. ``failures``: openings in a row."""

    until: int
    reason: str
    detail: str
    failures: int
    probing: bool
    wait: int


@dataclass(frozen=True)
class Backoff:
    """Seconds a circuit stays open: ``first``, doubled with each failed probe up to ``most``."""

    first: float = 30.0
    most: float = 900.0
    limit: float = 900.0
    """At least so long after a sending limit was reached."""

    def seconds(self, reason: str, failures: int) -> float:
        """``failures``: openings in a row, this one counted (1 is the first)."""
        doubled = self.first * 2.0 ** min(max(0, failures - 1), 30)
        return max(min(doubled, self.most), self.limit if reason == Trouble.limit else 0.0)


@dataclass
class Watch:
    """What one process sees of one relay, and when that is too much. Our own refusals are never noted here."""

    connect_failures: int = 3
    """Connections that failed in a row with none succeeding between."""
    window: int = 1000
    """Mails looked back at."""
    doubt_share: float = 0.01
    doubts_least: int = 3
    """Fewer doubts than this open nothing: one lost connection is not a sick relay."""
    _failed: int = 0
    _doubts: deque[bool] = field(default_factory=deque)
    _doubted: int = 0

    def connected(self) -> None:
        self._failed = 0

    def connect_failed(self) -> Trouble | None:
        """A connection that never became ready: refused, silent, cut off."""
        self._failed += 1
        return Trouble.connect if self._failed >= self.connect_failures else None

    def answered(self, *, doubt: bool) -> Trouble | None:
        """A mail is over, with any reply or in doubt. More than 1 % of the last mails in doubt is too much."""
        self._doubts.append(doubt)
        self._doubted += doubt
        if len(self._doubts) > self.window:
            self._doubted -= self._doubts.popleft()
        too_many = self._doubted >= self.doubts_least and self._doubted > self.doubt_share * len(self._doubts)
        return Trouble.doubt if doubt and too_many else None

    def reset(self) -> None:
        """The circuit has closed: what was before is not counted again."""
        self._failed = self._doubted = 0
        self._doubts.clear()


FORGET = 86_400_000
"""Ms after which a limit that was learnt is believed half as much."""


def session_limit(learnt: int, age: int) -> int:
    """Mails to send on one connection: as many as the server was seen to take ``age`` ms ago, twice as many for each day
    since. So a limit that was raised is found out, at the price of one refused mail a day, which goes on a new one."""
    return learnt << min(max(0, age) // FORGET, 20)


def candidates(relays: Iterable[Relay], *, domain: str, size: int = 0) -> list[Relay]:
    """Those the next mail may go through, of relays that can be used now; empty when none of them may take it.

    Of the enabled ones that take mail for ``domain`` and of ``size`` (bytes on the wire; 0: not known yet) those of the
    lowest ``priority``. One of weight 0 serves when its equals cannot.
    """
    able = [
        relay
        for relay in relays
        if relay.enabled and may_take(relay, domain) and (relay.max_size is None or size <= relay.max_size)
    ]
    first = min((relay.priority for relay in able), default=0)
    equals = [relay for relay in able if relay.priority == first]
    return [relay for relay in equals if relay.weight > 0] or equals


def lightest(relays: Iterable[Relay], loads: Mapping[int, float]) -> Relay:
    """The one with the least load for its weight. ``loads``: relay's id → mails given to it lately."""
    return min(relays, key=lambda relay: ((loads.get(relay.id, 0) + 1) / max(relay.weight, 1), relay.id))


def divide(total: int, wants: Mapping[str, int | None], turn: int = 0) -> dict[str, int]:
    """``total`` units by need: nobody gets more than it wants (None: any), what one leaves goes to the others evenly.

    With fewer units than takers each ``turn`` serves the next ones, one unit each, so that all come to it.
    """
    takers = sorted(name for name, want in wants.items() if want is None or want > 0)
    parts = dict.fromkeys(wants, 0)
    if not takers or total <= 0:
        return parts
    if total < len(takers):
        parts.update(dict.fromkeys(_in_turn(takers, total, turn), 1))
        return parts
    needs = sorted((total if wants[name] is None else min(total, wants[name] or 0), name) for name in takers)
    for left, (need, name) in zip(range(len(needs), 0, -1), needs, strict=True):
        parts[name] = min(need, total // left)
        total -= parts[name]
    return parts


def _in_turn(takers: Sequence[str], total: int, turn: int) -> list[str]:
    start = turn * total % len(takers)
    return [takers[(start + step) % len(takers)] for step in range(total)]
