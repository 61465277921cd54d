"""The engine's side of the database: one transaction per call, made to be run in a thread and to be repeated."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from bocau import content, ledger, relays
from bocau.base import config
from bocau.base.db import Connection, db_now, reading, sever, transaction
from bocau.base.db.instance import known, ledger_id
from bocau.delivery.admission import Terms, admit, terms
from bocau.delivery.backwards import HALTED
from bocau.delivery.compose import Composer
from bocau.ledger import protocol
from bocau.ledger.options import Options
from bocau.ledger.protocol import Claimed, Fact, Returned, Settle, Settled

log = structlog.get_logger()
ROUNDS = 20
"""Claims of which nothing may go, one after the other, until what is asked of the database meanwhile has its turn."""


class Answer(NamedTuple):
    """What a settle came to; ``standing`` (queued id → asked to cancel) only when something was asked of the holder."""

    settled: Settled
    standing: dict[int, bool] | None


class Found(NamedTuple):
    """What a claim came to; ``more``: there may be more to claim, also when nothing was found that may go."""

    claimed: list[Claimed]
    more: bool


class Supply(NamedTuple):
    """The relays as they stand: what this process may use of each, which circuits are open, and how many mails those
    that were seen to limit them take on one connection."""

    relays: list[relays.Relay]
    shares: dict[int, relays.Share]
    circuits: dict[int, relays.Circuit]
    session_limits: dict[int, int]


class LedgerClient:
    """``journal`` is the current journal's id; everything claimed is claimed in its name."""

    def __init__(self, db: sa.Engine, settings: config.Settings, secret: bytes, files: Any) -> None:
        self.db, self.settings, self.secret, self.files = db, settings, secret, files
        self.lease = int(settings.lease * 1000)
        self.composer = lru_cache(24)(self._composer)
        self.stream = lru_cache(1024)(self._stream)
        self.terms = lru_cache(1024)(self._terms)
        self.apart: dict[int, int] = {}  # submission → the only relay it may go through, which cannot be used

    def sever(self) -> None:
        """Give up on a database that neither answers nor hangs up."""
        log.warning("database_silent")
        sever(self.db)

    def ledger_id(self) -> str:
        with transaction(self.db) as connection:
            return ledger_id(connection)

    def claim(self, queue: str, journal: str, rows: int, usable: Collection[int] = ()) -> Found:
        """Claim ready batches of a queue until ``rows`` messages are in hand. ``usable``: relays that can be used now;
        what must go through another one stays where it is.

        Their composers are loaded before the claim is committed: a claim whose letters cannot be made is no claim. Mails
        that may not be sent (any more) are held back in the same transaction; when none is left, the next are claimed.
        """
        self.apart = {relay_id: relay for relay_id, relay in self.apart.items() if relay not in usable}
        for _ in range(ROUNDS):
            with transaction(self.db) as connection:
                found = [] if known(connection, HALTED) else self._claim(connection, queue, journal, rows, usable)
                admitted = admit(connection, found, self.terms) if found else []
            if admitted or not found:
                return Found(admitted, bool(found))
        return Found([], True)

    def _claim(
        self, connection: Connection, queue: str, journal: str, rows: int, usable: Collection[int]
    ) -> list[Claimed]:
        claimed: list[Claimed] = []
        while rows > 0 and len(claimed) < 50:
            one = protocol.claim(connection, queue, journal, self.lease, without=self.apart)
            if one is None:
                break
            relay = self.terms(one.submission).relay
            if relay is not None and relay not in usable:
                log.warning("relay_of_campaign_unusable", submission=one.submission, relay=relay)
                self.apart[one.submission] = relay
                protocol.leave(connection, one)
                continue
            self.composer(one.submission)
            self.stream(one.submission)
            claimed.append(one)
            rows -= max(1, len(one.rows))
        return claimed

    def settle(self, orders: Sequence[tuple[Settle, int]]) -> list[Answer]:
        """Settle several batches (each with the revision its holder knows) in one transaction, in id order.

        A result that meets no row is a defect of ours; its batch is then treated as lost, and nothing else waits.
        """
        try:
            with transaction(self.db) as connection:
                return [self._settle(connection, order, known) for order, known in orders]
        except protocol.UnpermittedResultError as error:
            log.error("result_unpermitted", error=str(error))
            if len(orders) == 1:
                return [Answer(Settled(protocol.Verdict.fenced), None)]
        return [answer for order in orders for answer in self.settle([order])]

    def _settle(self, connection: Connection, order: Settle, known: int) -> Answer:
        settled = protocol.settle(connection, order)
        asked = settled.verdict is not protocol.Verdict.fenced and settled.revision != known
        return Answer(settled, protocol.standing(connection, order.batch) if asked else None)

    def facts(self, journal: str, facts: Sequence[Fact]) -> bool:
        with transaction(self.db) as connection:
            protocol.facts(connection, journal, facts)
        return True

    def give_back(self, order: Returned, journal: str, everything: Sequence[Fact]) -> bool:
        """Give a batch back; with an old token say the same as facts. True when the token was good."""
        with transaction(self.db) as connection:
            if protocol.give_back(connection, order):
                return True
            protocol.facts(connection, journal, everything)
            return False

    def finish(self) -> int:
        with transaction(self.db) as connection:
            return protocol.finish(connection)

    def supply(self, holder: str, wants: int, open_now: Mapping[int, int]) -> Supply:
        """Relays in use, this process's renewed shares of them, circuits.

        ``wants``: connections it can use of each; ``open_now``: relay → connections it has open.
        """
        with transaction(self.db) as connection:
            active = relays.active(connection, self.settings, self.secret)
            shares = {
                relay.id: relays.lease_share(connection, relay.id, holder, wants, relay, held=open_now.get(relay.id, 0))
                for relay in active
            }
            return Supply(active, shares, relays.circuits(connection), relays.session_limits(connection))

    def release(self, holder: str) -> bool:
        with transaction(self.db) as connection:
            relays.release_shares(connection, holder)
        return True

    def open_circuit(self, relay: int, trouble: relays.Trouble, said: str) -> float:
        """Leave a relay alone, all of us; seconds for how long."""
        backoff = relays.Backoff(self.settings.circuit_first, self.settings.circuit_most, self.settings.circuit_limit)
        with transaction(self.db) as connection:
            until = relays.open_circuit(connection, relay, trouble, detail=said, backoff=backoff)
            now = connection.execute(sa.select(db_now())).scalar_one()
        return max(0.0, (until - now) / 1000)

    def learn_session_limit(self, relay: relays.Relay, mails: int) -> bool:
        with transaction(self.db) as connection:
            relays.learn_session_limit(connection, relay.id, mails, identity=relay.identity)
        return True

    def take_probe(self, relay: int, holder: str) -> bool:
        with transaction(self.db) as connection:
            return relays.take_probe(connection, relay, holder)

    def close_circuit(self, relay: int) -> bool:
        with transaction(self.db) as connection:
            relays.close_circuit(connection, relay)
        return True

    def _stream(self, submission: int) -> config.Stream:
        return self.settings.streams[self._parent(submission)["stream"]]

    def _terms(self, submission: int) -> Terms:
        parent = self._parent(submission)
        return terms(parent["stream"], Options.from_json(parent["options"]))

    def _composer(self, submission: int) -> Composer:
        parent = self._parent(submission)
        with reading(self.db) as connection:
            version = content.load(connection, parent["content"])
            domain = parent["sender"].rpartition("@")[2].strip("> ").lower()
            sender = relays.sender_for(connection, domain, self.secret, parent["created_at"])
        return Composer(
            version,
            sender,
            parent["sender"],
            parent["stream"],
            Options.from_json(parent["options"]),
            submission=submission,
            secret=self.secret,
            files=self.files,
            max_bytes=self.settings.mail_max_bytes,
            fuel=self.settings.template_fuel,
        )

    def _parent(self, submission: int) -> dict[str, Any]:
        with reading(self.db) as connection:
            parent = ledger.show_submission(connection, submission)
        if parent is None:
            raise LookupError(f"submission {submission}")
        return parent
