"""What a campaign is made of, as other rooms and doors see it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from bocau.audience import Target
from bocau.campaigns.states import By, Part, State
from bocau.content import Source
from bocau.ledger.options import Options


@dataclass(frozen=True, slots=True)
class Variant:
    """One of up to five forms of the mail. ``sender``: From; empty: the campaign's."""

    name: str
    source: Source
    sender: str = ""
    id: int = 0
    content: int | None = None
    submission: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Variants are tried on ``share`` per cent of the people; ``wait`` ms later the best by ``by`` goes to the others.

    With a share of 100 there are no others, and nothing is decided.
    """

    share: int = 100
    by: By = By.hand
    wait: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an author decides. ``options``: without what the launch adds. ``relay``: its id; None: any. ``site``: where our
    public pages are. ``time_to_live``: seconds a mail is tried. ``test`` goes with two to five variants."""

    name: str
    sender: str
    target: Target
    variants: tuple[Variant, ...]
    options: Options = field(default_factory=Options)
    site: str = ""
    queue: str = "bulk"
    relay: int | None = None
    time_to_live: float = 259_200.0
    test: Trial | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A campaign's list of people. ``columns``: heading → field; ``rows``: people taken from it;
    ``complete``: all of them."""

    name: str
    digest: str
    columns: Mapping[str, str]
    fields: tuple[str, ...]
    rows: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign with its plan. ``start_at``, ``decide_at``, ``…_at`` in ms; ``wall`` and ``zone``: at each recipient's
    local time. ``winner``: a variant's id. ``problem``: why it stopped by itself, None when it did not."""

    id: int
    state: State
    plan: Plan
    file: File | None
    start_at: int | None
    wall: str
    zone: str
    decide_at: int | None
    winner: int | None
    run: int
    problem: Mapping[str, Any] | None
    origin: int | None
    created_at: int
    changed_at: int
    launched_at: int | None
    finished_at: int | None
    meant: Target | None

    @property
    def undecided(self) -> bool:
        """Whether a winner is still to be found."""
        test = self.plan.test
        return test is not None and test.share < 100 and self.winner is None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is: ``total`` messages so far, ``open`` ones, ``deferred`` ones, people ``seen``, why people were
    ``left_out`` (reason → people), and whether all people are ``expanded``."""

    total: int
    open: int
    deferred: int
    seen: int
    left_out: Mapping[str, int]
    expanded: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of the audience on its way into the ledger."""

    id: int
    run: int
    part: Part
    filed: bool
    zone: str | None
    start_at: int
    now: int
    position: int
    done: bool
    seen: int
    added: int
    left_out: Mapping[str, int]


class Slice(NamedTuple):
    """What one transaction of an expansion did. ``more``: there is more to do now; ``queue``: to be rung for."""

    more: bool
    added: int
    queue: str
