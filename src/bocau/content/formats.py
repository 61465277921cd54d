"""Filters that write values the way people do, in Vietnamese or English: money, number, date, datetime, time, phone, yesno.

The language is the one the tag asks for (``lang="en"``), else the person's (the field ``language``), else the page's
(``<html lang="…">``), else Vietnamese. A value that cannot be written as asked stops this one mail with a sentence: a wrong
amount in a mail is worse than a mail that somebody looks at first. Empty cells stay empty.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, wraps
from typing import Any
from zoneinfo import ZoneInfo

from bocau.base import clock
from bocau.base.words import N_, Phrase
from bocau.cells.single import VALUES
from bocau.content import readings
from bocau.content.readings import FormatError

READER: ContextVar[tuple[str, str, str, Mapping[Any, Any]]] = ContextVar("reader", default=("vi", "", "", {}))
"""For the mail that is being rendered: the person's language, her time zone, the installation's, whose people wrote the
values, and what texts are that alone would be read otherwise. Asking minijinja for them would double what a filter costs."""
SWAPPED = {ord(","): ".", ord("."): ","}
SYMBOLS = {"VND": "₫", "USD": "$", "EUR": "€", "JPY": "¥", "GBP": "£", "CNY": "CN¥", "KRW": "₩"}
WHOLE = frozenset(("VND", "JPY", "KRW"))  # their coins are not used: a fraction is shown only where there is one
SCALARS = frozenset((str, int, float, bool))
CODE = re.compile(r"[A-Za-z]{3}\Z")
MOST_DIGITS = 12
LONGEST = 100  # characters of a pattern
_MONTHS = "January February March April May June July August September October November December"
MONTHS = _MONTHS.split()
DAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
SHORT_DAYS = {"vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"), "en": tuple(day[:3] for day in DAYS["en"])}
PATTERNS = {
    "vi": {
        "short": "dd/MM/yyyy",
        "long": "d MMMM 'năm' yyyy",
        "full": "EEEE, d MMMM 'năm' yyyy",
        "month": "MMMM 'năm' yyyy",
        "weekday": "EEEE",
        "iso": "yyyy-MM-dd",
    },
    "en": {  # the month by its name: 01/12 is two different days to different readers
        "short": "d MMM yyyy",
        "long": "d MMMM yyyy",
        "full": "EEEE, d MMMM yyyy",
        "month": "MMMM yyyy",
        "weekday": "EEEE",
        "iso": "yyyy-MM-dd",
    },
}
PIECE = re.compile(r"'([^']*)'|%(-?[A-Za-z%])|(d+|M+|y+|E+|H+|h+|m+|s+|a+)|([^A-Za-z'%]+)")
_PERCENT = "d:dd -d:d m:MM -m:M Y:yyyy y:yy B:MMMM b:MMM A:EEEE a:EEE H:HH -H:H I:hh -I:h M:mm S:ss p:a"
PERCENT = {sign: letters for sign, _, letters in (pair.partition(":") for pair in _PERCENT.split())}
NO_LANGUAGE = Phrase(N_("the language is vi or en"))
NO_PATTERN = Phrase(N_("this is not a way to write a date"))
NO_OPTION = Phrase(N_("an option of the filter is not understood"))


def read_by(data: Mapping[str, Any], language: str) -> None:
    """Say for whom the next template is rendered; ``language``: its page's, when the person's is not known."""
    own, zone = data.get("language"), data.get("zone")
    said = own if isinstance(own, str) and own else language
    known = _known_zone(zone) if isinstance(zone, str) and zone else ""
    apart = data.get(VALUES)
    lang = "en" if said and not said.lower().startswith("vi") else "vi"
    READER.set((lang, known, clock.zone().key, apart if isinstance(apart, dict) else {}))


Read = Callable[[object, str], Any]
"""A value, and the zone whose habits decide what can be read in two ways → what it is; None for no value."""


def written(read: Read, write: Callable[..., str]) -> Callable[..., str]:
    """A filter that reads a value and writes it: no value stays empty, the language is found, options that do not exist are
    told. What was written last is kept, because each value stands in the HTML and in the text of its mail."""
    zoned, reads = write in ZONED, read in READS

    def anew(value: object, home: str, lang: str, *options: Any, **named: Any) -> str:
        made = read(value, home)
        return "" if made is None else write(made, lang, *options, **named)

    kept = lru_cache(maxsize=256, typed=True)(anew)

    @wraps(write)
    def filtered(value: object, *options: Any, **named: Any) -> str:
        if value is None or value == "":
            return ""
        reader, zone, home, apart = READER.get()
        if apart and type(value) is str and reads:
            value = apart.get(value.strip(), value)
        lang = named.pop("lang", None) or reader
        if lang not in ("vi", "en"):
            raise FormatError(NO_LANGUAGE)
        if zoned and zone:
            named.setdefault("zone", zone)
        try:
            return (kept if type(value) in SCALARS else anew)(value, home, lang, *options, **named)
        except (TypeError, ValueError, OverflowError):
            raise FormatError(NO_OPTION) from None

    return filtered


def number(made: Decimal, lang: str, digits: int | None = None) -> str:
    """1.250.000,5 or 1,250,000.5; ``digits`` behind the comma, by default as many as there are."""
    if digits is None:
        digits = min(MOST_DIGITS, max(0, -int(made.normalize().as_tuple().exponent)))
    return _figure(made, lang, digits)


def money(made: Decimal, lang: str, currency: str = "", digits: int | None = None) -> str:
    """1.250.000,50 ₫ or ₫1,250,000.50. ``currency``: an ISO 4217 code or a symbol; without one, the figure alone. By
    default a fraction has two digits, and stands only where there is one or the currency has coins."""
    if not isinstance(currency, str) or len(currency) > 10:
        raise FormatError(NO_OPTION)
    code = currency.upper() if CODE.match(currency) else currency
    if digits is None:
        coins = CODE.match(code) is not None and code not in WHOLE
        digits = 2 if coins or made != made.to_integral_value() else 0
    figure, symbol = _figure(made, lang, digits), SYMBOLS.get(code, code)
    if not symbol:
        return figure
    if lang == "vi":
        return f"{figure} {symbol}"
    sign, figure = ("-", figure[1:]) if figure.startswith("-") else ("", figure)
    return f"{sign}{symbol}{' ' if symbol == code and CODE.match(code) else ''}{figure}"


def _figure(made: Decimal, lang: str, digits: int) -> str:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise FormatError(NO_OPTION)
    text = f"{made.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
    text = text.removeprefix("-") if not text.strip("-0.,") else text
    return text.translate(SWAPPED) if lang == "vi" else text


def date(made: datetime.date, lang: str, pattern: str = "short", zone: str | None = None) -> str:
    """01/12/2026, or 1 Dec 2026. ``pattern``: short, long, full, month, weekday, iso, or how it is written: dd/MM/yyyy.

    ``zone``: where a time with an offset from UTC is looked at; by default the person's (the field ``zone``)."""
    return _dated(_local(made, zone), _tokens(_pattern(pattern, lang)), lang)


def datetime_(made: datetime.date, lang: str, pattern: str = "", zone: str | None = None) -> str:
    """01/12/2026 14:05, or 1 Dec 2026 14:05. ``pattern``: as of date, with the time behind names."""
    if not isinstance(made, datetime.datetime):
        raise FormatError(readings.NOT_A_TIME)
    named = pattern or "short"
    found = _pattern(named, lang)
    return _dated(_local(made, zone), _tokens(f"{found} HH:mm" if named in PATTERNS[lang] else found), lang)


def time_(made: datetime.datetime, lang: str, pattern: str = "HH:mm", zone: str | None = None) -> str:
    """14:05."""
    return _dated(_local(made, zone), _tokens(_pattern(pattern, lang)), lang)


def phone(made: str, lang: str, form: str = "national") -> str:
    """0912 345 678. ``form``: national, international (+84 912 345 678) or e164 (+84912345678)."""
    if form not in ("national", "international", "e164"):
        raise FormatError(NO_OPTION)
    if form == "e164" and not made.startswith("+"):
        raise FormatError(readings.NOT_A_PHONE)
    if not made.startswith("+84"):
        return (
            made if made.startswith("+") else f"{made[:4]} {made[4:] if len(made) == 8 else made[4:7] + ' ' + made[7:]}"
        )
    if form == "e164":
        return made
    own = made[3:]
    cut = 2 if own.startswith(("24", "28")) else 3  # Hà Nội and Hồ Chí Minh City have eight digits of their own
    groups = [own[:cut], own[cut:6], own[6:]]
    return ("0" if form == "national" else "+84 ") + " ".join(groups)


def yesno(made: bool, lang: str, yes: str = "", no: str = "") -> str:
    """Có or Không, Yes or No, or the words that are given."""
    if made:
        return str(yes) or ("Có" if lang == "vi" else "Yes")
    return str(no) or ("Không" if lang == "vi" else "No")


ZONED = frozenset((date, datetime_, time_))
READS: frozenset[Read] = frozenset((readings.number, readings.moment, readings.time_of_day))
FORMATS: dict[str, Callable[..., str]] = {
    name: written(read, write)
    for name, read, write in (
        ("number", readings.number, number),
        ("money", readings.number, money),
        ("date", readings.moment, date),
        ("datetime", readings.moment, datetime_),
        ("time", readings.time_of_day, time_),
        ("phone", readings.phone, phone),
        ("yesno", readings.truth, yesno),
    )
}


def _pattern(pattern: object, lang: str) -> str:
    if not isinstance(pattern, str) or len(pattern) > LONGEST:
        raise FormatError(NO_PATTERN)
    return PATTERNS[lang].get(pattern, pattern)


@lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[tuple[str, str], ...]:
    """A pattern as pieces: what is written, or literal text. ``m`` is a month where no hour is before it, as in Excel."""
    made: list[tuple[str, str]] = []
    at, hours = 0, False
    while at < len(pattern):
        match = PIECE.match(pattern, at)
        if match is None:
            raise FormatError(NO_PATTERN)
        quoted, percent, letters, plain = match.groups()
        if percent is not None:
            letters = "" if percent == "%" else PERCENT.get(percent)
            if letters is None:
                raise FormatError(NO_PATTERN)
            made.append(("", "%") if percent == "%" else (letters, ""))
        elif letters is not None:
            hours = hours or letters[0] in "Hh"
            month = letters[0] == "m" and not hours and not pattern[match.end() :].startswith(":s")
            made.append((letters.upper() if month else letters, ""))
        else:
            made.append(("", plain if quoted is None else quoted or "'"))
        hours = hours and (letters is None or letters[0] in "Hh")
        at = match.end()
    return tuple(made)


def _dated(made: datetime.date, tokens: tuple[tuple[str, str], ...], lang: str) -> str:
    return "".join([_written(made, letters, lang) if letters else plain for letters, plain in tokens])


def _written(made: datetime.date, letters: str, lang: str) -> str:
    sign, wide = letters[0], len(letters) > 1
    if sign in "yME":
        return _of_calendar(made, letters, lang)
    if sign == "d":
        return f"{made.day:02d}" if wide else str(made.day)
    if not isinstance(made, datetime.datetime):
        raise FormatError(readings.NOT_A_TIME)
    if sign == "a":
        return ("SA", "CH")[made.hour > 11] if lang == "vi" else ("AM", "PM")[made.hour > 11]
    value = {"H": made.hour, "h": (made.hour + 11) % 12 + 1, "m": made.minute, "s": made.second}[sign]
    return f"{value:02d}" if wide else str(value)


def _of_calendar(made: datetime.date, letters: str, lang: str) -> str:
    """Years, months and days of the week, these with their names."""
    if letters[0] == "y":
        return f"{made.year % 100:02d}" if len(letters) == 2 else f"{made.year:04d}"
    if letters[0] == "E":
        return (DAYS if len(letters) > 3 else SHORT_DAYS)[lang][made.weekday()]
    if len(letters) < 3:
        return f"{made.month:02d}" if len(letters) == 2 else str(made.month)
    if lang == "vi":
        return f"tháng {made.month}"
    return MONTHS[made.month - 1] if len(letters) > 3 else MONTHS[made.month - 1][:3]


def _local(made: datetime.date, zone: object) -> datetime.date:
    if zone is None or not isinstance(made, datetime.datetime) or made.tzinfo is None:
        return made
    return made.astimezone(_zone(zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """Raises FormatError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        raise FormatError(Phrase(N_("there is no such time zone"))) from None


@lru_cache(maxsize=64)
def _known_zone(name: str) -> str:
    """The person's zone, when it is one; else empty."""
    try:
        return _zone(name).key if len(name) < 65 else ""
    except FormatError:
        return ""
