"""Vietnamese letters that old fonts and twice-encoded files write in other places, told by whether syllables come out. Pure.

TCVN3 ("ABC") and VNI put Vietnamese letters into the places of Western ones, so a file of theirs opens as ``NguyÔn`` or
``Nguyeãn``; UTF-8 that was taken for Windows-1252 and encoded once more opens as ``Nguyá»…n``. Letters that became question
marks cannot be read again; ``lost`` finds them.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice

WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0080-\u00ff\u0152-\u02dc\u2013-\u2122]+[^\W\d_]*)*")
MOST_WORDS = 2000
"""Words that are looked at."""
SURE, UNLIKE = 0.8, 0.5
"""Shares of syllables: a scheme has at least the first, what it replaces less than the second."""
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_RIMES = (
    "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê yê iêu yêu iu oa oă oe oi oo ôi ơi oai oay oao oeo ua uâ uê ui "
    "uô uơ uôi uy uya uyê uyu uây uyêu ưa ươ ưi ươi ươu ưu"
)
RIMES = frozenset(_RIMES.split())
SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?([aăâeêioôơuưy]{1,4})(?:ch|ng|nh|[cmnptk])?\\Z"
)
LOST = re.compile(r"[^\W\d_]\?+[^\W\d_]|[\0\ufffd]")
WEST = {bytes([code]).decode("cp1252", "replace"): code for code in range(0x80, 0x100)}
WEST = {sign: code for sign, code in WEST.items() if sign != "\ufffd"} | {
    chr(code): code for code in range(0x80, 0x100)
}
"""A letter as Windows-1252 or ISO 8859-1 reads a byte → the byte."""
RUN = re.compile("[" + re.escape("".join(WEST)) + "]{2,}")
_TCVN3 = (
    "a1 ĂÂÊÔƠƯĐăâêôơưđ",
    "b5 àảãáạ",
    "bb ằẳẵắ",
    "c6 ặầẩẫấậè",
    "ce ẻẽéẹềểễếệìỉ",
    "dc ĩíịò",
    "e1 ỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
TCVN3 = {int(row[:2], 16) + at: letter for row in _TCVN3 for at, letter in enumerate(row[3:])}
"""TCVN 5712 VN3 with the fonts' small letters: a byte → a letter. Capitals with a tone have the same bytes in other fonts."""
_MARKS = {
    "a": "ùøûõïâáàåãäêéèúüë",
    "e": "ùøûõïâáàåãä",
    "o": "ùøûõïâáàåãä",
    "u": "ùøûõï",
    "y": "ùøûõ",
    "ô": "ùøûõï",
    "ö": "ùøûõï",
}
_MARKED = {
    "a": "áàảãạâấầẩẫậăắằẳẵặ",
    "e": "éèẻẽẹêếềểễệ",
    "o": "óòỏõọôốồổỗộ",
    "u": "úùủũụ",
    "y": "ýỳỷỹ",
    "ô": "ớờởỡợ",
    "ö": "ứừửữự",
}
_ALONE = dict(zip("íìæóòôöîñ", "íìỉĩịơưỵđ", strict=True))
VNI = {
    base + mark: letter for base, marks in _MARKS.items() for mark, letter in zip(marks, _MARKED[base], strict=True)
} | _ALONE
VNI |= {pair.upper(): letter.upper() for pair, letter in VNI.items()} | {
    pair[0].upper() + pair[1]: letter.upper() for pair, letter in VNI.items() if len(pair) == 2
}
_VNI = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))


class Scheme(StrEnum):
    """How the letters of a file were written. ``twice``: UTF-8 encoded once more."""

    tcvn3 = "TCVN3"
    vni = "VNI"
    twice = "UTF-8"

    def read(self, text: str) -> str:
        """The text with the letters that are meant."""
        if text.isascii():
            return text
        if self is Scheme.twice:
            return RUN.sub(_decoded, text)
        if self is Scheme.vni:
            return _VNI.sub(lambda found: VNI[found[0]], text)
        return WORD.sub(_from_tcvn3, text.translate(_PLACES))


_PLACES = {ord(sign): letter for sign, code in WEST.items() if (letter := TCVN3.get(code))}


def scheme_of(texts: Iterable[str]) -> Scheme | None:
    """The scheme that makes syllables of what are none; None for text that is right, or that nobody can read."""
    words = list(islice((word for text in texts for word in text.split() if not word.isascii()), MOST_WORDS))
    if not words or share(words) >= UNLIKE:
        return None
    found = [
        (share([scheme.read(word) for word in words]), scheme) for scheme in (Scheme.twice, Scheme.tcvn3, Scheme.vni)
    ]
    best, scheme = max(found, key=lambda one: one[0])
    return scheme if best >= SURE else None


def share(words: Iterable[str]) -> float:
    """How many of the words with letters outside ASCII are Vietnamese syllables, of one; 0 when there is none."""
    pieces = [piece for word in words for piece in WORD.findall(word) if not piece.isascii()]
    return sum(map(is_syllable, pieces)) / len(pieces) if pieces else 0.0


def is_syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable: a known rime, one tone at most."""
    apart = unicodedata.normalize("NFD", word.lower())
    toned = sum(sign in TONES for sign in apart)
    bare = unicodedata.normalize("NFC", "".join(sign for sign in apart if sign not in TONES))
    match = SYLLABLE.match(bare)
    if match is None or toned > 1:
        return False
    rime = match[1]
    return rime in RIMES or (bare.startswith(("gi", "qu")) and rime[1:] in RIMES)


def lost(text: str) -> bool:
    """Whether question marks stand where letters were; addresses of the web have them of their own."""
    return LOST.search(text) is not None and "://" not in text and "=" not in text


def _decoded(found: "re.Match[str]") -> str:
    try:
        return bytes(WEST[sign] for sign in found[0]).decode()
    except UnicodeDecodeError:
        return found[0]


def _from_tcvn3(found: "re.Match[str]") -> str:
    """A word that is in capitals but for its toned letters is in capitals."""
    word = found[0]
    plain = [sign for sign in word if sign.isascii()]
    return word.upper() if len(plain) > 1 and all(sign.isupper() for sign in plain) else word
