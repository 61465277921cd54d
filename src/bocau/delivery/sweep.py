"""What nobody may forget: leases that are over, holds that end, rows that come due, dead processes' journals.

Any process may do any of it at any time; everything is idempotent and takes its rows under locks.
"""

import os
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
import structlog

from bocau import relays
from bocau.base import config
from bocau.base.db import Connection, db_now, reading, transaction
from bocau.base.db.instance import due, ledger_id
from bocau.delivery import journal, pace
from bocau.delivery.journal import JournalForeignError
from bocau.ledger import protocol
from bocau.ledger.protocol import DoubtRules

log = structlog.get_logger()


def doubt_rules(settings: config.Settings) -> DoubtRules:
    """The streams' settings as the ledger wants them (ms)."""
    return DoubtRules(
        hold={name: int(stream.doubt_hold * 1000) for name, stream in settings.streams.items()},
        resend={name: stream.doubt_policy == "resend" for name, stream in settings.streams.items()},
        cap_silence=settings.doubt_cap_silence,
        cap_crash=settings.doubt_cap_crash,
    )


def sweep_if_due(db: sa.Engine, settings: config.Settings) -> bool:
    """One process per interval sweeps, over all machines; whether it was this one."""
    with transaction(db) as connection:
        mine = due(connection, "sweep", int(settings.sweep_interval * 1000))
    if mine:
        sweep(db, settings)
    return mine


def sweep(db: sa.Engine, settings: config.Settings) -> None:
    """Revoke, end holds, re-batch, finish: each in transactions of its own, so that none waits long."""
    rules = doubt_rules(settings)
    grace = int(settings.revoke_grace * 1000)
    _until_nothing(db, "leases_revoked", lambda connection: protocol.revoke(connection, grace, rules))
    _until_nothing(db, "holds_ended", lambda connection: protocol.hold_end(connection, rules))
    _until_nothing(db, "rows_rebatched", lambda connection: protocol.rebatch(connection, settings.batch_size))
    _until_nothing(db, "cancels_completed", protocol.cancel_leftovers, most=1)
    _until_nothing(db, "submissions_finished", protocol.finish, most=1)
    with transaction(db) as connection:
        pace.forget(connection, connection.execute(sa.select(db_now())).scalar_one())


def _until_nothing(db: sa.Engine, event: str, step: Callable[[Connection], int], most: int = 50) -> None:
    done = 0
    for _ in range(most):
        with transaction(db) as connection:
            count = step(connection)
        done += count
        if not count:
            break
    if done:
        log.info(event, count=done)


def adopt(db: sa.Engine, settings: config.Settings) -> int:
    """Settle what dead processes' journals on this host tell, and clear away old ones. How many were adopted."""
    folder = settings.journals
    if not folder.is_dir():
        return 0
    adopted = sum(_adopt(db, settings, path) for path in sorted(folder.glob("*" + journal.SUFFIX)))
    journal.clear(folder, settings.journal_keep)
    return adopted


def _adopt(db: sa.Engine, settings: config.Settings, path: Path) -> bool:
    """Holding its lock proves the owner dead; two successors never hold it at once, and a replay may be repeated."""
    held = journal.lock(path)
    if held is None:
        return False
    try:
        with transaction(db) as connection:
            ledger = ledger_id(connection)
        told = journal.told(path, ledger)
        with transaction(db) as connection:
            changed = protocol.replay(connection, told, doubt_rules(settings))
            relays.release_shares(connection, path.stem)  # its connections died with it: others may have them at once
        log.info("journal_adopted", journal=path.stem, rows=changed, intact=told.intact)
        journal.retire(path)
    except JournalForeignError as error:
        log.error("journal_foreign", journal=path.stem, error=str(error))
        path.rename(path.with_suffix(".foreign"))
    except sa.exc.DBAPIError:
        raise  # the database's fault; it would be the same with every journal
    except Exception:
        log.exception("journal_adoption_failed", journal=path.stem)  # tried again; the others must not wait for it
        return False
    finally:
        os.close(held)
    return True


def ready(db: sa.Engine) -> dict[str, int]:
    """Queue → batches that could be claimed now, for every queue that has any."""
    with reading(db) as connection:
        return protocol.ready_queues(connection)
