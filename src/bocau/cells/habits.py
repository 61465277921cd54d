"""How people of a time zone write numbers and dates (Unicode CLDR, by the zone's country and its main language). Pure."""

from functools import cache
from typing import Any, NamedTuple


class Habits(NamedTuple):
    """``decimal``: the sign before a number's fraction, ``,`` or ``.``; ``group``: that between its thousands, ``.``, ``,`` or
    another. ``order``: ``dmy`` or ``mdy``, of dates with the year last. Empty: nobody knows. ``zone``: IANA name."""

    decimal: str = ""
    group: str = ""
    order: str = ""
    zone: str = ""


@cache
def habits_of(zone: str) -> Habits:
    """The habits of a time zone's country; none for a zone without a country, such as UTC."""
    from babel.core import get_global

    name = get_global("zone_aliases").get(zone, zone)
    locale = _locale(get_global("zone_territories").get(name, ""))
    if locale is None:
        return Habits(zone=zone)
    symbols = locale.number_symbols
    symbols = symbols.get("latn", symbols)
    letters = [sign for sign in str(locale.date_formats["short"].pattern).lower() if sign in "dmy"]
    order = "".join(dict.fromkeys(letters))
    return Habits(symbols["decimal"], symbols["group"], order if order.endswith("y") else "", zone)


def _locale(territory: str) -> Any:
    """That of the language most people there speak, official ones first."""
    from babel import Locale, UnknownLocaleError
    from babel.languages import get_official_languages, get_territory_language_info

    spoken: dict[str, Any] = dict(get_territory_language_info(territory))
    most = sorted(spoken, key=lambda one: -float(spoken[one]["population_percent"] or 0))
    for language in (*(get_official_languages(territory) or ()), *most[:1]):
        try:
            return Locale.parse(f"{language}_{territory}")
        except (UnknownLocaleError, ValueError):
            continue
    return None
