"""A campaign's file of people, taken in chunk by chunk; the same command again goes on where it was."""

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from bocau import intake
from bocau.base.db import transaction
from bocau.base.words import N_, figure, say
from bocau.campaigns import filed
from bocau.campaigns.shapes import File
from bocau.doors.cli.campaigns.asked import Asked
from bocau.doors.cli.terminal.frame import tell
from bocau.doors.cli.terminal.screen import as_json, console
from bocau.wiring import Parts

TOLD = 10
"""Problems of rows that are told one by one."""


def take_in(parts: Parts, campaign_id: int, path: Path, asked: Asked) -> int:
    """Read the file into the campaign; how many people. Raises what reading a file raises."""
    reading = intake.Reading(encoding=asked.encoding, delimiter=asked.delimiter, sheet=asked.sheet)
    wishes = intake.Wishes(email=asked.email_column, name=asked.name_column)
    with intake.open_table(path, reading) as table:
        found = intake.survey(table, wishes)
        columns = found.columns
        known = File(path.name, table.digest, columns.by_heading(), tuple(columns.known()))
        with transaction(parts.db) as connection:
            fresh = filed.begin_file(connection, campaign_id, known)
        if fresh:
            _add(parts, campaign_id, intake.expand(table, found), say(N_("Reading {path} …"), path=path.name))
    with transaction(parts.db) as connection:
        return filed.end_file(connection, campaign_id)


def _add(parts: Parts, campaign_id: int, chunks: Iterable[intake.Chunk], text: str) -> None:
    problems = 0
    with nullcontext() if as_json() else console(stderr=True).status(text):
        for chunk in chunks:
            with transaction(parts.db) as connection:
                filed.add_file_rows(connection, campaign_id, chunk.messages)
            for problem in chunk.problems:
                problems += 1
                if problems <= TOLD:
                    place = N_("Row {row}, {column}: {reason}")
                    tell(say(place, row=problem.row, column=problem.column, reason=problem.why()))
    if problems:
        tell(say(N_("{count} rows of the file get no mail."), count=figure(problems)))
