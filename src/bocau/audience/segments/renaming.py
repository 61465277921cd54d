"""A rule follows what it names when that gets another name. Pure.

Only the places that the reader took for a name are written anew: texts, values and words that merely look like it stay.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bocau.audience.segments.reading import Thing, namings, read
from bocau.audience.segments.tokens import quoted
from bocau.audience.values import Attribute


class Renaming(NamedTuple):
    """``thing`` was called ``old`` and is called ``new``."""

    thing: Thing
    old: str
    new: str


def renamed(rule: str, known: Sequence[Attribute], renaming: Renaming) -> str:
    """The rule with the new name in the old one's places. ``known``: all attributes, as they are called before.

    Raises SegmentWrongError when the rule cannot be read, or is too long with the new name.
    """
    parts: list[str] = []
    at = 0
    for one in namings(rule, known):
        if (one.thing, one.name) == (renaming.thing, renaming.old):
            parts += (rule[at : one.place], renaming.new if one.thing == "attribute" else quoted(renaming.new))
            at = one.end
    made = "".join([*parts, rule[at:]])
    if renaming.thing == "attribute":
        known = [one._replace(name=renaming.new) if one.name == renaming.old else one for one in known]
    read(made, known)
    return made
