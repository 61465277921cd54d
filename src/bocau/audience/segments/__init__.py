"""Segments: saved rules that choose contacts, in a small language a person can read. The language: docs/segments.md.

A rule is read into a tree (``reading``, ``tree``), whose conditions know the field they ask about (``fields``) and hold
values as slots hold them (``literals``); ``conditions`` makes SQL of the tree and ``plain`` judges one contact by it: both
must always agree. Nothing of a rule ever becomes text of a statement: values are bound, names are looked up.
"""

from bocau.audience.segments.conditions import compile  # noqa: A004
from bocau.audience.segments.fields import Field, fields
from bocau.audience.segments.plain import Facts, holds
from bocau.audience.segments.reading import MOST_CHARACTERS, MOST_CONDITIONS, MOST_DEPTH, read
from bocau.audience.segments.store import (
    Segment,
    SegmentNameWrongError,
    SegmentTakenError,
    SegmentUnknownError,
    change,
    every,
    find,
    give_room,
    how_many,
    naming_list,
    remove,
    sample,
    save,
)
from bocau.audience.segments.wrong import SegmentWrongError

__all__ = [
    "MOST_CHARACTERS",
    "MOST_CONDITIONS",
    "MOST_DEPTH",
    "Facts",
    "Field",
    "Segment",
    "SegmentNameWrongError",
    "SegmentTakenError",
    "SegmentUnknownError",
    "SegmentWrongError",
    "change",
    "compile",
    "every",
    "fields",
    "find",
    "give_room",
    "holds",
    "how_many",
    "naming_list",
    "read",
    "remove",
    "sample",
    "save",
]
