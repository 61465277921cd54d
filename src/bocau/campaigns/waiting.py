"""Why a campaign waits, and why some of its people have no mail: counted, in words."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from bocau import ledger, relays
from bocau.audience.states import reason_word
from bocau.base.clock import here
from bocau.base.db import Connection
from bocau.base.words import N_, Phrase, figure
from bocau.campaigns import queries
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import State
from bocau.ledger import MessageState, SubmissionState
from bocau.ledger.waiting import Unsent, Waiting, unsent, waiting

ENDS = {
    MessageState.expired: N_("it could not be brought within its time"),
    MessageState.cancelled: N_("cancelled before it was sent"),
    MessageState.unknown: N_("the server fell silent: perhaps it arrived"),
}
REFUSED = N_("refused by the receiving server ({code})")
UNMADE = N_("the mail could not be made or is too large")
LEFT = N_("unsubscribed or suppressed after the launch")


class Reason(NamedTuple):
    """So many ``messages`` ended so."""

    why: Phrase | str
    messages: int


def reasons(connection: Connection, campaign: Campaign, now: int) -> list[Phrase]:
    """What a running campaign waits for, as far as the database knows; empty when nothing keeps it. ``now`` in ms."""
    if campaign.state is not State.running:
        return []
    mails = [waiting(connection, one) for one in queries.submissions(connection, campaign.id)]
    return [*_people(connection, campaign, now), *_mails(connection, campaign, mails)]


def why_unsent(connection: Connection, campaign: Campaign) -> list[Reason]:
    """Why people who became messages were not sent theirs, the most frequent first. Reads all rows."""
    found: Counter[str] = Counter()
    for submission_id in queries.submissions(connection, campaign.id):
        for one in unsent(connection, submission_id):
            found[str(_word(one))] += one.messages
    return [Reason(why, count) for why, count in found.most_common()]


def _people(connection: Connection, campaign: Campaign, now: int) -> Iterator[Phrase]:
    if campaign.undecided and campaign.decide_at is not None:
        yield Phrase(N_("its test is decided at {time}"), time=_time(campaign.decide_at))
    later = [leg.start_at for leg in queries.legs(connection, campaign.id) if not leg.done and leg.start_at > now]
    if later:
        yield Phrase(N_("its next people are due at {time}"), time=_time(min(later)))
    for submission_id in queries.submissions(connection, campaign.id):
        if ledger.progress(connection, submission_id).state is SubmissionState.paused:
            told = N_("its submission {id} is paused; go on: bocau submissions resume {id}")
            yield Phrase(told, id=submission_id)


def _mails(connection: Connection, campaign: Campaign, mails: list[Waiting]) -> Iterator[Phrase]:
    if later := sum(one.later for one in mails):
        at = min(one.later_at for one in mails if one.later_at is not None)
        told = N_("{count} mails wait until {time} at least for their turn: limits or quiet hours")
        yield Phrase(told, count=figure(later), time=_time(at))
    if deferred := sum(one.deferred for one in mails):
        at = min(one.due_at for one in mails if one.due_at is not None)
        told = N_("{count} mails were refused for now; they are tried again from {time} on")
        yield Phrase(told, count=figure(deferred), time=_time(at))
    if doubt := sum(one.doubt for one in mails):
        yield Phrase(
            N_("{count} mails are in doubt and held until it is known what became of them"), count=figure(doubt)
        )
    if any(one.ready for one in mails):
        yield from _resting(connection, campaign.plan.relay)


def _resting(connection: Connection, chosen: int | None) -> Iterator[Phrase]:
    names = relays.relay_names(connection)
    for relay_id, circuit in relays.circuits(connection).items():
        if chosen not in (None, relay_id) or not circuit.wait:
            continue
        known = circuit.reason in relays.Trouble.__members__
        why = Phrase(relays.Trouble[circuit.reason].sentence) if known else circuit.reason
        told = N_("the relay {name} is left alone until {time}: {why}")
        yield Phrase(told, name=names.get(relay_id, str(relay_id)), time=_time(circuit.until), why=why)


def _word(one: Unsent) -> Phrase | str:
    if one.state is MessageState.suppressed:
        return reason_word(one.reason) if one.reason else Phrase(LEFT)
    if one.state is MessageState.failed:
        return Phrase(REFUSED, code=one.code) if one.code else Phrase(UNMADE)
    return Phrase(ENDS[one.state])


def _time(ms: int) -> str:
    return f"{here(ms):%Y-%m-%d %H:%M}"
