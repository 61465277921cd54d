"""Which text encoding a file is in: marks first, then the shape of UTF-16, then UTF-8 if every byte agrees."""

import codecs
import hashlib
import unicodedata
from pathlib import Path
from typing import BinaryIO, NamedTuple

from bocau.sheets import letters
from bocau.sheets.errors import EncodingUnknownError, EncodingWrongError

BLOCK = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD_VIETNAMESE = "cp1258"
NO_CHARSET = frozenset(("idna", "punycode", "utf-7", "unicode-escape", "raw-unicode-escape", "undefined"))
TITLES = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "cp1258": "Windows-1258",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


class Bytes(NamedTuple):
    """What one pass over the bytes tells: SHA-256 in hex, Python's name of the encoding, size in bytes."""

    digest: str
    encoding: str
    size: int


def asked(name: str) -> str:
    """Python's name of the encoding a person asks for. Raises EncodingUnknownError."""
    try:
        found = codecs.lookup(name)
        found.encode("Aa1;")
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise EncodingUnknownError(name=name[:40]) from None
    if found.name in NO_CHARSET or not getattr(found, "_is_text_encoding", True):
        raise EncodingUnknownError(name=name[:40])
    return {"utf-8": "utf-8-sig", "ascii": "utf-8-sig"}.get(found.name, found.name)


def look(handle: BinaryIO, path: Path, wanted: str = "") -> Bytes:
    """Read all bytes once: digest, and the encoding unless one is ``wanted``. Raises EncodingWrongError.

    Eight-bit text that is not UTF-8 is taken for Windows-1258, which old Vietnamese programs write; or byte for byte, when
    it is written with the fonts of TCVN3 or VNI, whose letters are turned later.
    """
    handle.seek(0)
    name = asked(wanted) if wanted else by_sight(handle.read(4096))
    places = {}
    for candidate in [name] if name else ["utf-8", *_eight_bit(handle)]:
        try:
            return _read(handle, candidate)
        except UnicodeDecodeError as error:
            places[candidate] = error.start
    likely = max(places, key=lambda item: places[item])
    raise EncodingWrongError(path=path.name, encoding=TITLES.get(likely, likely), at=places[likely])


def by_sight(start: bytes) -> str:
    """The encoding that the first bytes show; empty when they show none."""
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    even, odd = start[0::2], start[1::2]
    if odd and odd.count(0) > len(odd) // 4 and even.count(0) <= len(even) // 50:
        return "utf-16-le"
    if even and even.count(0) > len(even) // 4 and odd.count(0) <= len(odd) // 50:
        return "utf-16-be"
    return ""


def _eight_bit(handle: BinaryIO) -> list[str]:
    handle.seek(0)
    start = handle.read(BLOCK)
    fonts = letters.scheme_of(start.decode("latin-1").splitlines()) in (letters.Scheme.tcvn3, letters.Scheme.vni)
    plain = letters.share(unicodedata.normalize("NFC", start.decode(OLD_VIETNAMESE, "replace")).split())
    return ["iso8859-1"] if fonts and plain < letters.UNLIKE else [OLD_VIETNAMESE]


def _read(handle: BinaryIO, name: str) -> Bytes:
    """The whole file through a decoder. Raises UnicodeDecodeError whose ``start`` is the place in the file."""
    handle.seek(0)
    decoder, digest, size = codecs.getincrementaldecoder(name)(), hashlib.sha256(), 0
    while True:
        block = handle.read(BLOCK)
        pending = _pending(decoder)
        try:
            decoder.decode(block, not block)
        except UnicodeDecodeError as error:
            error.start += size - pending
            raise
        if not block:
            return Bytes(digest.hexdigest(), name, size)
        digest.update(block)
        size += len(block)


def _pending(decoder: codecs.IncrementalDecoder) -> int:
    """How many bytes of a character cut in two the decoder holds back."""
    try:
        return len(decoder.getstate()[0])
    except (UnicodeError, NotImplementedError):
        return 0
