"""Freezing sources into immutable versions, and reading them back."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.content import tables as t
from bocau.content.errors import VersionMissingError
from bocau.content.source import Source, digest


@dataclass(frozen=True, slots=True)
class Version:
    """A frozen source; ``id`` 0 when it was never stored (previews). ``digest`` names its content."""

    id: int
    digest: str
    source: Source

    @classmethod
    def unsaved(cls, source: Source) -> "Version":
        """A version that is only in memory, for previews and checks."""
        return cls(0, digest(source), source)


def freeze(connection: Connection, source: Source, now: int) -> int:
    """Store ``source`` as a version and return its id; equal sources give the same id.

    Nothing is compiled here: call ``compile`` first, so that a broken template is never stored.
    """
    mark = digest(source)
    found = _find(connection, mark)
    if found is not None:
        return found
    row = {"digest": mark, "source": source.to_json().decode(), "created_at": now}
    try:
        with connection.begin_nested():
            return add_row(connection, t.content_version, row)
    except IntegrityError:  # another process froze the same source at this moment
        found = _find(connection, mark)
        if found is None:
            raise
        return found


def load(connection: Connection, version_id: int) -> Version:
    """The version with ``version_id``. Raises VersionMissingError."""
    row = connection.execute(sa.select(t.content_version).where(t.content_version.c.id == version_id)).first()
    if row is None:
        raise VersionMissingError(version=version_id)
    return Version(row.id, row.digest, Source.from_json(row.source))


def _find(connection: Connection, mark: str) -> int | None:
    found = connection.scalar(sa.select(t.content_version.c.id).where(t.content_version.c.digest == mark))
    return None if found is None else int(found)
