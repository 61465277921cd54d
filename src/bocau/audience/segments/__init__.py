"""Segments: saved rules that choose contacts, in a small language a person can read. The language: docs/segments.md.

A rule is read into a tree (``reading``, ``tree``), whose conditions know the field they ask about (``fields``) and hold
values as slots hold them (``literals``); ``conditions`` makes SQL of the tree and ``plain`` judges one contact by it: both
must always agree. Nothing of a rule ever becomes text of a statement: values are bound, names are looked up.
"""

from bocau.audience.segments.conditions import compile  # noqa: A004
from bocau.audience.segments.fields import Field, fields
from bocau.audience.segments.plain import Facts, holds
from bocau.audience.segments.reading import MOST_CHARACTERS, MOST_CONDITIONS, MOST_DEPTH, read
from bocau.audience.segments.renaming import Renaming, renamed
from bocau.audience.segments.store import (
    Segment,
    SegmentNameWrongError,
    SegmentTakenError,
    SegmentTooLongError,
    SegmentUnknownError,
    change,
    every,
    find,
    follow,
    give_room,
    how_many,
    naming,
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
    "Renaming",
    "Segment",
    "SegmentNameWrongError",
    "SegmentTakenError",
    "SegmentTooLongError",
    "SegmentUnknownError",
    "SegmentWrongError",
    "change",
    "compile",
    "every",
    "fields",
    "find",
    "follow",
    "give_room",
    "holds",
    "how_many",
    "naming",
    "read",
    "remove",
    "renamed",
    "sample",
    "save",
]
