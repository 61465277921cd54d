"""Counts in words: the name of each measure, tables for people."""

from collections.abc import Mapping

from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.stats import MEASURES, Report

WORDS = {
    "queued": N_("accepted"),
    "deferred": N_("deferred"),
    "doubted": N_("in doubt"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "unknown": N_("unknown"),
    "expired": N_("expired"),
    "suppressed": N_("suppressed"),
    "opened": N_("opened"),
    "opened_people": N_("people who opened"),
    "opened_people_by_proxy": N_("of these only by a mail provider's proxy"),
    "read_people": N_("people who opened or clicked"),
    "opened_by_proxy": N_("fetched by mail providers"),
    "opened_by_scanner": N_("opened by scanners"),
    "clicked": N_("clicks"),
    "clicked_people": N_("people who clicked"),
    "clicked_by_proxy": N_("followed by mail providers"),
    "clicked_by_scanner": N_("followed by scanners"),
    "unsubscribed": N_("unsubscribed"),
    "bounced": N_("bounced"),
    "complained": N_("complaints"),
}
BY_WORDS = {"hour": N_("Hour (UTC)"), "domain": N_("Domain"), "relay": N_("Relay"), "link": N_("Link")}
SHARED = frozenset(
    (
        "opened_people",
        "opened_people_by_proxy",
        "read_people",
        "clicked_people",
        "unsubscribed",
        "bounced",
        "complained",
    )
)
"""Measures that are shown as a share of what was sent."""
DAILY = ("sent", "failed", "opened", "clicked", "unsubscribed", "bounced", "complained")


def word(measure: str) -> str:
    """The measure's name in the current language."""
    return say(WORDS[measure])


def title(by: str, key: str, relays: Mapping[str, str]) -> str:
    """What a line of a table is about. ``relays``: id → name."""
    if by == "relay":
        return harmless(relays.get(key, key))
    return harmless(key)


def share(part: float) -> str:
    """A part of 1, in per cent."""
    return f"{figure(100 * part, 1)}%"


def of_submissions(report: Report) -> None:
    """The totals, with shares of what was sent."""
    if not report.totals:
        tell(say(N_("Nothing has been counted there yet.")))
        return
    sent = report.of("sent")
    lines: list[tuple[str, str, str]] = []
    for name in MEASURES:
        count = report.of(name)
        if count:
            lines.append((word(name), figure(count), share(count / sent) if sent and name in SHARED else ""))
    if report.waiting:
        lines.insert(1, (say(N_("waiting")), figure(report.waiting), ""))
    table((say(N_("Figure")), ">" + say(N_("How many")), ">" + say(N_("Of those sent"))), lines)


def by_day(days: Mapping[str, Mapping[str, int]]) -> None:
    """One line per day (UTC)."""
    if days:
        heads = (say(N_("Day (UTC)")), *(f">{word(name)}" for name in DAILY))
        table(heads, [(day, *(figure(counts.get(name, 0)) for name in DAILY)) for day, counts in days.items()])
