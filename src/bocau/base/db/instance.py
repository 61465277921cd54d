"""What this installation's database knows about itself: a few named values."""

import uuid

import sqlalchemy as sa

from bocau.base.db.adding import new_rows
from bocau.base.db.engine import Connection
from bocau.base.db.schema import db_now, metadata

instance = sa.Table(
    "instance",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)


def known(connection: Connection, key: str) -> str | None:
    """The value, or None."""
    return connection.execute(sa.select(instance.c.value).where(instance.c.key == key)).scalar()


def once(connection: Connection, key: str, value: str) -> str:
    """The value that was there first: ours when there was none. Two at a time agree."""
    found = known(connection, key)
    if found is not None:
        return found
    connection.execute(new_rows(connection, instance).values(key=key, value=value, at=db_now()))
    found = known(connection, key)
    assert found is not None
    return found


def ledger_id(connection: Connection) -> str:
    """Names this database for ever; journals of another one are refused."""
    return once(connection, "ledger", str(uuid.uuid4()))


def due(connection: Connection, key: str, interval: int) -> bool:
    """True for one caller per ``interval`` ms over all processes and machines; the time is marked as used."""
    once(connection, key, "")
    past = sa.or_(instance.c.at <= db_now() - interval, instance.c.at > db_now())  # later than now: the clock went back
    marked = connection.execute(sa.update(instance).where(instance.c.key == key, past).values(at=db_now()))
    return marked.rowcount == 1


def put(connection: Connection, key: str, value: str) -> None:
    """Set a value, whether it was there or not."""
    once(connection, key, value)
    connection.execute(sa.update(instance).where(instance.c.key == key).values(value=value, at=db_now()))


def forget(connection: Connection, key: str) -> bool:
    """Remove a value; whether there was one."""
    return connection.execute(sa.delete(instance).where(instance.c.key == key)).rowcount == 1


def hold(connection: Connection, key: str, *, wait: bool = False) -> bool:
    """Be the only one at something, over all processes, until this transaction ends. False: somebody else is at it."""
    once(connection, key, "")
    query = sa.select(instance.c.key).where(instance.c.key == key).with_for_update(skip_locked=not wait)
    return connection.execute(query).scalar() is not None
