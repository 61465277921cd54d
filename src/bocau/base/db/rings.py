"""What shall be heard of a transaction once it is committed: names, noted inside it, rung for after it.

Nothing here knows what a name means, or who is called by it. An engine that nobody attached a bell to notes nothing.
"""

from collections.abc import Iterable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
import structlog

log = structlog.get_logger()


class Bell(Protocol):
    """Whoever is told. It is called on the thread that committed, so it must not wait for anybody."""

    def ring(self, names: Iterable[str]) -> None: ...


class _Noted:
    """Names in the order in which they were noted, and how many there were when each open savepoint began."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.marks: list[int] = []


_bells: WeakKeyDictionary[sa.Engine, Bell] = WeakKeyDictionary()
_noted: WeakKeyDictionary[sa.Connection, _Noted] = WeakKeyDictionary()


def attach(engine: sa.Engine, bell: Bell) -> None:
    """Let ``bell`` be rung after the commits of transactions on this engine; instead of one that was attached before."""
    if engine not in _bells:
        sa.event.listen(engine, "savepoint", _begun)
        sa.event.listen(engine, "rollback_savepoint", _rolled_back)
        sa.event.listen(engine, "release_savepoint", _released)
    _bells[engine] = bell


def ring_after_commit(connection: sa.Connection, name: str) -> None:
    """Note a name in the current transaction: it is rung for once it is committed, and never if it is not."""
    if connection.engine not in _bells:
        return
    names = _noted.setdefault(connection, _Noted()).names
    if name not in names:
        names.append(name)


def taken(connection: sa.Connection) -> list[str]:
    """The names noted in the connection's transaction, each once; then it has none."""
    noted = _noted.pop(connection, None)
    return noted.names if noted is not None else []


def ring(engine: sa.Engine, names: list[str]) -> None:
    """Tell the engine's bell. Never raises: what was committed stays so, whoever hears of it."""
    try:
        _bells[engine].ring(names)
    except Exception:
        log.exception("ring_failed", names=names)


def _begun(connection: sa.Connection, name: str | None) -> None:
    noted = _noted.setdefault(connection, _Noted())
    noted.marks.append(len(noted.names))


def _rolled_back(connection: sa.Connection, name: str, context: Any) -> None:
    noted = _noted[connection]
    del noted.names[noted.marks.pop() :]


def _released(connection: sa.Connection, name: str, context: Any) -> None:
    _noted[connection].marks.pop()
