"""What an import is: its plan, its states, its run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import orjson

from bocau.audience.states import Kind
from bocau.base.clock import exact
from bocau.base.words import N_, say
from bocau.cells import Meaning, Place

OWN = ("email", "name", "given_name", "family_name", "language", "zone", "blocked")
"""Targets that are no attribute: columns of the contact itself, parts of its name, and what says that it gets no mail."""


EXPORTED = ("address", "name", "language", "zone", "status", "created_at")
"""The first columns of our own export; attributes by their names follow. ``created_at`` says nothing when it comes in again."""


def is_export(headings: Sequence[str]) -> bool:
    """Whether a file with these headings is our own export."""
    return tuple(headings[: len(EXPORTED)]) == EXPORTED


class Merge(StrEnum):
    """What becomes of contacts that are there already: left alone, completed, or made what the file says."""

    skip = "skip"
    fill = "fill"
    overwrite = "overwrite"


class State(IntEnum):
    """How an import stands."""

    running = 0
    stopped = 1
    finished = 2
    undoing = 3
    undone = 4

    def title(self) -> str:
        """In the current language."""
        return say(_TITLES[self])


_TITLES = {
    State.running: N_("under way"),
    State.stopped: N_("stopped"),
    State.finished: N_("finished"),
    State.undoing: N_("being undone"),
    State.undone: N_("undone"),
}


NO_HEADINGS = "no-headings"


class Column(NamedTuple):
    """One column of the file. ``target``: one of OWN, an attribute's name, or empty: left out. ``kind``: the
    attribute's; empty for OWN. ``new``: the attribute is made by this import. ``decimal``, ``order``: of its numbers and
    dates, ``pattern``: how its dates are written, all as ``cells.Meaning`` has them."""

    heading: str
    target: str
    kind: str = ""
    new: bool = False
    decimal: str = ""
    slot: str = ""
    choices: tuple[str, ...] = ()
    order: str = ""
    pattern: str = ""

    def attribute_kind(self) -> Kind:
        """Only for columns that are an attribute."""
        return Kind(self.kind)

    def meaning(self) -> Meaning:
        """How its cells are read; the kind is the attribute's."""
        return Meaning(decimal=self.decimal, order=self.order, pattern=self.pattern)


class Example(NamedTuple):
    """A column as people are shown it before anything is stored. ``meaning``: what its cells are; ``cell``: one of them,
    ``value``: what becomes of it; ``against``: a cell that keeps it from being something else."""

    meaning: Meaning
    cell: str = ""
    value: str = ""
    against: Place | None = None


class Proposal(NamedTuple):
    """What each column of a file becomes, and an example of each."""

    columns: tuple[Column, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Plan:
    """How a file is taken in. ``reading``: encoding, delimiter, sheet as asked, and NO_HEADINGS
    for a file without them. ``lists``: a list's id, 0 for none.
    ``tag``: its id, 0 for none. ``source`` and ``text``: where the people agreed, and what they were shown."""

    columns: tuple[Column, ...]
    merge: str = Merge.skip.value
    list_id: int = 0
    tag_id: int = 0
    source: str = ""
    text: str = ""
    reading: tuple[str, ...] = ("", "", "")

    def place(self, target: str) -> int | None:
        """The column that becomes ``target``, from 0."""
        return next((at for at, one in enumerate(self.columns) if one.target == target), None)

    def to_json(self) -> str:
        return orjson.dumps(asdict(self) | {"columns": [tuple(one) for one in self.columns]}).decode()

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        data = orjson.loads(text)
        columns = tuple(Column._make([*one[:6], tuple(one[6]), *one[7:]]) for one in data.pop("columns"))
        return cls(columns, **data | {"reading": tuple(data["reading"])})


@dataclass(frozen=True)
class Run:
    """An import as the database knows it. Counts are rows, but ``removed``, ``restored``, ``kept``: contacts at its
    undoing. ``position``: the last row that is dealt with. ``resumed``: it had begun before."""

    id: int
    file: str
    digest: str
    plan: Plan
    state: State
    position: int
    latest: int
    created_at: int
    updated_at: int
    counts: Mapping[str, int]
    resumed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id,
            "file": self.file,
            "digest": self.digest,
            "state": self.state.name,
            "position": self.position,
            **self.counts,
            "merge": self.plan.merge,
            "source": self.plan.source,
            "text": self.plan.text,
            "created_at": exact(self.created_at),
            "updated_at": exact(self.updated_at),
        }
