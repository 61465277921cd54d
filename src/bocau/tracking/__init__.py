"""What comes back through our own links: opens, clicks, unsubscribing, preferences.

Owns: the words in links, the files that keep hits until the database has them, and what is done when somebody leaves.
Never: redirects to what a visitor names. Talks to: audience, ledger, content, events.
"""

from bocau.tracking.ingest import folder, ingest
from bocau.tracking.leave import Reader, preferences, reader, set_preferences, unsubscribe, withdraw_everywhere
from bocau.tracking.spool import Hit, Spool
from bocau.tracking.words import Copy, Words

__all__ = [
    "Copy",
    "Hit",
    "Reader",
    "Spool",
    "Words",
    "folder",
    "ingest",
    "preferences",
    "reader",
    "set_preferences",
    "unsubscribe",
    "withdraw_everywhere",
]
