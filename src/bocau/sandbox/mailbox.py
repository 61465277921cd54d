"""The mailbox: what was caught, kept in one SQLite file, oldest going first when it is full."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.sandbox import tables
from bocau.sandbox.folding import fold
from bocau.sandbox.glance import glance
from bocau.sandbox.reading import read, searched_text

_SHOWN = "id, received_at, sender, recipients, author, addressed, subject, size, files"


class MailboxBrokenError(BocauError):
    code = "sandbox-mailbox-broken"
    sentence = N_("The sandbox mailbox {path} cannot be used: {reason}. No mail that waits to be sent is in it.")
    hint = N_("Check the folder's permissions and the free space. You may delete the file: it holds only caught mails.")


@dataclass(slots=True, frozen=True)
class Caught:
    """One mail as it came over SMTP. ``received_at`` in ms."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    received_at: int


@dataclass(slots=True, frozen=True)
class Entry:
    """One line of the list. ``recipients`` from the envelope, ``author`` and ``addressed`` from the header;
    ``files`` None until the mail was looked through."""

    id: int
    received_at: int
    sender: str
    recipients: tuple[str, ...]
    author: str
    addressed: str
    subject: str
    size: int
    files: int | None


@dataclass(slots=True, frozen=True)
class Tally:
    """``waiting`` of the ``mails`` are not yet searchable by their text."""

    mails: int
    bytes: int
    waiting: int


class Mailbox:
    """One open mailbox; not to be shared by threads. Raises MailboxBrokenError when the file cannot be used."""

    def __init__(self, home: Path, *, keep_mails: int = 20_000, keep_bytes: int = 1_000_000_000, wait: float = 30.0):
        self.path = home / "sandbox" / "mailbox.db"
        self.keep_mails, self.keep_bytes = max(1, keep_mails), max(1, keep_bytes)
        self._seen, self._mails, self._bytes = -1, 0, 0
        with self._trouble():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(self.path, timeout=wait, isolation_level=None, check_same_thread=False)
            for pragma in tables.PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            if self._db.execute("PRAGMA user_version").fetchone()[0] != tables.VERSION:
                self._create()

    def _create(self) -> None:
        with self._writing():
            for table in tables.TABLES:
                self._db.execute(table)
            self._db.execute(f"PRAGMA user_version = {tables.VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    # -- in
    def add(self, mails: Sequence[Caught]) -> None:
        """Keep ``mails``, all or none, in one transaction; the oldest beyond the limits go in the same one."""
        entries = [_row(mail) for mail in mails]
        with self._trouble(), self._writing():
            self._count_again_if_changed()
            first = self._next_id()
            self._db.executemany(
                "INSERT INTO mail (id, received_at, sender, recipients, author, addressed, subject, size, who, what)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(first + place, *entry) for place, entry in enumerate(entries)],
            )
            self._db.executemany(
                "INSERT INTO letter (id, raw) VALUES (?, ?)",
                [(first + place, mail.raw) for place, mail in enumerate(mails)],
            )
            self._mails += len(mails)
            self._bytes += sum(len(mail.raw) for mail in mails)
            self._trim()

    def _next_id(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'mail'").fetchone()
        return int(row[0]) + 1 if row else 1

    def _count_again_if_changed(self) -> None:
        """Our counters hold until another connection has written."""
        seen = self._db.execute("PRAGMA data_version").fetchone()[0]
        if seen != self._seen:
            self._seen = seen
            self._mails, self._bytes = self._db.execute("SELECT count(*), coalesce(sum(size), 0) FROM mail").fetchone()

    def _trim(self) -> None:
        while self._mails > 1 and (self._mails > self.keep_mails or self._bytes > self.keep_bytes):
            least = max(1, self._mails - self.keep_mails)
            oldest = self._db.execute("SELECT id, size FROM mail ORDER BY id LIMIT ?", (least,)).fetchall()
            self._delete_through(oldest[-1][0])
            self._mails -= len(oldest)
            self._bytes -= sum(size for _, size in oldest)

    def _delete_through(self, last: int) -> None:
        for table in ("letter", "wording", "mail"):
            self._db.execute(f"DELETE FROM {table} WHERE id <= ?", (last,))  # noqa: S608 - a fixed name

    # -- searchable a little later
    def look_through(self, most: int) -> int:
        """Make at most ``most`` mails searchable by their text, oldest first; returns how many were."""
        with self._trouble():
            raws = self._db.execute(
                "SELECT id, raw FROM letter WHERE id > (SELECT coalesce(max(id), 0) FROM wording) ORDER BY id LIMIT ?",
                (most,),
            ).fetchall()
            looked = [(mail_id, read(raw)) for mail_id, raw in raws]
            words = [(fold(searched_text(readable)), mail_id) for mail_id, readable in looked]
            if not looked:
                return 0
            with self._writing():
                self._db.executemany(
                    "INSERT OR IGNORE INTO wording (words, id) SELECT ?, id FROM mail WHERE id = ?", words
                )
                self._db.executemany(
                    "UPDATE mail SET files = ? WHERE id = ?",
                    [(len(readable.files), mail_id) for mail_id, readable in looked],
                )
            return len(looked)

    # -- out
    def tally(self) -> Tally:
        """How much is kept now."""
        with self._trouble():
            mails, size = self._db.execute("SELECT count(*), coalesce(sum(size), 0) FROM mail").fetchone()
            waiting = self._db.execute(
                "SELECT count(*) FROM mail WHERE id > (SELECT coalesce(max(id), 0) FROM wording)"
            ).fetchone()[0]
        return Tally(mails, size, waiting)

    def find(self, sql: str, values: Sequence[object]) -> list[int]:
        """Ids, newest first, of the mails the condition ``sql`` holds for (see search)."""
        with self._trouble():
            rows = self._db.execute(
                f"SELECT mail.id FROM mail LEFT JOIN wording USING (id) WHERE {sql} ORDER BY mail.id DESC",  # noqa: S608
                list(values),
            ).fetchall()
        return [mail_id for (mail_id,) in rows]

    def entries(self, ids: Sequence[int]) -> list[Entry]:
        """The entries of ``ids`` that are still there, newest first; at most 500 of them."""
        marks = ",".join("?" * len(ids[:500]))
        with self._trouble():
            rows = self._db.execute(
                f"SELECT {_SHOWN} FROM mail WHERE id IN ({marks}) ORDER BY id DESC",  # noqa: S608 - only marks
                list(ids[:500]),
            ).fetchall()
        return [_entry(row) for row in rows]

    def raw(self, mail_id: int) -> bytes | None:
        """The bytes of one mail as they came, or None when it is not (or no longer) there."""
        with self._trouble():
            row = self._db.execute("SELECT raw FROM letter WHERE id = ?", (mail_id,)).fetchone()
        return None if row is None else bytes(row[0])

    def clear(self) -> int:
        """Delete every mail there is at the call; returns how many. In small steps, so that catching goes on."""
        with self._trouble():
            last = self._db.execute("SELECT coalesce(max(id), 0) FROM mail").fetchone()[0]
            gone = 0
            while True:
                with self._writing():
                    step = self._db.execute(
                        "SELECT id FROM mail WHERE id <= ? ORDER BY id LIMIT 500", (last,)
                    ).fetchall()
                    if step:
                        self._delete_through(step[-1][0])
                gone += len(step)
                if not step:
                    break
            self._give_space_back()
        return gone

    def _give_space_back(self) -> None:
        """Shrink the file when nothing is left in it; not worth waiting for."""
        try:
            if self._db.execute("SELECT count(*) FROM mail").fetchone()[0] == 0:
                self._db.execute("PRAGMA busy_timeout = 100")
                self._db.execute("VACUUM")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            return

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self._seen = -1
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise MailboxBrokenError(path=self.path, reason=error) from error


def _row(mail: Caught) -> tuple[int, str, str, str, str, str, int, str, str]:
    seen = glance(mail.raw)
    recipients = "\n".join(mail.recipients)
    who = fold(" ".join((mail.sender, *mail.recipients, seen.author, seen.to, seen.cc)))
    shown = (seen.author, seen.to, seen.subject)
    return (mail.received_at, mail.sender, recipients, *shown, len(mail.raw), who, fold(seen.subject))


def _entry(row: tuple[int, int, str, str, str, str, str, int, int | None]) -> Entry:
    mail_id, received_at, sender, recipients, author, addressed, subject, size, files = row
    return Entry(mail_id, received_at, sender, tuple(recipients.split("\n")), author, addressed, subject, size, files)
