"""Filters that keep data harmless where escaping is not enough: in addresses of links, and in styles.

HTML escaping keeps data from leaving an attribute's value; it does not keep ``javascript:`` out of ``href``, a second
parameter out of a query, or a second declaration out of ``style``. Each filter is told the number of its tag.
"""

import re
from urllib.parse import quote

from bocau.base.words import N_
from bocau.content.errors import Problem

SCHEMES = frozenset(("http", "https", "mailto", "tel", "sms", "cid"))
SCHEME = re.compile(r"\s*([^/?#:]*):")
IGNORED = re.compile("[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]")  # what browsers skip in a scheme
STYLE = re.compile(r"[\w\s#%.,+-]*\Z")
ADDRESS_SAFE = "%/?#[]@!$&'()*+,;=:~"  # RFC 3986 reserved, and escapes already made


class GuardError(Exception):
    """Data that may not stand where tag ``number`` is."""

    def __init__(self, number: int, problem: Problem) -> None:
        super().__init__(number, problem)
        self.number, self.problem = number, problem


def web_address(value: object, number: int = 0) -> str:
    """A whole web address, or its beginning: only harmless schemes."""
    text = str(value)
    scheme = SCHEME.match(IGNORED.sub("", text))
    if scheme and scheme.group(1).lower() not in SCHEMES:
        raise GuardError(number, Problem(N_("this is not a web address")))
    return quote(text.strip(), safe=ADDRESS_SAFE)


def address_path(value: object, number: int = 0) -> str:
    """A part of a web address after its beginning: reserved characters and escapes stay, others are escaped."""
    return quote(str(value), safe=ADDRESS_SAFE)


def style_value(value: object, number: int = 0) -> str:
    """A value in a style: letters, numbers, lengths and colours only."""
    text = str(value)
    if not STYLE.match(text):
        raise GuardError(number, Problem(N_("this cannot stand in a style")))
    return text


FILTERS = {"bocau_address": web_address, "bocau_path": address_path, "bocau_style": style_value}
