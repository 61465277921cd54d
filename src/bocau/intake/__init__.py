"""The one way into the ledger: a file, a few people or one become messages, each checked, each once.

Owns lists of recipients, checking rows and orders, and the submission's key. Never sends, never commits.
Talks to ledger, content, attachments, sheets, cells and wire.
"""

from bocau.intake.enclose import Encloser
from bocau.intake.expand import Chunk, expand
from bocau.intake.few import few
from bocau.intake.strict import strictly
from bocau.intake.submit import Order, Submitted, add, begin, check_fields, check_order, finish, key_of, submit
from bocau.intake.survey import Survey, survey
from bocau.sheets.columns import Columns, Wishes
from bocau.sheets.opening import open_table
from bocau.sheets.report import Report
from bocau.sheets.rows import Problem
from bocau.sheets.table import Reading, Table

__all__ = [
    "Chunk",
    "Columns",
    "Encloser",
    "Order",
    "Problem",
    "Reading",
    "Report",
    "Submitted",
    "Survey",
    "Table",
    "Wishes",
    "add",
    "begin",
    "check_fields",
    "check_order",
    "expand",
    "few",
    "finish",
    "key_of",
    "open_table",
    "strictly",
    "submit",
    "survey",
]
