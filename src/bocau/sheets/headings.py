"""Column names: as the file has them, as template fields, and which of them is the address."""

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from bocau.base.words import N_, say
from bocau.sheets.errors import ColumnsTooManyError
from bocau.wire import address

EMAIL = (
    "email",
    "e_mail",
    "mail",
    "email_address",
    "e_mail_address",
    "e_mail_1_value",
    "primary_email",
    "mail_address",
    "dia_chi_email",
    "dia_chi_e_mail",
    "dia_chi_mail",
    "thu_dien_tu",
    "dia_chi_thu_dien_tu",
    "hop_thu",
    "hop_thu_dien_tu",
    "recipient",
    "nguoi_nhan",
)
"""Field names of a column of addresses, the surest first. `dia_chi` alone is mostly where somebody lives."""
NAME = (
    "name",
    "full_name",
    "fullname",
    "ho_ten",
    "ho_va_ten",
    "ten",
    "ten_day_du",
    "display_name",
    "ten_khach_hang",
    "ten_nguoi_nhan",
    "ho_ten_khach_hang",
)
"""Field names of a column with a person's name, the surest first."""
GIVEN = ("first_name", "given_name", "firstname", "fname", "ten_goi", "ten")
FAMILY = ("last_name", "family_name", "lastname", "surname", "lname", "ho", "ho_dem", "ho_va_ten_dem", "ho_va_dem")
"""Field names of columns with the parts of a person's name."""
FAMILY_FIRST = frozenset(("ho", "ho_dem", "ho_va_ten_dem", "ho_va_dem"))
"""Those of files in which the family name stands first in a whole name."""
TEMPLATE_WORDS = frozenset(
    (
        "true",
        "false",
        "none",
        "not",
        "in",
        "is",
        "and",
        "or",
        "if",
        "else",
        "elif",
        "endif",
        "for",
        "endfor",
        "loop",
        "self",
        "set",
        "with",
        "block",
        "macro",
        "call",
        "include",
        "import",
        "from",
        "extends",
        "do",
        "filter",
        "autoescape",
        "raw",
        "range",
        "dict",
        "namespace",
        "debug",
        "row",
    )
)
MOST_LETTERS = 60
MOST_COLUMNS = 500


def tidy(cell: str) -> str:
    """A heading as it is shown and as ``row[…]`` finds it: NFC, printable, one blank between words."""
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    return unicodedata.normalize("NFC", " ".join(cell.split()))[:200]


def named(path: Path, cells: Sequence[str]) -> list[str]:
    """Tidy headings, without empty ones at the end. Raises ColumnsTooManyError."""
    names = [tidy(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise ColumnsTooManyError(path=path.name, count=len(names), most=MOST_COLUMNS)
    return names


def unnamed(path: Path, rows: Iterable[Sequence[object]]) -> list[str]:
    """Headings for a table that has none: ``column 1``, ``column 2``. Raises ColumnsTooManyError."""
    width = max(map(len, rows), default=0)
    return named(path, [say(N_("column {number}"), number=place) for place in range(1, width + 1)])


def slug(heading: str) -> str:
    """A heading as a template field: ``Họ tên`` → ``ho_ten``. Empty when it has neither letters nor digits.

    The answer matches ``[a-z_][a-z0-9_]*`` and is no word of the template language.
    """
    plain = heading.replace("đ", "d").replace("Đ", "D")
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign)).lower()
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:MOST_LETTERS].strip("_")
    if not name:
        return ""
    if name[0].isdigit():
        name = "_" + name
    return name + "_" if name in TEMPLATE_WORDS or keyword.iskeyword(name) else name


def fields(headings: Sequence[str]) -> list[str]:
    """One field for each column, all different; columns without a usable name are ``column_3`` (from 1)."""
    taken: set[str] = set()
    made: list[str] = []
    wanted = [slug(heading) for heading in headings]
    for place, name in enumerate(wanted, start=1):
        base = name or f"column_{place}"
        unique, number = base, 2
        while unique in taken or (unique != base and unique in wanted):
            unique, number = f"{base}_{number}", number + 1
        taken.add(unique)
        made.append(unique)
    return made


def find(named: str, headings: Sequence[str], keys: Sequence[str]) -> int | None:
    """The column a person means by its heading or its field, whatever the case; None when there is none."""
    wanted = tidy(named)
    for form in (lambda text: text, str.casefold):
        for place, heading in enumerate(headings):
            if form(heading) == form(wanted):
                return place
    for candidate in (named, slug(named)):
        if candidate and candidate in keys:
            return keys.index(candidate)
    return None


def known(keys: Sequence[str], names: Sequence[str]) -> int | None:
    """The column with the surest of ``names``, the leftmost where several are alike."""
    for name in names:
        if name in keys:
            return keys.index(name)
    return None


def looks_like_headings(cells: Sequence[str]) -> bool:
    """Whether a row names a column of addresses."""
    return any(slug(tidy(cell)) in EMAIL for cell in cells)


def is_address(cell: str) -> bool:
    """Whether a cell holds one good address."""
    if "@" not in cell:
        return False
    try:
        address.check_loosely(cell)
    except address.AddressWrongError:
        return False
    return True


def by_content(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that hold addresses in at least half of the cells that are filled, and more than any other."""
    shares = []
    for place in range(width):
        filled = [row[place] for row in rows if place < len(row) and row[place].strip()]
        good = sum(map(is_address, filled))
        shares.append((good if 2 * good >= len(filled) else 0, place))
    most = max((good for good, _ in shares), default=0)
    return [place for good, place in shares if good == most] if most else []
