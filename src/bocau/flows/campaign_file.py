"""A draft's file of people, taken into its campaign: a chunk a transaction, progress as data.

In this order, whatever door it comes in by::

    taking = CampaignFile(engine, campaign_id, table, wishes)
    if taking.begin():
        for step in taking.steps():                   # each is committed when it comes
            …
    people = taking.finish()

A process that is gone in between loses nothing: the same file again is read from its beginning, and who is in is left out.
"""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau import intake
from bocau.base.db import transaction
from bocau.campaigns import filed
from bocau.campaigns.shapes import File
from bocau.intake import Problem, Table, Wishes


class Step(NamedTuple):
    """A chunk that is in. ``added``: people who are new; ``last``: the file's row that was read last; ``problems``: of rows
    that stand for nobody, or are worth a look."""

    added: int
    last: int
    problems: Sequence[Problem]


class CampaignFile:
    """One file on its way into a draft."""

    def __init__(self, engine: sa.Engine, campaign_id: int, table: Table, wishes: Wishes) -> None:
        self.engine, self.campaign_id, self.table, self.wishes = engine, campaign_id, table, wishes
        self._found: intake.Survey | None = None

    def begin(self) -> bool:
        """Read the file once and say which one it is; another one's people go. False: all of this one are in already.

        Raises CampaignUnknownError, CampaignStepWrongError, and what reading a table raises."""
        self._found = intake.survey(self.table, self.wishes)
        columns = self._found.columns
        file = File(self.table.path.name, self.table.digest, columns.by_heading(), tuple(columns.known()))
        with transaction(self.engine) as connection:
            return filed.begin_file(connection, self.campaign_id, file)

    def steps(self) -> Generator[Step, None, None]:
        """Take its people in, chunk after chunk. Raises CampaignStepWrongError when it is a draft no more."""
        assert self._found is not None
        for chunk in intake.expand(self.table, self._found):
            with transaction(self.engine) as connection:
                added = filed.add_file_rows(connection, self.campaign_id, chunk.messages)
            yield Step(added, chunk.last, chunk.problems)

    def finish(self) -> int:
        """All are in; how many people."""
        with transaction(self.engine) as connection:
            return filed.end_file(connection, self.campaign_id)
