"""All or nothing: a list with any problem is refused whole, before anybody is mailed."""

from bocau.intake.errors import RowsRefusedError
from bocau.intake.expand import Enclose, expand
from bocau.intake.survey import Survey
from bocau.sheets.report import Report
from bocau.sheets.table import Table


def strictly(table: Table, survey: Survey, report: Report, enclose: Enclose | None = None) -> None:
    """Go over the whole table and refuse it when there is anything to report. Raises RowsRefusedError."""
    first: dict[int, int] = {}  # hash of the recipient → row
    for chunk in expand(table, survey, enclose):
        pairs = [(one.row, first.setdefault(hash(one.recipient), one.row)) for one in chunk.messages]
        report.add(chunk.with_duplicates(survey, [(row, before) for row, before in pairs if row != before]))
    where = report.done()
    if where is not None:
        raise RowsRefusedError(count=report.count + report.notes, path=table.path.name, report=where)
