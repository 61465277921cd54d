"""Looking into archives without unpacking them to disk and without falling for bombs: zip, tar, gzip, bzip2, xz."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

DEEPEST = 4  # archives inside archives
MOST_MEMBERS = 10_000
MOST_BYTES = 100 << 20  # read in all; members that are no archives cost their first bytes only
START = 16  # bytes of a file that tell its kind
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive and its first bytes. An empty name: something that cannot be looked through."""

    name: str
    start: bytes


OPAQUE = Member("", b"")


class Budget:
    """What looking through one attachment may cost in all."""

    def __init__(self, members: int = MOST_MEMBERS, size: int = MOST_BYTES) -> None:
        self.members, self.size = members, size

    def spend(self, size: int) -> bool:
        """Pay for one more member of so many bytes; False when there is no more to spend."""
        self.members -= 1
        self.size -= size
        return self.members >= 0 and self.size >= 0


def is_archive(raw: bytes) -> bool:
    """Whether ``raw`` begins as an archive that can be looked into. A zip may also have anything before it."""
    return raw.startswith((*ZIP, *PACKED)) or is_tar(raw) or b"PK\x05\x06" in raw[-66_000:]


def is_tar(raw: bytes) -> bool:
    """Whether ``raw`` is a tar archive (POSIX ustar or GNU)."""
    return raw[257:262] == b"ustar"


def members(raw: bytes, budget: Budget, depth: int = 1) -> Iterator[Member]:
    """Every file in the archive ``raw`` and in archives inside it; OPAQUE for what cannot be looked through."""
    if depth > DEEPEST:
        yield OPAQUE
        return
    try:
        if is_tar(raw):
            yield from _tar(raw, budget, depth)
        elif raw.startswith(PACKED):
            yield from _packed(raw, budget, depth)
        else:
            yield from _zip(raw, budget, depth)
    except BROKEN:
        if raw.startswith((*ZIP, *PACKED)) or is_tar(raw):  # else it only looked like a zip with something before it
            yield OPAQUE


def _zip(raw: bytes, budget: Budget, depth: int) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if not budget.spend(START):
                yield OPAQUE
                return
            name = info.orig_filename or info.filename or "?"
            if info.flag_bits & 1:  # encrypted: the name is all there is to see
                yield Member(name, b"")
                if _may_be_archive(name):
                    yield OPAQUE
                continue
            with archive.open(info) as handle:
                yield from _member(name, handle, budget, depth)


def _tar(raw: bytes, budget: Budget, depth: int) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        for info in archive:
            handle = archive.extractfile(info) if info.isreg() else None
            if not budget.spend(START):
                yield OPAQUE
                return
            if handle is not None:
                with handle:
                    yield from _member(info.name or "?", handle, budget, depth)


def _packed(raw: bytes, budget: Budget, depth: int) -> Iterator[Member]:
    with _unpacked(raw) as handle:
        yield from _member("?", handle, budget, depth)


def _unpacked(raw: bytes) -> IO[bytes]:
    source = io.BytesIO(raw)
    if raw.startswith(b"BZh"):
        return bz2.BZ2File(source)
    return lzma.LZMAFile(source) if raw.startswith(b"\xfd7") else gzip.GzipFile(fileobj=source)  # type: ignore[return-value]


def _member(name: str, handle: IO[bytes], budget: Budget, depth: int) -> Iterator[Member]:
    start = handle.read(512)
    yield Member(name, start[:START])
    if not (start.startswith((*ZIP, *PACKED)) or is_tar(start) or _may_be_archive(name)):
        return
    inner = start + handle.read(max(0, budget.size))
    if not budget.spend(len(inner)):
        yield OPAQUE
    elif is_archive(inner):
        yield from members(inner, budget, depth + 1)


def _may_be_archive(name: str) -> bool:
    endings = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar")
    return name.lower().rstrip(". ").endswith(endings)
