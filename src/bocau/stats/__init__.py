"""How many: queued, sent, failed, opened … by campaign, hour, domain, relay, link.

Owns: roll-up tables that can be counted anew from messages and events. Never: changes a message or an event (but says of
both that they are counted). Talks to: ledger (``tally``), events (``counting``).
"""

from bocau.stats.export import HEADER, lines
from bocau.stats.fold import fold
from bocau.stats.queries import EVERYTHING
from bocau.stats.read import Report, Table, read, totals
from bocau.stats.rebuild import Rebuilt, rebuild
from bocau.stats.rules import MEASURES

__all__ = [
    "EVERYTHING",
    "HEADER",
    "MEASURES",
    "Rebuilt",
    "Report",
    "Table",
    "fold",
    "lines",
    "read",
    "rebuild",
    "totals",
]
