"""What somebody asks of the audience: that a contact, an attribute, a list, a segment be made or changed.

The same for a command, a page and a program. What is not given stays as it was, or is the product's own choice when a thing
is made; an empty value is a value. The verbs that take a request say whether it is right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bocau.audience.shapes import Consent
from bocau.audience.states import Kind, OptIn, Status
from bocau.base.given import NOT_GIVEN, Given


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """What may be said of a contact when it is made and when it is changed. ``language``, ``zone``: empty: not known.
    ``values``: attribute, by its name or label → value, None or blank to clear it. ``consented``: how it came to that; None:
    somebody here says so by a command."""

    name: Given[str] = NOT_GIVEN
    language: Given[str] = NOT_GIVEN
    zone: Given[str] = NOT_GIVEN
    status: Given[Status] = NOT_GIVEN
    values: Mapping[str, object] = field(default_factory=dict)
    consented: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreation(ContactDetails):
    """A contact that is to be. ``back``: also when the person had asked to be erased."""

    address: str
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange(ContactDetails):
    """A change of a contact. ``address``: another one, to which everything moves but the suppressions."""

    address: Given[str] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCreation:
    """An attribute of contacts that is to be. ``label``: what people read; blank: the name. ``choices``: of kind choice.
    ``pattern``: how mails show its days, see ``cells.dates.shown``."""

    name: str
    kind: Kind
    label: str = ""
    choices: Sequence[str] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChange:
    """A change of an attribute; of each as ``AttributeCreation`` has it. ``choices``: instead of all there were."""

    name: Given[str] = NOT_GIVEN
    label: Given[str] = NOT_GIVEN
    choices: Given[Sequence[str]] = NOT_GIVEN


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
