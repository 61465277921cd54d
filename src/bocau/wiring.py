"""Composition root: settings → engine, stores, secrets. The only file that knows how everything is made."""

from dataclasses import dataclass

import sqlalchemy as sa

from bocau import attachments, migrations
from bocau.base import clock, config, secrets
from bocau.base.db import attach, make_engine, reading, transaction
from bocau.base.db.belonging import belongs, claim
from bocau.bell import Doorbell


@dataclass(frozen=True)
class Parts:
    """What a door needs to call a verb."""

    settings: config.Settings
    db: sa.Engine
    secret: bytes
    files: attachments.Store
    bell: Doorbell

    def close(self) -> None:
        """Let what was noted be rung for, briefly, and let go of the database."""
        try:
            self.bell.close()
        finally:
            self.db.dispose()


def parts(settings: config.Settings | None = None) -> Parts:
    """Make the parts from ``settings`` (read from environment and file when None). Creates the data folder.

    Nothing is connected yet: engines and the doorbell connect at first use, so this is cheap and safe before a fork.
    """
    settings = settings or config.load()
    clock.set_zone(settings.zone)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    db, bell = make_engine(settings.database), Doorbell(settings)
    attach(db, bell)
    return Parts(
        settings=settings,
        db=db,
        secret=secrets.make_or_read_secret(settings.home, settings.secret_key.get_secret_value()),
        files=attachments.Store(settings.home / "files"),
        bell=bell,
    )


def check(parts: Parts) -> None:
    """Refuse a database of another version or of another secret key, before anything is done with it.

    Raises DatabaseNewerError, DatabaseOlderError, SecretForeignError.
    """
    migrations.check(parts.db)
    with reading(parts.db) as connection:
        ours = belongs(connection, parts.secret)
    if not ours:
        with transaction(parts.db) as connection:
            claim(connection, parts.secret)
