"""Checks of the database and the secret key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bocau import migrations
from bocau.base import secrets
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import db_now, make_engine, reading
from bocau.base.db.belonging import belongs
from bocau.base.words import N_, Phrase
from bocau.delivery import backwards
from bocau.doors.cli.doctor.finding import Finding, State, failed, ok, warning
from bocau.schedules import failing

OLDEST = {"sqlite": (3, 35), "postgresql": (15,), "mysql": (8,), "mariadb": (10, 11)}
MOST_TOLD = 20
KINDS = {"campaign": N_("The campaign"), "schedule": N_("The schedule")}
HINTS = {
    "campaign": N_("See what is wrong, then launch it again, or delete it: bocau campaigns preflight {id}"),
    "schedule": N_("See its times, and mend the cause: bocau schedules history {id}"),
}
CLOCKS_APART = 2_000
"""Ms by which the database's clock may differ from ours before somebody should know."""


@contextmanager
def opened(settings: Settings) -> Iterator[sa.Connection]:
    """A short look into the database."""
    engine = make_engine(settings.database, statement_timeout=settings.database_timeout)
    try:
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def secret(settings: Settings) -> Iterator[Finding]:
    """The secret key is there, strong, and ours alone."""
    configured = settings.secret_key.get_secret_value()
    if not configured and not (settings.home / secrets.FILE).exists():
        yield warning("secret", N_("There is no secret key yet."), N_("The first start creates it: bocau up"))
        return
    key = secrets.make_or_read_secret(settings.home, configured)
    yield ok("secret", N_("The secret key exists (fingerprint {print})."), print=secrets.fingerprint(key))


def database(settings: Settings) -> Iterator[Finding]:
    """The database answers and is new enough."""
    file = sa.make_url(settings.database).database
    if settings.database.startswith("sqlite") and not (file and Path(file).exists()):
        yield warning("database", N_("There is no database yet."), N_("The first start creates it: bocau up"))
        return
    try:
        with opened(settings) as connection:
            connection.execute(sa.select(1))
            version, name = connection.dialect.server_version_info or (), connection.dialect.name
            kind = "mariadb" if getattr(connection.dialect, "is_mariadb", False) else name
    except (sa.exc.DBAPIError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        hint = N_("Start it, or correct BOCAU_DATABASE_URL. Accepted mails are safe in it.")
        yield failed("database", N_("The database does not answer: {reason}"), hint, reason=reason)
        return
    told = {"kind": kind, "version": ".".join(map(str, version)), "oldest": ".".join(map(str, OLDEST[kind]))}
    if version < OLDEST[kind]:
        hint = N_("Use {kind} {oldest} or newer.")
        yield failed("database", N_("The database is {kind} {version}: too old."), hint, **told)
    else:
        yield ok("database", N_("The database answers: {kind} {version}."), **told)


def tables(settings: Settings) -> Iterator[Finding]:
    """The tables are of our version, and of our secret key."""
    if any(found.state is not State.ok for check in (secret, database) for found in check(settings)):
        return  # said already
    engine = make_engine(settings.database, statement_timeout=settings.database_timeout)
    try:
        migrations.check(engine)
        key = secrets.make_or_read_secret(settings.home, settings.secret_key.get_secret_value())
        with reading(engine) as connection:
            belongs(connection, key)
    finally:
        engine.dispose()
    yield ok("migrations", N_("The tables are up to date."))


def sending(settings: Settings) -> Iterator[Finding]:
    """Nothing halted sending. Raises LedgerWentBackError."""
    with opened(settings) as connection:
        backwards.refuse_halted(connection)
    yield ok("sending", N_("Sending is not halted."))


def due(settings: Settings) -> Iterator[Finding]:
    """Everything that was due has gone."""
    with opened(settings) as connection:
        found = failing.failing(connection)
    for one in found[:MOST_TOLD]:
        hint = HINTS[one.kind]
        sentence = N_("{kind} “{name}” could not be sent: {problem}")
        told = {"kind": Phrase(KINDS[one.kind]), "id": one.id, "name": one.name, "problem": one.problem}
        yield failed("due", sentence, hint, **told)
    if not found:
        yield ok("due", N_("Nothing that was due failed to go."))


def clock(settings: Settings) -> Iterator[Finding]:
    """The database's clock, by which leases run, agrees with ours."""
    with opened(settings) as connection:
        before = now_ms()
        theirs = int(connection.execute(sa.select(db_now())).scalar_one())
        apart = max(before - theirs, theirs - now_ms(), 0)
    if apart > CLOCKS_APART:
        hint = N_("Let both machines follow a time server. Sending is safe; only the times people see are wrong.")
        seconds = f"{apart / 1000:.1f}"
        yield warning("clock", N_("The database's clock is {seconds} s from this machine's."), hint, seconds=seconds)
    else:
        yield ok("clock", N_("The database's clock agrees with this machine's."))
