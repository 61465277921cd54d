"""The tree of a rule. Values are as slots hold them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bocau.audience.segments.fields import Field

Operator = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "contains",
    "starts with",
    "ends with",
    "has",
    "is empty",
    "within",
    "within next",
    "anniversary",
]
Value: TypeAlias = str | float | int


@dataclass(frozen=True)
class Every:
    """All of the parts hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Some:
    """One of the parts holds, or several."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class Compare:
    """False for a contact without a value, whatever the operator, but for ``is empty``. within and anniversary have a
    number of days."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Call:
    """in_list, tagged, opened, clicked, received of ``argument``, which stands at ``place`` of the rule."""

    function: str
    argument: str
    place: int


Node: TypeAlias = Every | Some | Not | Compare | Call
