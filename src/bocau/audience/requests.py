"""What somebody asks of the audience: that a list be made or changed, and so on. The same for a command, a page and a program.

What is not given stays as it was, or is the product's own choice when a thing is made; an empty value is a value. The verbs
that take a request say whether it is right.
"""

from dataclasses import dataclass

from bocau.audience.states import OptIn
from bocau.base.given import NOT_GIVEN, Given


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCreation:
    """A mailing list that is to be. ``name``: by which people and segments call it. ``label`` and ``about``: what its
    members read. ``opt_in`` double: who comes by a form is asked by mail first. ``hidden``: not on the preference page."""

    name: str
    label: str = ""
    about: str = ""
    opt_in: OptIn = "double"
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """A change of a mailing list; of each as ``ListCreation`` has it."""

    name: Given[str] = NOT_GIVEN
    label: Given[str] = NOT_GIVEN
    about: Given[str] = NOT_GIVEN
    opt_in: Given[OptIn] = NOT_GIVEN
    hidden: Given[bool] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCreation:
    """A rule that is to be kept under a name. ``replace``: also in place of the rule that has it."""

    name: str
    rule: str
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChange:
    """Another name, another rule. What campaigns read at their launch stays as it was."""

    name: Given[str] = NOT_GIVEN
    rule: Given[str] = NOT_GIVEN
