"""`bocau messages`: what happened to each mail; try again."""

from collections.abc import Sequence

import click

from bocau import ledger, relays
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import (
    Exit,
    Noun,
    argument,
    confirm,
    leave,
    option,
    pass_parts,
    show,
    table,
    tell,
    warn,
)
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.flows.story import MessageStory, story
from bocau.ledger import Filter, MessageState
from bocau.ledger.titles import message_sentence, message_state
from bocau.ledger.view import MessageView, message_view
from bocau.wire import address as addresses
from bocau.wiring import Parts

STEP = 1000
RETRIABLE = ("failed", "unknown", "expired")
BIGGEST = 2**63 - 1
Number = click.IntRange(1, BIGGEST)


class RetryUnconfirmedError(BocauError):
    code = "retry-unconfirmed"
    sentence = N_("{count} of these mails may have arrived already. Nothing was queued.")
    hint = N_("Add --yes to send them again; mail programs often hide a second copy, as the Message-ID is the same.")


@click.group(cls=Noun, help=N_("What happened to each mail; retry failed ones."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List messages, oldest first."))
@option("--state", type=click.Choice([s.name for s in MessageState]), help=N_("Only messages in this state."))
@option("--submission", type=Number, help=N_("Only messages of this submission."))
@option("--address", help=N_("Only messages to this address."))
@option(
    "--after", type=click.IntRange(0, BIGGEST), default=0, help=N_("Only messages after this number: the next page.")
)
@option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help=N_("At most this many."))
@pass_parts
def list_messages(
    parts: Parts, *, state: str | None, submission: int | None, address: str | None, after: int, limit: int
) -> None:
    """One page of messages."""
    key = addresses.check(address).recipient if address else None
    wanted = Filter(submission, MessageState[state] if state else None, after, limit + 1, key)
    with reading(parts.db) as connection:
        names = relays.relay_names(connection)
        found = [message_view(row, names) for row in ledger.list_messages(connection, wanted)]
    rows, more = found[:limit], len(found) > limit
    data = {"messages": [row.as_dict() for row in rows], "next_after": rows[-1].id if more else None}
    show(data, lambda: _page(rows, more))


@command.command("show", help=N_("Tell the whole story of one message: each attempt, each reply."))
@argument("message_id", type=Number, metavar="NUMBER")
@pass_parts
def show_message(parts: Parts, message_id: int) -> None:
    """One message whole."""
    with reading(parts.db) as connection:
        found = story(connection, message_id)
    show(found.as_dict(), lambda: _story(found))


@command.command(
    "retry",
    help=N_(
        "Queue failed, unknown or expired messages again, with the same Message-ID; attempts are counted "
        "from the start."
    ),
    epilog=N_("Exit codes: 0 all were queued again; 1 some of the given numbers were not."),
)
@argument("numbers", type=Number, nargs=-1)
@option("--submission", type=Number, help=N_("All messages of this submission that are in --state."))
@option("--state", type=click.Choice(RETRIABLE), default="failed", show_default=True, help=N_("With --submission."))
@option("--yes", is_flag=True, help=N_("Do not ask, even when mails may have arrived already."))
@pass_parts
def retry(parts: Parts, *, numbers: Sequence[int], submission: int | None, state: str, yes: bool) -> None:
    """Try again."""
    if bool(numbers) == (submission is not None):
        raise click.UsageError(say(N_("Give message numbers, or --submission.")))
    if submission is None:
        count, refused = _retry_numbers(parts, sorted(set(numbers)), yes)
    else:
        count, refused = _retry_submission(parts, submission, state, yes), {}
    data = {"retried": count, "refused": [{"id": message_id, "state": known} for message_id, known in refused.items()]}
    show(data, lambda: tell(say(N_("{count} messages were queued again."), count=count)))
    for message_id, known in refused.items():
        warn(_refusal(message_id, known))
    if refused:
        leave(Exit.error)


def _retry_numbers(parts: Parts, numbers: Sequence[int], yes: bool) -> tuple[int, dict[int, str | None]]:
    """How many were queued again; which were not, with their state (None: no such message)."""
    with reading(parts.db) as connection:
        found = {message_id: ledger.show_message(connection, message_id) for message_id in numbers}
    states = {message_id: message["state"] if message else None for message_id, message in found.items()}
    able = [message_id for message_id in numbers if states[message_id] in RETRIABLE]
    _confirm(sum(states[message_id] == "unknown" for message_id in able), yes)
    count = _queue(parts, able)
    return count, {message_id: known for message_id, known in states.items() if message_id not in able}


def _retry_submission(parts: Parts, submission: int, state: str, yes: bool) -> int:
    with reading(parts.db) as connection:
        parent = ledger.show_submission(connection, submission)
        if parent is None:
            raise ledger.SubmissionUnknownError(id=submission)
        unsure = ledger.counts(connection, submission)[state] if state == "unknown" else 0
    _confirm(unsure, yes)
    count = after = 0
    while True:
        with reading(parts.db) as connection:
            wanted = Filter(submission, MessageState[state], after=after, limit=STEP)
            ids = [row["id"] for row in ledger.list_messages(connection, wanted)]
        if not ids:
            return count
        count += _queue(parts, ids)
        after = ids[-1]


def _queue(parts: Parts, ids: Sequence[int]) -> int:
    lives = {name: stream.time_to_live for name, stream in parts.settings.streams.items()}
    with transaction(parts.db) as connection:
        return ledger.retry(connection, ids, lives)


def _confirm(unsure: int, yes: bool) -> None:
    """Raises RetryUnconfirmedError unless a person (or --yes) takes on what may be second copies."""
    question = N_("{count} of these mails may have arrived already, and would arrive a second time. Send them?")
    if unsure and not confirm(say(question, count=unsure), yes=yes):
        raise RetryUnconfirmedError(count=unsure)


def _refusal(message_id: int, state: str | None) -> str:
    if state is None:
        return say(N_("Message {id}: there is none."), id=message_id)
    text = N_("Message {id} is {state}; only failed, unknown and expired ones can be tried again.")
    return say(text, id=message_id, state=message_state(state))


def _page(rows: Sequence[MessageView], more: bool) -> None:
    if not rows:
        tell(say(N_("No messages.")))
        return
    heads = (N_("Address"), N_("State"), N_("Attempts"), N_("Last reply"), N_("When"))
    address, state, attempts, answer, when = map(say, heads)
    lines = [
        (
            row.id,
            harmless(row.address),
            message_state(row.state),
            row.attempts,
            harmless(row.answer),
            moment(row.due_at or row.settled_at),
        )
        for row in rows
    ]
    table((">ID", address, state, f">{attempts}", answer, when), lines)
    if more:
        tell(say(N_("There are more: add --after {id}"), id=rows[-1].id))


def _story(found: MessageStory) -> None:
    message = found.message
    tell(say(N_("Message {id} to {address}"), id=message.id, address=harmless(message.address)))
    facts = [
        (say(N_("State")), f"{message_state(message.state)} — {message_sentence(message.state)}"),
        (say(N_("From")), harmless(found.sender)),
        (say(N_("Submission")), f"{message.submission} {harmless(found.submission_name)}".rstrip()),
        (say(N_("Line of the file")), message.row or ""),
        (say(N_("Attempts")), message.attempts),
        (say(N_("Doubts")), message.doubts or ""),
    ]
    for title, value in facts:
        if value != "":
            tell(f"  {title}: {value}")
    table(
        (say(N_("When")), say(N_("What")), ">" + say(N_("Attempt")), say(N_("Relay")), say(N_("The relay's answer"))),
        [
            (moment(s.at), harmless(s.sentence), s.attempt or "", harmless(s.relay), harmless(s.reply))
            for s in found.steps
        ],
    )
    if message.state in RETRIABLE:
        tell(say(N_("To retry it: bocau messages retry {id}"), id=message.id))
