"""A draft's file of people, taken into its campaign: a chunk a transaction, progress as data.

Whom the file itself says to get no mail, as other programs' exports do, is left out and told.

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

import orjson
import sqlalchemy as sa

from bocau import cells, intake
from bocau.audience.imports import statuses
from bocau.base.db import transaction
from bocau.base.words import Phrase
from bocau.campaigns import filed
from bocau.campaigns.shapes import File
from bocau.intake import Problem, Table, Wishes
from bocau.ledger import NewMessage


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
            messages, problems = self._heeded(chunk)
            with transaction(self.engine) as connection:
                added = filed.add_file_rows(connection, self.campaign_id, messages)
            yield Step(added, chunk.last, problems)

    def _heeded(self, chunk: intake.Chunk) -> tuple[list[NewMessage], list[Problem]]:
        """The chunk's people without those of whom the file says that they get no mail, and all that is told of it."""
        assert self._found is not None
        columns = self._found.columns
        saying = [(at, key) for at, key in enumerate(columns.keys) if statuses.may_say(key)]
        if not saying:
            return chunk.messages, chunk.problems
        kept, told = [], list(chunk.problems)
        for message in chunk.messages:
            data = orjson.loads(message.data)
            for at, key in saying:
                said = statuses.read(key, cells.seen(data[key]))
                if isinstance(said, statuses.Block):
                    reason = Phrase(statuses.LEFT_OUT, word=said.word[:40])
                    told.append(Problem(message.row, columns.label(at), said.word, reason))
                    break
            else:
                kept.append(message)
        return kept, sorted(told, key=lambda one: one.row)

    def finish(self) -> int:
        """All are in; how many people."""
        with transaction(self.engine) as connection:
            return filed.end_file(connection, self.campaign_id)
