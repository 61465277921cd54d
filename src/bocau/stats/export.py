"""A report as lines: for spreadsheets and other programs."""

from collections.abc import Iterator

from bocau.stats.read import Report
from bocau.stats.rules import ALL, BY_DOMAIN, BY_HOUR, BY_LINK, BY_RELAY

HEADER = ("dimension", "key", "measure", "count")


def lines(report: Report) -> Iterator[tuple[str, str, str, int]]:
    """One line per figure that is not zero: dimension (all, hour, domain, relay, link), key, measure, count."""
    for measure, n in report.totals.items():
        yield ALL, "", measure, n
    for dim in (BY_HOUR, BY_DOMAIN, BY_RELAY, BY_LINK):
        for key, counts in report.table(dim).items():
            for measure, n in counts.items():
                yield dim, key, measure, n
