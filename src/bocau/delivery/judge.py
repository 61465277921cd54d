"""What an Outcome means: for the message, for its relay. Pure but for the settings it is made with."""

from enum import Enum

from bocau.base import config
from bocau.base.words import N_, say
from bocau.delivery import retry
from bocau.delivery.classify import Verdict, Whose, classify
from bocau.ledger import MessageState
from bocau.ledger.protocol import Result, Row
from bocau.relays import Trouble
from bocau.wire.smtp import Outcome, Reply, Stage

RESERVED = N_("The domain {domain} is reserved for tests; only the sandbox and relays on this machine accept it.")
RESERVED_NOW = N_("The domain {domain} is reserved for tests; no relay that accepts it can be used now.")
TOO_LARGE = N_("The mail has {size} MB; no relay takes so much.")
NO_LARGE = N_("The mail has {size} MB; no relay that takes so much can be used now.")
BROKEN = N_("The connection kept breaking before the end of this mail.")
SIGN_IN = ("password-in-clear", "sign-in-missing", "sign-in-refused")
"""Codes of connections that ended for our user name and password."""


SESSION_LIMIT = "session_limit"
ON_USED = frozenset((SESSION_LIMIT, "session_over", "out_of_step"))
ON_NEW = frozenset(("out_of_step",))
"""Classes of refusals that another connection may cure: where this one has served mails before; and where it has not, for
a mail that has not come back yet. So a mail comes back from each used connection there is, and from a new one once."""


class NextStep(Enum):
    """``settle``: the attempt is over. ``back``: nobody's attempt. ``turn``: the same, and the connection is used up.
    ``relay``: the same as ``back``, and the relay is at fault."""

    settle = "settle"
    back = "back"
    turn = "turn"
    relay = "relay"


class Judge:
    """``label`` is the reply class of the last outcome, for metrics."""

    def __init__(self, settings: config.Settings) -> None:
        self.settings = settings
        self.label = ""

    def next_step(
        self, outcome: Outcome, row: Row, relay: int, stream: config.Stream, *, used: bool = False, first: bool = False
    ) -> tuple[NextStep, Result | None]:
        """What is next, and for ``settle`` the result. ``used``: the connection has served a mail before this one;
        ``first``: the mail has not come back yet."""
        self.label = ""
        if outcome.sent:
            reply = outcome.reply
            assert reply is not None
            sent = MessageState.sent
            return NextStep.settle, Result(
                row.id, row.attempt, sent, True, False, reply.code, reply.enhanced, reply.text, relay
            )
        if outcome.doubt:
            self.label = "doubt"
            return NextStep.settle, self._doubt(outcome, row, relay, stream)
        if outcome.reply is None:
            return NextStep.back, None
        return self._refused(outcome, row, relay, stream, self._curable(outcome, used=used, first=first))

    def _refused(
        self, outcome: Outcome, row: Row, relay: int, stream: config.Stream, curable: frozenset[str]
    ) -> tuple[NextStep, Result | None]:
        reply = outcome.reply
        assert reply is not None
        verdict = classify(outcome.stage, reply, curable)
        self.label = verdict.name
        if verdict.whose is Whose.connection:
            return NextStep.turn, None
        if verdict.whose is Whose.relay and not outcome.local:
            return NextStep.relay, None
        if reply.code == 421:
            return NextStep.back, None
        said = (reply.code, reply.enhanced, reply.text, relay)
        if not verdict.temporary:
            return NextStep.settle, Result(row.id, row.attempt, MessageState.failed, not outcome.local, False, *said)
        waits = retry.delay(stream, row.attempt - row.retries, row.id, verdict.wait)
        return NextStep.settle, Result(row.id, row.attempt, MessageState.deferred, True, False, *said, waits)

    @staticmethod
    def _curable(outcome: Outcome, *, used: bool, first: bool) -> frozenset[str]:
        if outcome.local or not (used or first):
            return frozenset()
        return ON_USED if used else ON_NEW

    def _doubt(self, outcome: Outcome, row: Row, relay: int, stream: config.Stream) -> Result:
        """The relay fell silent after the last byte: sent again later, once (invariant 14); or held for a person."""
        text = outcome.error[:200]
        if stream.doubt_policy == "hold" or row.doubts + 1 > self.settings.doubt_cap_silence:
            unknown = MessageState.unknown
            return Result(row.id, row.attempt, unknown, True, True, reply=text, relay=relay)
        waits = retry.delay(stream, row.attempt - row.retries, row.id)
        deferred = MessageState.deferred
        return Result(row.id, row.attempt, deferred, True, True, reply=text, relay=relay, delay=waits)

    def broken(self, row: Row, relay: int, stream: config.Stream) -> Result:
        """Its connection broke too often before its end: that is an attempt after all."""
        waits = retry.delay(stream, row.attempt - row.retries, row.id)
        return Result(row.id, row.attempt, MessageState.deferred, reply=say(BROKEN), relay=relay, delay=waits)

    def unfit_for_now(self, row: Row, size: int, stream: config.Stream) -> Result:
        """Only relays that cannot be used now take it, for its ``size`` in bytes or (0) its domain: it waits by itself, and
        holds nobody up."""
        waits = retry.delay(stream, row.attempt - row.retries, row.id)
        domain = row.address.rpartition("@")[2]
        reason = say(NO_LARGE, size=megabytes(size)) if size else say(RESERVED_NOW, domain=domain)
        return Result(row.id, row.attempt, MessageState.deferred, reply=reason, delay=waits)

    @staticmethod
    def unfit(domain: str, size: int) -> str:
        """Why no relay ever takes it. ``size`` in bytes: 0: for its domain."""
        return say(TOO_LARGE, size=megabytes(size)) if size else say(RESERVED, domain=domain)

    @staticmethod
    def ours(outcome: Outcome) -> bool:
        """Whether we ended the connection ourselves: the batch was lost, or stops."""
        return outcome.problem is not None and outcome.problem.code == "relay-aborted"

    @staticmethod
    def limits(farewell: Reply) -> bool:
        """Whether a server that closes between two mails says that the connection has had its share of them."""
        return classify(Stage.mail, farewell, ON_USED).name == SESSION_LIMIT

    @staticmethod
    def trouble(outcome: Outcome) -> Trouble | None:
        """Which trouble with the relay an outcome tells of at once; None: only repetition would."""
        if outcome.reply is not None:
            verdict: Verdict = classify(outcome.stage, outcome.reply)
            if verdict.whose is Whose.relay:
                return {"authentication": Trouble.auth, "rate": Trouble.limit}.get(verdict.name, Trouble.policy)
        code = "" if outcome.problem is None else outcome.problem.code
        if outcome.stage is Stage.starttls or code.startswith("tls-"):
            return Trouble.tls
        return Trouble.auth if code in SIGN_IN else None


def megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f}"
