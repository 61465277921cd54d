"""What kind of file something is, told from its bytes first and its name second, and which kinds are refused.

Refused is what Gmail refuses (its list of blocked file types, 2026): programs and what starts them, by name and by
their first bytes, also inside archives and archives inside those.
"""

from collections.abc import Iterator

from bocau.attachments.archives import Budget, Member, is_archive, members
from bocau.attachments.errors import FileRefusedError
from bocau.base.words import N_, Phrase

_BLOCKED = (
    "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img ins iso isp "
    "jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct shb sys vb vbe vbs vhd vxd "
    "wsc wsf wsh xll"
)
BLOCKED = frozenset(_BLOCKED.split())
PROGRAMS = (
    b"MZ",  # Windows
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # macOS, Java
    b"MSCF",  # cabinet
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcut
    b"ITSF",  # compiled help
    b"dex\n",  # Android
)
MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
)
OFFICE = "application/vnd.openxmlformats-officedocument."
ZIPPED = {
    "zip": "application/zip",
    "docx": OFFICE + "wordprocessingml.document",
    "xlsx": OFFICE + "spreadsheetml.sheet",
    "pptx": OFFICE + "presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
NAMED = {
    "txt": "text/plain",
    "csv": "text/csv",
    "html": "text/html",
    "htm": "text/html",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "md": "text/markdown",
    "xml": "application/xml",
    "json": "application/json",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "p7m": "application/pkcs7-mime",
    "p7s": "application/pkcs7-signature",
}
UNKNOWN = "application/octet-stream"


def extension(name: str) -> str:
    """The last extension as a receiver's machine reads it: lower case, trailing dots and blanks dropped."""
    last = name.replace("\\", "/").rpartition("/")[2].rstrip(". \t\r\n\x00").lower()
    return last.rpartition(".")[2] if "." in last else ""


def media_type(name: str, raw: bytes) -> str:
    """The media type of a file; what the bytes say wins over the name."""
    for magic, found in MAGIC:
        if raw.startswith(magic):
            return found
    ending = extension(name)
    if raw.startswith(b"PK\x03\x04"):
        return ZIPPED.get(ending, "application/zip")
    return NAMED.get(ending, UNKNOWN)


def check_kind(name: str, raw: bytes) -> None:
    """Refuse programs, and archives that hold one or cannot be looked through. Raises FileRefusedError."""
    for member in [Member(name, raw), *inside(name, raw)]:
        if "\x00" in member.name or extension(member.name) in BLOCKED or member.start.startswith(PROGRAMS):
            raise refused(name, member.name)


def inside(name: str, raw: bytes) -> Iterator[Member]:
    """All files inside an archive, however deep. Raises FileRefusedError when there is too much to look at."""
    if not is_archive(raw):
        return
    budget = Budget()
    for member in members(raw, budget):
        if member.name == "":
            raise FileRefusedError(name=name, problem=Phrase(N_("it is an archive that cannot be searched")))
        yield member


def refused(name: str, member: str) -> FileRefusedError:
    """The error for a program, by itself or inside an archive."""
    if name == member:
        return FileRefusedError(name=name, problem=Phrase(N_("it is a program")))
    shown = "".join(char if char.isprintable() else "?" for char in member)[:80]
    return FileRefusedError(name=name, problem=Phrase(N_("the program {member} is inside"), member=shown))
