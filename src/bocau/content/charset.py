"""The file of a template as text, in whatever encoding an editor or an office program has saved it (WHATWG HTML 13.2.3.2)."""

import codecs
import re
import unicodedata

from bocau.base.words import N_, Phrase

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LOOKED_AT = 4096  # bytes in which a page says its encoding
META = re.compile(r"(<meta\b[^<>]{0,300}?\bcharset\s*=\s*[\"']?\s*)([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
XML = re.compile(r"(\A\s*<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"'])([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
KNOWN = re.compile(
    r"windows-125[0-8]|cp125[0-8]|iso-8859-(?:[1-9]|1[0-6])|latin-?1|us-ascii|utf-?8|gbk|gb2312|gb18030|big5|shift_jis"
    r"|euc-(?:jp|kr)|koi8-[ru]|macintosh",
    re.IGNORECASE,
)
LATIN = re.compile(r"iso-8859-1|latin-?1|us-ascii", re.IGNORECASE)  # Windows-1252 to every browser


class CharsetError(ValueError):
    """Bytes that are no text we can read; ``problem`` says why."""

    def __init__(self, problem: Phrase) -> None:
        super().__init__(problem)
        self.problem = problem


def decode(raw: bytes) -> str:
    """The text of a file: by its mark, its shape (UTF-16), as UTF-8, else in the encoding it says in ``<meta charset>``.

    That word becomes utf-8, which the mail is in. Raises CharsetError.
    """
    name = next((name for mark, name in MARKS if raw.startswith(mark)), "") or _wide(raw[:LOOKED_AT])
    start = raw[:LOOKED_AT].decode("latin-1")
    said = META.search(start) or XML.search(start)
    for candidate in [name] if name else ["utf-8", *([_encoding(said[2])] if said else [])]:
        try:
            text = raw.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        if candidate not in ("utf-8", "utf-8-sig"):
            text = unicodedata.normalize("NFC", text)  # Windows-1258 has marks beside their letters
        return _renamed(text)
    if name or said:
        raise CharsetError(
            Phrase(N_("it is not in the encoding it says ({encoding})"), encoding=name or (said and said[2]))
        )
    raise CharsetError(Phrase(N_("it is not UTF-8 and does not say its encoding")))


def _wide(start: bytes) -> str:
    """UTF-16 without a mark: every second byte of markup is zero."""
    even, odd = start[0::2], start[1::2]
    if odd and odd.count(0) > len(odd) // 4 and even.count(0) <= len(even) // 50:
        return "utf-16-le"
    if odd and even.count(0) > len(even) // 4 and odd.count(0) <= len(odd) // 50:
        return "utf-16-be"
    return ""


def _encoding(said: str) -> str:
    """Python's name of an encoding that a page may be in. Raises CharsetError."""
    if not KNOWN.fullmatch(said):
        raise CharsetError(Phrase(N_("its encoding {encoding} is not known here"), encoding=said))
    return "windows-1252" if LATIN.fullmatch(said) else said


def _renamed(text: str) -> str:
    head, rest = text[:LOOKED_AT], text[LOOKED_AT:]
    for pattern in (META, XML):
        head = pattern.sub(r"\g<1>utf-8", head, count=1)
    return head + rest
