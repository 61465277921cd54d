"""The built-in mailbox: an SMTP server that catches every mail and shows it, until a real relay is set.

Owns: ``sandbox/`` in the data folder. Never: hands a mail on to anybody. Talks to: wire.
The server itself is imported from ``bocau.sandbox.serve``.
"""

from bocau.sandbox.mailbox import Caught, Entry, Mailbox, Tally
from bocau.sandbox.reading import File, Readable, attachment, read
from bocau.sandbox.search import PLACES, Page, Place, Query, search

__all__ = [
    "PLACES",
    "Caught",
    "Entry",
    "File",
    "Mailbox",
    "Page",
    "Place",
    "Query",
    "Readable",
    "Tally",
    "attachment",
    "read",
    "search",
]
