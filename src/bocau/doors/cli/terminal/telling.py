"""How commands put moments and replies into words. Texts from outside are made harmless first."""

import re

from bocau.base import clock
from bocau.base.clock import here

HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, and those that turn the direction of writing: they could forge what stands on a terminal."""


def harmless(text: object) -> str:
    """Text from outside on one line, unable to write to the terminal by itself."""
    return HARMFUL.sub("·", str(text))


def moment(ms: int | None) -> str:
    """Day and time in the installation's zone; empty for None."""
    return "" if ms is None else f"{here(ms):%Y-%m-%d %H:%M:%S}"


def exact(ms: int | None) -> str | None:
    """The moment for programs: ISO 8601 with its offset."""
    return clock.exact(ms)
