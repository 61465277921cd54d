"""What this installation's database knows about itself: a few named values."""

import uuid

import sqlalchemy as sa

from bocau.base.db.engine import Session
from bocau.base.db.schema import db_now, metadata

instance = sa.Table(
    "instance",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)


def known(session: Session, key: str) -> str | None:
    """The value, or None."""
    return session.execute(sa.select(instance.c.value).where(instance.c.key == key)).scalar()


def once(session: Session, key: str, value: str) -> str:
    """The value that was there first: ours when there was none. Two at a time agree."""
    found = known(session, key)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.execute(sa.insert(instance).values(key=key, value=value, at=db_now()))
    except sa.exc.IntegrityError:
        found = known(session, key)
        assert found is not None
        return found
    return value


def ledger_id(session: Session) -> str:
    """Names this database for ever; journals of another one are refused."""
    return once(session, "ledger", str(uuid.uuid4()))


def due(session: Session, key: str, interval: int) -> bool:
    """True for one caller per ``interval`` ms over all processes and machines; the time is marked as used."""
    once(session, key, "")
    past = sa.or_(instance.c.at <= db_now() - interval, instance.c.at > db_now())  # later than now: the clock went back
    marked = session.execute(sa.update(instance).where(instance.c.key == key, past).values(at=db_now()))
    return marked.rowcount == 1


def put(session: Session, key: str, value: str) -> None:
    """Set a value, whether it was there or not."""
    once(session, key, value)
    session.execute(sa.update(instance).where(instance.c.key == key).values(value=value, at=db_now()))


def forget(session: Session, key: str) -> bool:
    """Remove a value; whether there was one."""
    return session.execute(sa.delete(instance).where(instance.c.key == key)).rowcount == 1


def hold(session: Session, key: str, *, wait: bool = False) -> bool:
    """Be the only one at something, over all processes, until this transaction ends. False: somebody else is at it."""
    once(session, key, "")
    query = sa.select(instance.c.key).where(instance.c.key == key).with_for_update(skip_locked=not wait)
    return session.execute(query).scalar() is not None
