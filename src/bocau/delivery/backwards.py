"""Has the database gone back in time? Then nothing is sent until a person has looked (PROTOCOL.md 2.5).

A restored backup or a standby that had not heard everything forgets ceilings and results; sending on would mail
people twice, silently. The journals of this host remember the settles the database once acknowledged.
"""

import sqlalchemy as sa
import structlog

from bocau.base import config
from bocau.base.db import Connection, reading, transaction
from bocau.base.db.instance import forget, known, ledger_id, put
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.delivery import journal
from bocau.ledger import protocol

log = structlog.get_logger()
HALTED, LOOKED_AT = "halted", "looked_at"
NEWEST = 8
"""Journals that are compared: the newest ones hold the newest settles."""


class LedgerWentBackError(BocauError):
    code = "ledger-went-back"
    sentence = N_(
        "The database is older than what this machine's journals remember. Sending has stopped; nothing is lost."
    )
    hint = N_("What the journals know was added to it. Check the newest messages, then run `bocau db resume`.")


def check(db: sa.Engine, settings: config.Settings) -> bool:
    """True when sending is halted. Finding that the database went back halts it and teaches it what journals know; not so
    when a person has looked while it was being found."""
    with reading(db) as connection:
        looked_at = known(connection, LOOKED_AT)
        if known(connection, HALTED):
            return True
    if not _went_back(db, settings, int(looked_at or 0)):
        return False
    with transaction(db) as connection:
        if known(connection, LOOKED_AT) != looked_at:
            return False
        if known(connection, HALTED):
            return True
        put(connection, HALTED, "went back in time")
    log.error("ledger_went_back")
    teach(db, settings)
    return True


def refuse_halted(connection: Connection) -> None:
    """Raises LedgerWentBackError while sending is halted. Changes nothing, and looks into no journal."""
    if known(connection, HALTED):
        raise LedgerWentBackError()


def _went_back(db: sa.Engine, settings: config.Settings, since: int) -> bool:
    with transaction(db) as connection:
        ledger = ledger_id(connection)
    newest: dict[int, tuple[int, int]] = {}
    for _, path in journal.found(settings.journals)[-NEWEST:]:
        for batch, mark in journal.settles(path, ledger, since).items():
            newest[batch] = max(newest.get(batch, mark), mark)
    if not newest:
        return False
    with reading(db) as connection:
        here = protocol.positions(connection, newest)
    return any(here.get(batch, (-1, -1)) < mark for batch, mark in newest.items())


def teach(db: sa.Engine, settings: config.Settings) -> int:
    """Tell the database what every kept journal knows; may be repeated. How many rows changed."""
    with transaction(db) as connection:
        ledger = ledger_id(connection)
    changed = 0
    for written, path in journal.found(settings.journals):
        with transaction(db) as connection:
            changed += protocol.relearn(connection, journal.told(path, ledger), int(written * 1000))
    log.warning("ledger_taught", rows=changed)
    return changed


def resume(db: sa.Engine, now: int) -> bool:
    """A person has looked: send again, and do not ask about settles from before ``now`` (ms). Whether it was halted."""
    with transaction(db) as connection:
        put(connection, LOOKED_AT, str(now))
        return forget(connection, HALTED)
