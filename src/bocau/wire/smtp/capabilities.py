"""What a server says it can do: the answer to EHLO (RFC 5321 section 4.1.1.1)."""

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Capabilities:
    """Offered extensions. ``size`` is the largest mail in bytes, 0 when there is no limit or none was told."""

    pipelining: bool = False
    chunking: bool = False
    eightbit: bool = False
    smtputf8: bool = False
    enhanced: bool = False
    dsn: bool = False
    starttls: bool = False
    sizes: bool = False
    size: int = 0
    auth: frozenset[str] = frozenset()


def read_capabilities(raw: bytes) -> Capabilities:
    """The raw multi-line answer to EHLO as Capabilities. The first line is the greeting and is skipped."""
    words: dict[str, list[str]] = {}
    for line in raw.split(b"\n")[1:]:
        # "AUTH=LOGIN PLAIN" is how servers older than RFC 2554 said it; some still say both.
        parts = line[4:].decode("ascii", "replace").upper().replace("AUTH=", "AUTH ", 1).split()
        if parts:
            words.setdefault(parts[0], []).extend(parts[1:])
    size = next(iter(words.get("SIZE", [])), "0")
    return Capabilities(
        pipelining="PIPELINING" in words,
        chunking="CHUNKING" in words,
        eightbit="8BITMIME" in words,
        smtputf8="SMTPUTF8" in words,
        enhanced="ENHANCEDSTATUSCODES" in words,
        dsn="DSN" in words,
        starttls="STARTTLS" in words,
        sizes="SIZE" in words,
        size=int(size) if size.isdecimal() and size.isascii() and len(size) < 19 else 0,
        auth=frozenset(words.get("AUTH", [])),
    )
