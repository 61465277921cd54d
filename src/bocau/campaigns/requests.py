"""What somebody asks of a campaign: that it be made, that it be changed. The same for a command, a page and a program.

What is not given stays as it was, or is the product's own choice when a campaign is made; an empty value is a value. What
they come to says ``merge``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bocau.base.given import NOT_GIVEN, Given
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.ledger.options import Frequency, QuietHours, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTarget:
    """Who gets it, with lists by name or id as people write them; always meant as a whole."""

    lists: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    everyone: bool = False
    not_lists: tuple[str, ...] = ()
    not_segments: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """Of ``html``, ``markdown`` and ``mjml`` one at most, which takes the place of the others; ``text`` may be beside it.
    ``attachments``: as ``content.Source`` has them, instead of all there were."""

    subject: Given[str] = NOT_GIVEN
    html: Given[str] = NOT_GIVEN
    markdown: Given[str] = NOT_GIVEN
    mjml: Given[str] = NOT_GIVEN
    text: Given[str] = NOT_GIVEN
    attachments: Given[tuple[Mapping[str, Any], ...]] = NOT_GIVEN
    allow_missing: Given[bool] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantChange:
    """A variant that is added, or changed when there is one of this name. A new one says what the first one says where
    nothing else is given. A body takes the place of all that is there, its plain text too."""

    name: str
    sender: Given[str] = NOT_GIVEN
    source: SourceChange = field(default_factory=SourceChange)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialChange:
    """``share``: per cent; ``wait``: ms."""

    share: Given[int] = NOT_GIVEN
    by: Given[By] = NOT_GIVEN
    wait: Given[int] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChange:
    """What is known of opens and clicks. ``utm``: instead of all there were."""

    mode: Given[str] = NOT_GIVEN
    opens: Given[bool] = NOT_GIVEN
    clicks: Given[bool] = NOT_GIVEN
    utm: Given[Mapping[str, str]] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChange:
    """Each limit by itself; None takes it away. ``anew``: those not given are taken away too. ``quiet`` without a zone: that
    of the installation."""

    anew: bool = False
    per_hour: Given[int | None] = NOT_GIVEN
    window: Given[Window | None] = NOT_GIVEN
    per_domain: Given[Mapping[str, int] | None] = NOT_GIVEN
    quiet: Given[QuietHours | None] = NOT_GIVEN
    frequency: Given[Frequency | None] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What may be said of a campaign when it is made and when it is changed. ``reply_to``, ``headers``: empty takes them
    away. ``relay``: its name; empty: any. ``site``: where our public pages are; ``time_to_live``: seconds; both as the
    installation has them."""

    variants: tuple[VariantChange, ...] = ()
    trial: TrialChange = field(default_factory=TrialChange)
    reply_to: Given[str] = NOT_GIVEN
    headers: Given[Mapping[str, str]] = NOT_GIVEN
    track: TrackChange = field(default_factory=TrackChange)
    limits: LimitsChange = field(default_factory=LimitsChange)
    queue: Given[str] = NOT_GIVEN
    relay: Given[str] = NOT_GIVEN
    site: Given[str] = NOT_GIVEN
    time_to_live: Given[float] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCreation(Particulars):
    """A draft that is to be. ``sender``: From as a mailbox; ``source``: what it says, as its first variant, A."""

    name: str
    sender: str
    source: Source
    target: NamedTarget = field(default_factory=NamedTarget)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChange(Particulars):
    """A change of a draft or a scheduled campaign. ``source``: of its first variant; ``target``: instead of all that was
    said of its people."""

    name: Given[str] = NOT_GIVEN
    sender: Given[str] = NOT_GIVEN
    source: SourceChange = field(default_factory=SourceChange)
    target: Given[NamedTarget] = NOT_GIVEN
