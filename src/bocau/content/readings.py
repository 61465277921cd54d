"""Values as templates get them, understood: numbers, dates with or without a time, telephone numbers, yes and no.

They come as numbers, booleans, ISO 8601 texts, or as texts that people wrote. In these the day comes first; a single point
or comma with three digits behind it stands between thousands, whatever the language: 500.000 and 500,000 are the same.
"""

import datetime
import re
from decimal import Decimal, InvalidOperation

from bocau.base.words import N_, Phrase

LARGEST = Decimal(10) ** 18
LONGEST = 64  # characters of a text that is looked at
CURRENCY = re.compile(r"(?:₫|đồng|vnđ|vnd|đ|usd|us\$|\$|eur|€)", re.IGNORECASE)
NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9][0-9.,]*)\Z")
GROUPED = {".": re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+\Z"), ",": re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\Z")}
_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
TIMES = re.compile(rf"{_TIME}\Z")
DATES = (
    re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}})(?:[T ]{_TIME}{_ZONE})?\Z"),
    re.compile(
        rf"(?P<day>[0-9]{{1,2}})(?P<sep>[/.-])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<year>[0-9]{{4}})(?:,? {_TIME}{_ZONE})?\Z"
    ),
)
YES = frozenset(("true", "yes", "y", "có", "co", "đúng", "x", "1", "1.0"))
NO = frozenset(("false", "no", "n", "không", "khong", "sai", "0", "0.0"))
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


def number(value: object) -> Decimal:
    """A number. Raises FormatError."""
    try:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            made = Decimal(str(value))
        elif isinstance(value, str) and len(value) <= LONGEST:
            made = Decimal(_digits(value))
        else:
            raise FormatError(NOT_A_NUMBER)
    except InvalidOperation:
        raise FormatError(NOT_A_NUMBER) from None
    if not made.is_finite() or abs(made) >= LARGEST:
        raise FormatError(NOT_A_NUMBER)
    return made


def _digits(text: str) -> str:
    """What Decimal reads."""
    bare = "".join(CURRENCY.sub("", text, count=1).split())
    match = NUMBER.match(bare)
    if match is None:
        raise FormatError(NOT_A_NUMBER)
    digits = match["digits"]
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        mark = "." if point > comma else ","
        whole, _, rest = digits.rpartition(mark)
        if mark in whole or not GROUPED["," if mark == "." else "."].match(whole):
            raise FormatError(NOT_A_NUMBER)
        return match["sign"] + whole.replace(".", "").replace(",", "") + "." + rest
    if point < 0 and comma < 0:
        return match["sign"] + digits
    mark = "." if comma < 0 else ","
    if GROUPED[mark].match(digits) and not digits.startswith("0"):
        return match["sign"] + digits.replace(mark, "")
    return match["sign"] + digits.replace(mark, ".")


def moment(value: object) -> datetime.date | datetime.datetime:
    """A date, or a date with its time. Raises FormatError."""
    if isinstance(value, datetime.date):
        return value
    text = value.strip() if isinstance(value, str) and len(value) <= LONGEST else ""
    match = next((found for pattern in DATES if (found := pattern.match(text))), None)
    if match is None:
        raise FormatError(NOT_A_DATE)
    try:
        day = datetime.date(int(match["year"]), int(match["month"]), int(match["day"]))
        return day if match["hour"] is None else datetime.datetime.combine(day, _time(match, match["zone"]))
    except ValueError:
        raise FormatError(NOT_A_DATE) from None


def time_of_day(value: object) -> datetime.datetime:
    """A date with its time, or a time alone, of no day in particular. Raises FormatError."""
    match = TIMES.match(value.strip()) if isinstance(value, str) and len(value) <= LONGEST else None
    try:
        made = datetime.datetime.combine(datetime.date(2000, 1, 1), _time(match)) if match else moment(value)
    except ValueError:
        raise FormatError(NOT_A_TIME) from None
    if not isinstance(made, datetime.datetime):
        raise FormatError(NOT_A_TIME)
    return made


def _time(match: re.Match[str], zone: str | None = None) -> datetime.time:
    """Raises ValueError."""
    offset = None
    if zone == "Z":
        offset = datetime.UTC
    elif zone:
        away = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        offset = datetime.timezone(-away if zone[0] == "-" else away)
    return datetime.time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), tzinfo=offset)


def phone(value: object) -> str:
    """A telephone number: ``+84…`` and other countries' in E.164, or a service number (1900…) as it is dialled. A number
    of nine digits has lost its zero in a spreadsheet. Raises FormatError."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
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


def truth(value: object) -> bool:
    """Yes or no. Raises FormatError."""
    word = str(value).strip().lower() if isinstance(value, bool | int | float | str) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    raise FormatError(NOT_YES_OR_NO)
