"""Number formats of spreadsheets: a cell as its program shows it (ECMA-376 part 1, 18.8.30 and 18.8.31).

Only what changes the meaning of a cell is followed: leading noughts, per cent, days and times, signs between thousands, texts
in quotes. Of a format with anything else, nothing is said and the cell's value is taken. Pure.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from bocau.cells import Cell, Habits, Shown

BUILT_IN: Mapping[int, str] = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    14: "d/m/yyyy",
    15: "d-mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "d/m/yyyy h:mm",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    49: "@",
}
"""Those without a text of their own in a file."""
LOCAL = frozenset((14, 22))
"""Those that are shown as the reader's country writes days."""
_SECTION = re.compile(r'(?:[^;"\\]|"[^"]*"|\\.)*')
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*.|\[\$([^\]-]*)[^\]]*\]')
_PATTERN = re.compile(r"(?P<before>[^#0?,.%]*)(?P<body>[#0?,]*0(?:\.0+)?)(?P<per>%?)(?P<behind>[^#0?.,%]*)\Z")
_BETWEEN = re.compile(r"[0#]+(?:(?:[ /()-]+[0#]+)+|(?:\.[0#]+){2,})\Z")


class Format(NamedTuple):
    """``code``: as the file has it. ``local``: days stand in the order of the reader's country."""

    code: str
    local: bool = False


def shown(cell: Cell | date | datetime | time | timedelta, form: Format, habits: Habits) -> Cell:
    """A cell as people see it: ``Shown`` with its value for a number or a day, a text where the value alone says something
    else (``00123``, ``15%``, a time of day), the cell itself where the format adds nothing."""
    if isinstance(cell, bool | str) and not isinstance(cell, Shown):
        return cell
    if isinstance(cell, timedelta):
        return _elapsed(cell, form.code)
    if isinstance(cell, time):
        return _day(datetime.combine(date.min, cell), form.code, "") or clock(cell)
    if isinstance(cell, date):
        text = _day(cell, form.code, habits.order if form.local else "")
        return Shown(text, cell) if text else cell  # type: ignore[return-value]
    assert isinstance(cell, int | float)
    return _number(cell, form.code, habits)


def clock(cell: time | timedelta) -> str:
    """A time of day, or a length of time, where no format says how it is shown."""
    if isinstance(cell, timedelta):
        return _elapsed(cell, "[h]:mm:ss" if cell.seconds % 60 else "[h]:mm")
    return cell.isoformat("seconds" if cell.second else "minutes")


@cache
def sections(code: str) -> tuple[str, ...]:
    """A format's parts: for positive numbers, negative ones, nought, texts."""
    found, at = [], 0
    while at <= len(code):
        match = _SECTION.match(code, at)
        assert match is not None
        found.append(match[0])
        at = match.end() + 1
    return tuple(found)


def _number(value: int | float, code: str, habits: Habits) -> Cell:
    parts = sections(code)
    negative = value < 0 and len(parts) > 1 and parts[1] != ""
    text, match = _read(parts[1 if negative else 0])
    size = abs(value) if negative else value
    if text:
        return _code(size, text)
    return value if match is None else _written(value, size, match, habits)


@cache
def _read(section: str) -> "tuple[str, re.Match[str] | None]":
    """The places of a code's digits, or what a number looks like; neither for what is not followed."""
    text = _plainly(section)
    if text is None or text == "" or text.lower() in ("general", "@"):
        return "", None
    return (text, None) if _BETWEEN.match(text) else ("", _PATTERN.match(text))


def _written(value: int | float, size: int | float, match: "re.Match[str]", habits: Habits) -> Cell:
    body = match["body"]
    whole, _, places = body.partition(".")
    figures = abs(size) * (100 if match["per"] else 1)
    digits, _, fraction = f"{figures:.{len(places)}f}".partition(".")
    least = whole.replace(",", "").count("0")
    digits = digits.zfill(least)
    grouped = "," in whole
    if grouped:
        digits = f"{int(digits):,}".replace(",", habits.group or ",")
    text = digits + (f"{habits.decimal or '.'}{fraction}" if places else "")
    told = f"{'-' if size < 0 else ''}{match['before']}{text}{match['per']}{match['behind']}".strip()
    if match["per"] or (least > 1 and not places and not grouped):
        return told
    exact = not match["before"].strip() and not match["behind"].strip() and told == str(value)
    return value if exact else Shown(told, value)


def _code(value: int | float, pattern: str) -> Cell:
    """Digits in the places of a pattern, as telephone and card numbers have them."""
    digits = str(int(value)).zfill(pattern.count("0"))
    made, at = [], len(digits)
    for sign in reversed(pattern):
        if sign in "0#":
            if at > 0:
                at -= 1
                made.append(digits[at])
        else:
            made.append(sign)
    return digits[:at] + "".join(reversed(made)).lstrip(" ./-")


def _plainly(section: str) -> str | None:
    """The section with its quoted texts as they are shown; None when it has something that is not followed."""
    if re.search(r"\[(?!\$|Red|Blue|Green|Black|White|Cyan|Magenta|Yellow|Color)", section, re.IGNORECASE):
        return None
    section = re.sub(
        r"\[(?:Red|Blue|Green|Black|White|Cyan|Magenta|Yellow|Color ?\d+)\]", "", section, flags=re.IGNORECASE
    )
    text = _QUOTED.sub(lambda one: one[1] or one[2] or one[4] or "", section)
    return None if re.search(r"[0#],+(?![0#])|E[+-]|\?/", text) else text


def _day(value: date | datetime, code: str, order: str) -> str:
    """Empty for a format that is not followed."""
    section = re.sub(r"\[\$[^\]]*\]", "", sections(code)[0])
    if "[" in section or re.search(r"general|0|#", section, re.IGNORECASE):
        return ""
    if order == "mdy":
        section = section.replace("d/m/", "m/d/")
    clock = value.time() if isinstance(value, datetime) else time()
    half = re.search(r"am/pm", section, re.IGNORECASE) is not None
    made: list[str] = []
    tokens = re.findall(r'"[^"]*"|\\.|am/pm|y+|m+|d+|h+|s+|.', section, re.IGNORECASE | re.DOTALL)
    for at, token in enumerate(tokens):
        piece = _piece(token, value, clock, half=half, minutes=_is_minutes(tokens, at))
        if piece is None:
            return ""
        made.append(piece if piece or token[0] in '"\\' else token)
    return "".join(made).strip()


def _elapsed(value: timedelta, code: str) -> str:
    """A length of time; its largest part, in brackets, counts on (``26:00``)."""
    left = abs(value) // timedelta(seconds=1)
    places = {"h": (left // 3600, 24), "m": (left // 60, 60), "s": (left, 60)}
    made = []
    for token in re.findall(r'"[^"]*"|\\.|\[[hms]+\]|h+|m+|s+|.', sections(code)[0], re.IGNORECASE | re.DOTALL):
        bare = token.strip("[]").lower()
        if bare[:1] not in places or bare.strip(bare[0]):
            made.append(token.strip('"').removeprefix("\\"))
            continue
        whole, turn = places[bare[0]]
        made.append(f"{whole if token[0] == '[' else whole % turn:0{len(bare)}}")
    return ("-" if value < timedelta() else "") + "".join(made).strip()


def _is_minutes(tokens: list[str], at: int) -> bool:
    """Whether ``m`` stands for minutes: behind hours or before seconds."""
    before = next((one[0].lower() for one in reversed(tokens[:at]) if one[0].isalpha()), "")
    behind = next((one[0].lower() for one in tokens[at + 1 :] if one[0].isalpha()), "")
    return before == "h" or behind == "s"


def _piece(token: str, value: date, clock: time, *, half: bool, minutes: bool) -> str | None:
    """What stands for a token: empty for one that stands for itself, None for one that is not followed."""
    if token[0] == '"':
        return token.strip('"')
    if token[0] == "\\":
        return token[1:]
    token = token.lower()
    hour = (clock.hour % 12 or 12) if half else clock.hour
    known = {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "d": str(value.day),
        "dd": f"{value.day:02}",
        "m": str(clock.minute if minutes else value.month),
        "mm": f"{clock.minute if minutes else value.month:02}",
        "h": str(hour),
        "hh": f"{hour:02}",
        "s": str(clock.second),
        "ss": f"{clock.second:02}",
        "am/pm": "AM" if clock.hour < 12 else "PM",
    }
    if token in known:
        return known[token]
    return None if token[0].isalpha() else ""
