"""What came of a campaign: outcomes, and what people did, by variant, hour, domain, relay, link."""

from typing import NamedTuple

from bocau import content, ledger, stats
from bocau.base.db import Connection
from bocau.campaigns import queries
from bocau.ledger import MessageState
from bocau.stats import Report

STATES = tuple(state.name for state in MessageState)
DIMS = ("hour", "domain", "relay", "link")


class Result(NamedTuple):
    """``counts``: state or deed → how many. ``counted``: whether the states are from the roll-ups, as fresh as those."""

    name: str
    submission: int
    counts: dict[str, int]
    counted: bool


def results(connection: Connection, campaign_id: int) -> list[Result]:
    """Each variant's figures. States are read from the rows while the roll-ups lag behind. Raises CampaignUnknownError."""
    queries.show(connection, campaign_id)
    return [
        _result(connection, name, submission)
        for submission, name in queries.submissions(connection, campaign_id).items()
    ]


def report(connection: Connection, campaign_id: int) -> Report:
    """All variants together. Raises CampaignUnknownError."""
    queries.show(connection, campaign_id)
    return stats.read(connection, list(queries.submissions(connection, campaign_id)))


def divided(connection: Connection, campaign_id: int, dim: str) -> stats.Table:
    """One table of the report. By domain the states are those of ``results``: ``total`` all, ``queued`` those that wait.

    Raises CampaignUnknownError.
    """
    table = report(connection, campaign_id).table(dim)
    return {key: _by_state(counts) for key, counts in table.items()} if dim == "domain" else table


def links(connection: Connection, campaign_id: int) -> dict[str, str]:
    """Number of a link → its address as its author wrote it; of variants with different links the first one's."""
    found: dict[str, str] = {}
    for variant in queries.show(connection, campaign_id).plan.variants:
        page = content.compile(content.Version.unsaved(variant.source)).page
        for link in page.links:
            found.setdefault(str(link.number), link.url)
    return found


def _by_state(counts: dict[str, int]) -> dict[str, int]:
    """A line whose ``queued`` counts every mail that was ever accepted, as one whose ``queued`` are those that wait."""
    total = counts.get("queued", 0)
    waiting = total - sum(counts.get(state, 0) for state in STATES if state != "queued")
    return {"total": total, **counts, "queued": waiting}


def _result(connection: Connection, name: str, submission: int) -> Result:
    told = stats.read(connection, [submission], most=0)
    deeds = {measure: n for measure, n in told.totals.items() if measure not in STATES}
    total = ledger.progress(connection, submission).total
    counted = told.of("queued") == total
    if counted:
        states = {state: told.of(state) for state in STATES} | {"queued": told.waiting}
    else:
        states = ledger.counts(connection, submission)
    return Result(name, submission, {"total": total, **states, **deeds}, counted)
