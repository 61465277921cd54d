"""Search without accents: "Nguyễn Thị Đào" is found by "nguyen thi dao", and the other way round."""

import unicodedata

_MARKS: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))
_LETTERS: dict[int, str | None] = {ord("đ"): "d", ord("Đ"): "d", ord("ı"): "i", 0xAD: None, 0x200B: None, 0xFEFF: None}
_TABLE = _MARKS | _LETTERS


def fold(text: str) -> str:
    """``text`` in lower case, without diacritics, with single spaces; equal folds are found by each other."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_TABLE)
    return " ".join(text.casefold().split())
