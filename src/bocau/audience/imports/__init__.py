"""Contacts come in from files, a chunk a transaction; an import can be stopped, go on, and be undone.

The door plans, begins, and then stores chunk after chunk, each in a transaction of its own::

    proposal = propose(connection, table, wishes)
    plan = define(connection, Plan(proposal.columns), now)
    run = begin(connection, table.path, table.digest, plan, now)
    for chunk in chunks(table, run, clock):
        with transaction(engine) as connection:
            stored = store(connection, run, chunk)
    finish(connection, run.id, now)

Whoever loses its process in between begins again with the same file and plan, and finds the run where it was.
``statuses`` also reads, for others who take people from files, whom a file says to get no mail.
"""

from bocau.audience.imports.chunk import Chunk
from bocau.audience.imports.errors import (
    ImportBusyError,
    ImportConsentMissingError,
    ImportFileDiffersError,
    ImportMapWrongError,
    ImportOverError,
    ImportStaleError,
    ImportTypeWrongError,
    ImportUndoneError,
    ImportUnknownError,
)
from bocau.audience.imports.planning import Wishes, define, propose
from bocau.audience.imports.preparing import chunks
from bocau.audience.imports.runs import begin, every, finish, resume, show, stop
from bocau.audience.imports.shapes import EXPORTED, NO_HEADINGS, Column, Example, Merge, Plan, Proposal, Run, State
from bocau.audience.imports.storing import Stored, store
from bocau.audience.imports.undoing import Undone, undo_anew, undo_slice

__all__ = [
    "EXPORTED",
    "NO_HEADINGS",
    "Chunk",
    "Column",
    "Example",
    "ImportBusyError",
    "ImportConsentMissingError",
    "ImportFileDiffersError",
    "ImportMapWrongError",
    "ImportOverError",
    "ImportStaleError",
    "ImportTypeWrongError",
    "ImportUndoneError",
    "ImportUnknownError",
    "Merge",
    "Plan",
    "Proposal",
    "Run",
    "State",
    "Stored",
    "Undone",
    "Wishes",
    "begin",
    "chunks",
    "define",
    "every",
    "finish",
    "propose",
    "resume",
    "show",
    "stop",
    "store",
    "undo_anew",
    "undo_slice",
]
