"""A sending that could not begin, or stopped by itself, is told by mail to whoever is responsible: once for each cause.

The mail goes to the setting ``notices_to``; without it to where replies to the sending go, else to its sender.
"""

from collections.abc import Sequence
from typing import NamedTuple

import structlog

from bocau import intake
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase, language
from bocau.campaigns.installation import Installation
from bocau.campaigns.orders import TEST_QUEUE, TEST_STREAM
from bocau.campaigns.shapes import Campaign
from bocau.content import Source
from bocau.ledger.options import Options

log = structlog.get_logger()
SOURCE = Source(subject="{{ subject }}", text="{{ text }}")
NOT_STARTED = N_("Not sent: campaign “{name}” could not start")
STOPPED = N_("Stopped: campaign “{name}” could not go on")
NOBODY = N_("Nobody got it. It is a draft again; nothing of it was lost.")
SOME = N_("It is paused: who has it keeps it, and nobody else gets it until you resume it.")
SEE = N_("See it: {command}")


class Notice(NamedTuple):
    """``key``: equal key, one mail. ``sender``: From as a mailbox; ``to``: mailboxes, unless the installation names some.
    ``lines``: what happened, what was not lost, what to do: paragraphs."""

    key: str
    sender: str
    to: Sequence[str]
    subject: Phrase
    lines: Sequence[object]


def not_started(
    connection: Connection, campaign: Campaign, error: BocauError, now: int, installation: Installation
) -> None:
    """A campaign's hour came, and it is a draft again. ``now`` in ms."""
    key = f"notice:campaign:{campaign.id}:{campaign.start_at}:{error.code}"
    _of(
        connection,
        campaign,
        Phrase(NOT_STARTED, name=campaign.plan.name),
        (key, error, NOBODY),
        now=now,
        installation=installation,
    )


def stopped(
    connection: Connection, campaign: Campaign, error: BocauError, now: int, installation: Installation
) -> None:
    """A campaign paused itself while its people were read."""
    key = f"notice:campaign:{campaign.id}:run{campaign.run}:{error.code}"
    _of(
        connection,
        campaign,
        Phrase(STOPPED, name=campaign.plan.name),
        (key, error, SOME),
        now=now,
        installation=installation,
    )


def send(connection: Connection, notice: Notice, now: int, installation: Installation) -> None:
    """Put the mail into the ledger; the same notice again is the same mail. What keeps it from going is logged: the sending
    it tells of is not touched by that."""
    before = language.set(installation.language)
    try:
        text = "\n\n".join(filter(None, map(str, notice.lines))) + "\n"
        data = {"subject": str(notice.subject), "text": text}
        order = intake.Order(
            source=SOURCE,
            sender=notice.sender,
            stream=TEST_STREAM,
            queue=TEST_QUEUE,
            name=data["subject"],
            options=Options(),
            time_to_live=installation.test_time_to_live,
        )
        people = intake.few(installation.notices_to or list(notice.to), data)
        with connection.begin_nested():
            intake.submit(connection, order, people, notice.key, now)
    except BocauError as error:
        log.warning("notice_failed", key=notice.key, code=error.code)
    finally:
        language.reset(before)


def paragraphs(error: BocauError, lost: str, command: str) -> list[object]:
    """Of an error: its sentence, what was not lost, its hint, where to look."""
    return [error, Phrase(lost), _Advice(error), Phrase(SEE, command=command)]


class _Advice:
    """An error's hint, in the language of the moment it is shown."""

    def __init__(self, error: BocauError) -> None:
        self.error = error

    def __str__(self) -> str:
        return self.error.advice()


def _of(
    connection: Connection,
    campaign: Campaign,
    subject: Phrase,
    cause: tuple[str, BocauError, str],
    *,
    now: int,
    installation: Installation,
) -> None:
    key, error, lost = cause
    to = [campaign.plan.options.reply_to or campaign.plan.sender]
    lines = paragraphs(error, lost, f"bocau campaigns show {campaign.id}")
    send(connection, Notice(key, campaign.plan.sender, to, subject, lines), now, installation)
