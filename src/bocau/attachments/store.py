"""Files on disk, each kept once under the SHA-256 of its bytes."""

import contextlib
import hashlib
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from bocau.attachments.errors import FileMissingError, FileTooLargeError
from bocau.attachments.kinds import check_kind, media_type

MAX_FILE = 18 << 20  # bytes; base64 makes 25 MB of it, the most a mail may have
DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class File:
    """A stored file: ``digest`` SHA-256 in hex, bare file ``name``, media ``type``, ``size`` in bytes."""

    digest: str
    name: str
    type: str
    size: int

    def as_dict(self) -> dict[str, Any]:
        """What a row or a source keeps as JSON."""
        return asdict(self)


class Store:
    """A folder of files. Safe for many processes: a file is written whole under another name, then renamed."""

    def __init__(self, root: Path, *, max_bytes: int = MAX_FILE) -> None:
        self.root, self.max_bytes = root, max_bytes

    def put(self, content: bytes | Path, name: str = "", type: str = "") -> File:  # noqa: A002 - MIME's own word
        """Keep a file and say how it is found again; equal bytes are kept once.

        ``name`` is the name the recipient sees (default: the path's own), ``type`` its media type (default: told from
        bytes and name). Raises FileMissingError, FileTooLargeError, FileRefusedError, OSError when the disk is full.
        """
        raw = content if isinstance(content, bytes) else self._from_disk(content)
        name = bare_name(name or (content.name if isinstance(content, Path) else ""))
        if len(raw) > self.max_bytes:
            raise FileTooLargeError(name=name, size=len(raw), limit=self.max_bytes)
        check_kind(name, raw)
        digest = hashlib.sha256(raw).hexdigest()
        path = self._path(digest)
        if not path.exists():
            write_whole(path, raw)
        return File(digest, name, type or media_type(name, raw), len(raw))

    def read(self, digest: str) -> bytes:
        """The bytes of a stored file. Raises FileMissingError, also when the bytes are no longer what they were."""
        try:
            raw = self._path(digest).read_bytes()
        except OSError:
            raise FileMissingError(name=digest[:12]) from None
        if hashlib.sha256(raw).hexdigest() != digest:
            raise FileMissingError(name=digest[:12])
        return raw

    def exists(self, digest: str) -> bool:
        """Whether a file with this digest is kept."""
        return self._path(digest).exists()

    def _path(self, digest: str) -> Path:
        if not DIGEST.match(digest):
            raise FileMissingError(name=digest[:12])
        return self.root / digest[:2] / digest

    def _from_disk(self, path: Path) -> bytes:
        try:
            with path.open("rb") as handle:
                size = os.fstat(handle.fileno()).st_size
                if size > self.max_bytes:
                    raise FileTooLargeError(name=path.name, size=size, limit=self.max_bytes)
                return handle.read(self.max_bytes + 1)
        except OSError:
            raise FileMissingError(name=str(path)) from None


def bare_name(name: str) -> str:
    """The last part of any path, in one line and without control characters; never empty."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    clean = "".join(char for char in " ".join(last.split()) if char.isprintable()).strip(" .")
    return clean[-200:] or "attachment"


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = path.with_name(f".{path.name[:16]}.{secrets.token_hex(6)}")
    try:
        with waiting.open("xb") as handle:
            handle.write(raw)
            handle.flush()
            os.fsync(handle.fileno())
        waiting.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            waiting.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
