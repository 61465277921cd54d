"""A campaign's file of people, taken in chunk by chunk; the same command again goes on where it was."""

from pathlib import Path

from bocau import intake
from bocau.base.words import N_, figure, say
from bocau.doors.cli.campaigns.asked import Asked
from bocau.doors.cli.terminal.bar import busy
from bocau.doors.cli.terminal.frame import tell
from bocau.flows.campaign_file import CampaignFile
from bocau.wiring import Parts

TOLD = 10
"""Problems of rows that are told one by one."""


def take_in(parts: Parts, campaign_id: int, path: Path, asked: Asked) -> int:
    """Read the file into the campaign; how many people. Raises what reading a file raises."""
    reading = intake.Reading(encoding=asked.encoding, delimiter=asked.delimiter, sheet=asked.sheet)
    wishes = intake.Wishes(email=asked.email_column, name=asked.name_column)
    with intake.open_table(path, reading) as table:
        file = CampaignFile(parts.db, campaign_id, table, wishes)
        if file.begin():
            _add(file, say(N_("Reading {path} …"), path=path.name))
    return file.finish()


def _add(file: CampaignFile, text: str) -> None:
    problems = refused = 0
    with busy(text):
        for step in file.steps():
            for problem in step.problems:
                problems += 1
                refused += not problem.mailed
                if problems <= TOLD:
                    place = N_("Row {row}, {column}: {reason}")
                    tell(say(place, row=problem.row, column=problem.column, reason=problem.why()))
    if refused:
        tell(say(N_("{count} rows of the file get no mail."), count=figure(refused)))
