"""What is shown of a segment and of those whom it chooses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bocau.audience import segments
from bocau.audience.segments import Segment
from bocau.audience.shapes import Counted, History
from bocau.audience.target import count_rule
from bocau.base.clock import exact
from bocau.base.db import Connection


@dataclass(frozen=True, slots=True)
class SampleView:
    """One of those whom a rule chooses. ``attributes``: of those that the rule names."""

    address: str
    name: str
    attributes: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"address": self.address, "name": self.name, "attributes": dict(self.attributes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """``total``: how many it chooses, ``counted``: that and who of them may get mail, ``sample``: a few of them; None where
    nobody asked."""

    id: int
    name: str
    rule: str
    created_at: int
    updated_at: int
    total: int | None = None
    counted: Counted | None = None
    sample: tuple[SampleView, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told: dict[str, Any] = {"id": self.id, "name": self.name, "rule": self.rule}
        told |= {"created_at": exact(self.created_at), "updated_at": exact(self.updated_at)}
        if self.total is not None:
            told["total"] = self.total
        if self.counted is not None:
            told |= self.counted.as_dict()
        return told if self.sample is None else told | {"sample": [one.as_dict() for one in self.sample]}


def segment_view(segment: Segment, *, total: int | None = None) -> SegmentView:
    """A segment that was read already, and how many it chooses where that is known."""
    return SegmentView(**segment._asdict(), total=total)


def segment_whole(connection: Connection, name: str, history: History | None, now: int, limit: int) -> SegmentView:
    """A segment with its counts and at most ``limit`` of those it chooses. Raises SegmentUnknownError, SegmentWrongError."""
    segment = segments.find(connection, name)
    counted = count_rule(connection, segment.rule, history, now)
    return replace(
        segment_view(segment), counted=counted, sample=sample_views(connection, segment.rule, history, now, limit)
    )


def sample_views(
    connection: Connection, rule: str, history: History | None, now: int, limit: int
) -> tuple[SampleView, ...]:
    """The first people a rule chooses, by id. Raises SegmentWrongError."""
    return tuple(SampleView(**one) for one in segments.sample(connection, rule, history, now, limit))
