"""Values as templates get them, understood: numbers, dates with or without a time, telephone numbers, yes and no.

They come as numbers, booleans, dates, or as texts that people wrote, which mean what they mean in a cell of a table
(``bocau.cells``). Around these a value may have what cells do not: a currency, fractions of a second, an offset from UTC.
Each reader gives None for a text that stands for no value (``-``, ``n/a``). ``zone``, an IANA name, is the one whose habits
decide what can be read in two ways: that of the author, so that all recipients are told the same.
"""

import datetime
import re
from decimal import Decimal, InvalidOperation

from bocau.base.words import N_, Phrase
from bocau.cells import dates, single
from bocau.cells.words import FALSE, TRUE

LARGEST = Decimal(10) ** 18
LONGEST = 64  # characters of a text that is looked at
_CURRENCY = r"(?:₫|đồng|vnđ|vnd|đ|usd|us\$|\$|eur|€)"
BEFORE = re.compile(rf"(?P<sign>[-+\u2212(]?)\s*{_CURRENCY}?\s*", re.IGNORECASE)
BEHIND = re.compile(rf"\s*{_CURRENCY}?\s*(?P<end>\)?)\Z", re.IGNORECASE)
CLOCK = re.compile(
    r"(?P<rest>.*?:[0-9]{2})(?:(?<=:[0-9]{2}:[0-9]{2})\.[0-9]{1,9})?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
)
"""A text that ends in a time of day as programs write it."""
PHONE = re.compile(r"\+?[0-9(][0-9 ().-]*\Z")
MOBILE = re.compile(r"[35789][0-9]{8}\Z")
FIXED = re.compile(r"2[0-9]{9}\Z")
SERVICE = re.compile(r"1[89]00(?:[0-9]{4}|[0-9]{6})\Z")
NOT_A_NUMBER = Phrase(N_("this is not a number"))
NOT_A_DATE = Phrase(N_("this is not a date"))
NOT_A_TIME = Phrase(N_("this has no time of day"))
NOT_A_PHONE = Phrase(N_("this is not a telephone number"))
NOT_YES_OR_NO = Phrase(N_("this is neither yes nor no"))


class FormatError(Exception):
    """A value that cannot be shown as the template asks, or an option that is not understood."""

    def __init__(self, problem: Phrase) -> None:
        super().__init__(problem)
        self.problem = problem


def number(value: object, zone: str) -> Decimal | None:
    """A number. Raises FormatError."""
    try:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            made = Decimal(str(value))
        elif (text := _text(value)) is not None:
            if single.is_missing(text):
                return None
            made = Decimal(single.number(_bare(text), zone))
        else:
            raise FormatError(NOT_A_NUMBER)
    except (InvalidOperation, ValueError):
        raise FormatError(NOT_A_NUMBER) from None
    if not made.is_finite() or abs(made) >= LARGEST:
        raise FormatError(NOT_A_NUMBER)
    return made


def _text(value: object) -> str | None:
    """A text of a length that anything is read from; None for another value."""
    return value.strip() if isinstance(value, str) and len(value) <= LONGEST else None


def _bare(text: str) -> str:
    """A number's text without a currency before or behind it."""
    if text[0].isdecimal() and text[-1].isdecimal():
        return text
    before = BEFORE.match(text)
    assert before is not None  # it may be empty
    behind = BEHIND.search(text, before.end())
    assert behind is not None
    digits = text[before.end() : behind.start()]
    sign = "" if before["sign"] == "+" and digits[:1].isdecimal() else before["sign"]
    return sign + digits + behind["end"]


def moment(value: object, zone: str) -> datetime.date | datetime.datetime | None:
    """A date, or a date with its time. Raises FormatError."""
    if isinstance(value, datetime.date):
        return value
    text = _text(value)
    if text is None:
        raise FormatError(NOT_A_DATE)
    if single.is_missing(text):
        return None
    text, offset = _split(text)
    try:
        made = single.moment(text, zone)
        return made.replace(tzinfo=_offset(offset)) if isinstance(made, datetime.datetime) and offset else made
    except ValueError:
        raise FormatError(NOT_A_DATE) from None


def time_of_day(value: object, zone: str) -> datetime.datetime | None:
    """A date with its time, or a time alone, of no day in particular. Raises FormatError."""
    text, offset = _split(_text(value) or "")
    clock = dates.clock_of(text)
    if clock is not None and not offset:
        return datetime.datetime.combine(datetime.date(2000, 1, 1), clock)
    made = moment(value, zone)
    if made is not None and not isinstance(made, datetime.datetime):
        raise FormatError(NOT_A_TIME)
    return made


def _split(text: str) -> tuple[str, str]:
    """A text without its offset from UTC and fractions of a second, and the offset."""
    match = CLOCK.match(text)
    return (text, "") if match is None else (match["rest"], match["zone"] or "")


def _offset(text: str) -> datetime.timezone:
    """``Z``, ``+07:00``, ``-0330``. Raises ValueError."""
    if text == "Z":
        return datetime.UTC
    away = datetime.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return datetime.timezone(-away if text[0] == "-" else away)


def phone(value: object, _zone: str = "") -> str | None:
    """A telephone number: ``+84…`` and other countries' in E.164, or a service number (1900…) as it is dialled. A number
    of nine digits has lost its zero in a spreadsheet. Raises FormatError."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if isinstance(value, str) and len(text) <= LONGEST and single.is_missing(text):
        return None
    if len(text) > LONGEST or not PHONE.match(text):
        raise FormatError(NOT_A_PHONE)
    digits = re.sub("[^0-9]", "", text)
    if SERVICE.match(digits) and not text.startswith("+"):
        return digits
    abroad = text.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00") if not text.startswith("+") else digits
    own = digits.removeprefix("84") if abroad or (len(digits) > 10 and not digits.startswith("0")) else digits
    own = own.removeprefix("0")
    if (not abroad or digits.startswith("84")) and (MOBILE.match(own) or FIXED.match(own)):
        return "+84" + own
    if abroad and not digits.startswith("84") and 7 <= len(digits) <= 15:  # ITU-T E.164 6.2.1
        return "+" + digits
    raise FormatError(NOT_A_PHONE)


def truth(value: object, _zone: str = "") -> bool | None:
    """Yes or no. Raises FormatError."""
    text = str(value) if isinstance(value, bool | int | float) else _text(value)
    if text is not None:
        if isinstance(value, str) and single.is_missing(text):
            return None
        word = text.casefold().removesuffix(".0")
        if word in TRUE or word in FALSE:
            return word in TRUE
    raise FormatError(NOT_YES_OR_NO)
