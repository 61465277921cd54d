"""What other rooms are given and give: a person, a target, a record of consent."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.audience.states import How
from bocau.base.errors import BocauError
from bocau.base.words import N_

History = Mapping[str, Callable[[str], "sa.Select[Any]"]]
"""Function of the segment language (``opened``, ``clicked``, ``received``) → for a campaign's name a SELECT of
recipient keys. The function raises CampaignUnknown when there is no such campaign."""


class CampaignUnknown(KeyError):
    """There is no campaign of this name; whoever reads the rule says where."""


class TargetWrongError(BocauError):
    code = "target-wrong"
    sentence = N_("It is not said to whom: {reason}. Nothing was changed.")
    hint = N_("Name lists, segments or tags, or ask for everyone.")


class Person(NamedTuple):
    """One contact as mail is made for it. ``data``: JSON object of its attributes, by name, those without a value too."""

    id: int
    recipient: str
    address: str
    name: str
    language: str
    zone: str
    data: str


class Consent(NamedTuple):
    """How a permission came or went. ``source``: a page, a file, a campaign, a person. ``text``: what was shown."""

    how: How
    source: str = ""
    ip: str = ""
    text: str = ""


class Counted(NamedTuple):
    """``total`` people are meant; ``mailable`` may get mail; ``left_out``: reason → how many."""

    total: int
    mailable: int
    left_out: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"total": self.total, "mailable": self.mailable, "left_out": self.left_out}


@dataclass(frozen=True)
class Target:
    """Who is meant: members of any of ``lists`` (ids), ``segments`` (names) or ``tags`` (names), or ``everyone``;
    without those in any of the ``not_`` ones. ``rules``: segments as they were at some moment, see ``freezing``."""

    lists: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    everyone: bool = False
    not_lists: tuple[int, ...] = ()
    not_segments: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    not_rules: tuple[str, ...] = ()

    def to_json(self) -> str:
        """What is empty is left out."""
        return orjson.dumps({name: value for name, value in asdict(self).items() if value}).decode()

    @classmethod
    def from_json(cls, text: str) -> "Target":
        """Raises TargetWrongError."""
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise TargetWrongError(reason=error) from error
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or not data.keys() <= known:
            raise TargetWrongError(reason=text[:80])
        return cls(**{name: _entry(name, value) for name, value in data.items()})


def _entry(name: str, value: Any) -> Any:
    if name == "everyone":
        right = isinstance(value, bool)
    else:
        kind = int if name.endswith("lists") else str
        right = isinstance(value, list) and all(type(one) is kind for one in value)
    if not right:
        raise TargetWrongError(reason=name)
    return tuple(value) if isinstance(value, list) else value
