"""What a fact means for a row: pure decisions, ported from the model (protocol/model.py)."""

from typing import Any, NamedTuple

from bocau.ledger.states import BatchState, MessageState

NEVER = "never"  # "I never attempted it", or "dropped: cancel was asked"
DOUBT = "doubt"  # the relay went silent, or the connection broke, after the last byte


class Fact(NamedTuple):
    """What a journal or a cut-off holder tells of one attempt. ``told``: a reply's MessageState, NEVER or DOUBT.

    NEVER names the claim (``batch``, ``token``) under which the mail was loaded: the same process may have tried it
    under a later claim, with the same attempt number.
    """

    id: int
    attempt: int
    told: MessageState | str
    code: int | None = None
    enhanced: str | None = None
    reply: str | None = None
    relay: int | None = None
    delay: int | None = None
    batch: int = 0
    token: int = 0


class DoubtRules(NamedTuple):
    """Per stream: hold in ms, and whether doubt is re-sent or held for a person; how often at most."""

    hold: dict[str, int]
    resend: dict[str, bool]
    cap_silence: int = 1
    cap_crash: int = 3


class Standing(NamedTuple):
    """A message with what its batch says about it."""

    id: int
    batch: int
    state: int
    attempts: int
    doubts: int
    cancel_asked: bool
    batch_state: int
    permit: int
    journal: str | None
    origin: int | None = None
    token: int = 0
    code: int | None = None

    @property
    def heard(self) -> bool:
        """A 250 for an earlier attempt was told while this holder was permitted another: it ends as sent."""
        return self.state == MessageState.queued and self.code is not None and 200 <= self.code < 300

    @property
    def permitted(self) -> bool:
        """At or below the ceiling of a living claim: only its holder decides."""
        return self.state == MessageState.queued and self.batch_state == BatchState.claimed and self.id <= self.permit


class Change(NamedTuple):
    """What to do with a row. ``move`` puts it into a new ready batch; ``alone`` makes that a quarantine."""

    id: int
    state: MessageState
    attempts: int
    doubts: int
    fact: Fact | None = None
    move: bool = False
    alone: bool = False


def outcome(row: Standing, fact: Fact, attempts: int) -> Change:
    """A reply ends the attempt; a deferral ends the mail when cancelling was asked meanwhile."""
    state = fact.told
    assert isinstance(state, MessageState)
    if state == MessageState.deferred and row.cancel_asked:
        state = MessageState.cancelled
    return Change(row.id, state, attempts, row.doubts, fact)


def untried(row: Standing, attempts: int, doubts: int) -> Change:
    """Surely never attempted: back to the queue, or cancelled when that was asked."""
    state = MessageState.cancelled if row.cancel_asked else MessageState.queued
    return Change(row.id, state, attempts, doubts, move=state == MessageState.queued)


def late(row: Standing, fact: Fact, journal: str) -> Change | None:
    """A fact that comes without a living claim (invariant 6). None: it changes nothing on the row."""
    accepted = fact.told == MessageState.sent
    if row.state == MessageState.doubted and row.attempts == fact.attempt and (row.journal == journal or accepted):
        if fact.told == NEVER:
            same = (row.origin, row.token) == (fact.batch, fact.token)
            return untried(row, fact.attempt - 1, row.doubts - 1) if same else None
        return None if fact.told == DOUBT else outcome(row, fact, row.attempts)
    if not accepted or row.state == MessageState.sent or row.heard:
        return None
    heard = fact._replace(code=fact.code or 250)
    return Change(row.id, MessageState.queued if row.permitted else MessageState.sent, row.attempts, row.doubts, heard)


def after_doubt(row: Standing, rules: DoubtRules, stream: str, *, silence: bool, alone: bool) -> Change:
    """A doubt nobody can resolve any more: sent again with the same bytes, or ``unknown`` (invariant 14).

    ``row.attempts`` and ``row.doubts`` count the doubted attempt already.
    """
    cap = rules.cap_silence if silence else rules.cap_crash
    if row.doubts > cap or row.cancel_asked or not rules.resend.get(stream, True):
        return Change(row.id, MessageState.unknown, row.attempts, row.doubts)
    return Change(row.id, MessageState.queued, row.attempts, row.doubts, move=True, alone=alone)


class Told(NamedTuple):
    """What a dead process's journal tells. ``intact``: same boot and no torn middle, so that absence is evidence.

    ``composing`` is the message it was composing when it died (from its slot), or 0.
    """

    journal: str
    facts: dict[tuple[int, int], Fact]
    attempted: set[tuple[int, int]]
    intact: bool
    composing: int = 0


CRASHED = Fact(0, 0, MessageState.failed, reply="crashed the worker while it was composed")


def replayed(row: Standing, told: Told, rules: DoubtRules, stream: str, alone: bool) -> Change:
    """One row that the dead process owed a fact for: permitted and unsettled, or doubted since."""
    change = _replayed(row, told, rules, stream, alone)
    if row.heard and change.state != MessageState.sent:
        return Change(row.id, MessageState.sent, change.attempts, change.doubts)
    return change


def _replayed(row: Standing, told: Told, rules: DoubtRules, stream: str, alone: bool) -> Change:
    doubted = row.state == MessageState.doubted
    attempt = row.attempts if doubted else row.attempts + 1
    fact = told.facts.get((row.id, attempt))
    if fact is not None and fact.told not in (DOUBT, NEVER):
        return outcome(row, fact, attempt)
    taken_back = fact is not None and fact.told == NEVER and told.intact  # else a later A may be missing
    tried = not taken_back and ((row.id, attempt) in told.attempted or not told.intact)
    if tried:
        counted = row._replace(attempts=attempt, doubts=row.doubts + (not doubted))
        silence = fact is not None and fact.told == DOUBT
        if alone and not silence and (row.id, attempt) in told.attempted:
            return Change(row.id, MessageState.unknown, counted.attempts, counted.doubts)
        return after_doubt(counted, rules, stream, silence=silence, alone=not silence)
    if row.id == told.composing and alone:
        return Change(row.id, MessageState.failed, row.attempts, row.doubts, CRASHED)
    back = untried(row, attempt - 1, row.doubts - doubted)
    # What was near two crashes stays in quarantine: another mail of it may have been the reason, but not surely.
    return back._replace(alone=back.move and (alone or row.id == told.composing))


def as_detail(fact: Fact | None) -> dict[str, Any]:
    """What an event keeps of a fact."""
    if fact is None:
        return {}
    pairs = {"code": fact.code, "enhanced": fact.enhanced, "reply": fact.reply, "relay": fact.relay}
    return {name: value for name, value in pairs.items() if value is not None}
