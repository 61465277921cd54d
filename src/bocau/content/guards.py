"""Filters that keep data harmless where escaping is not enough: in addresses of links, and in styles.

HTML escaping keeps data from leaving an attribute's value; it does not keep ``javascript:`` out of ``href``, a second
parameter out of a query, or a second declaration out of ``style``. Each filter is told the number of its tag.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

from bocau.base.words import N_, Phrase

SCHEMES = frozenset(("http", "https", "mailto", "tel", "sms", "cid"))
SCHEME = re.compile(r"([^/?#:]*):")
IGNORED = re.compile("[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")  # invisible in a scheme
STYLE = re.compile(r"[\w\s#%.,+-]*\Z")
ADDRESS_SAFE = "%/?#[]@!$&'()*+,;=:~"  # RFC 3986 reserved, and escapes already made
NOT_ADDRESS = Phrase(N_("this is not a web address"))


class GuardError(Exception):
    """Data that may not stand where tag ``number`` is."""

    def __init__(self, number: int, problem: Phrase) -> None:
        super().__init__(number, problem)
        self.number, self.problem = number, problem


def web_address(value: object, number: int = 0) -> str:
    """A whole web address, or its beginning: only harmless schemes."""
    text = shown(value).strip()
    scheme = SCHEME.match(IGNORED.sub("", text))
    if scheme and scheme[1].lower() not in SCHEMES:
        raise GuardError(number, NOT_ADDRESS)
    return quote(text, safe=ADDRESS_SAFE)


def address_path(value: object, number: int = 0) -> str:
    """A part of a web address after its beginning: reserved characters and escapes stay, others are escaped."""
    return quote(shown(value), safe=ADDRESS_SAFE)


def mailbox(value: object, number: int = 0) -> str:
    """A part of a mailto: or tel: address: nothing that would begin another header or parameter."""
    return quote(shown(value), safe="@+!$'()*,;:~")


def style_value(value: object, number: int = 0) -> str:
    """A value in a style: letters, numbers, lengths and colours only."""
    text = shown(value)
    if not STYLE.match(text):
        raise GuardError(number, Phrase(N_("this cannot be used in a style")))
    return text


def style_address(value: object, number: int = 0) -> str:
    """A web address inside ``url(…)`` of a style."""
    return re.sub("['()*]", lambda found: f"%{ord(found[0]):02X}", web_address(value, number))


def shown(value: object, *_: object) -> str:
    """A value as text; an empty cell of a number column is None, and nobody is to read None."""
    return "" if value is None else str(value)


def unless_none(value: object) -> object:
    """What a tag puts out."""
    return "" if value is None else value


def default(value: object, other: object = "", boolean: bool = False) -> object:
    """``value``, or ``other`` where it is missing or its cell is empty (or, with ``boolean``, is nothing)."""
    missing = value is None or value == "" or (boolean and not value)
    return other if missing else value


FILTERS: dict[str, Callable[..., object]] = {
    "default": default,
    "d": default,
    "string": shown,
    "upper": lambda value, *_: shown(value).upper(),
    "lower": lambda value, *_: shown(value).lower(),
    "title": lambda value, *_: shown(value).title(),
    "capitalize": lambda value, *_: shown(value).capitalize(),
    "trim": lambda value, characters=None, *_: shown(value).strip(characters),
    "bocau_address": web_address,
    "bocau_path": address_path,
    "bocau_mailbox": mailbox,
    "bocau_style": style_value,
    "bocau_style_address": style_address,
}
