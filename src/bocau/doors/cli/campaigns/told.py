"""Campaigns in words: where they are, whom they mean, what came of them."""

from collections.abc import Mapping, Sequence

from bocau.audience import Counted
from bocau.audience.states import reason_word
from bocau.base.words import N_, figure, say
from bocau.campaigns import State, Trial
from bocau.campaigns.shapes import Progress
from bocau.campaigns.states import STATE_WORDS
from bocau.campaigns.view import CampaignView
from bocau.campaigns.waiting import Reason
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import harmless, moment

PARTS = {
    "lists": N_("list {name}"),
    "segments": N_("segment {name}"),
    "tags": N_("tag {name}"),
    "not_lists": N_("not list {name}"),
    "not_segments": N_("not segment {name}"),
    "not_tags": N_("not tag {name}"),
}


def state_word(state: State) -> str:
    return say(STATE_WORDS[state])


def list_for_people(found: Sequence[CampaignView]) -> None:
    if not found:
        tell(say(N_("No campaigns yet. Make one: bocau campaigns create")))
        return
    heads = (N_("Name"), N_("State"), N_("People"), N_("Waiting"), N_("Starts"), N_("Finished"))
    name, state, people, waiting, starts, finished = map(say, heads)
    lines = [
        (
            one.id,
            harmless(one.name),
            f"{state_word(one.state)} (!)" if one.problem else state_word(one.state),
            figure(one.progress.total),
            figure(one.progress.open + one.progress.deferred),
            _start(one),
            moment(one.finished_at),
        )
        for one in found
    ]
    table((">ID", name, state, f">{people}", f">{waiting}", starts, finished), lines)
    if any(one.problem for one in found):
        tell(say(N_("(!) it could not go on by itself; see why: bocau campaigns show ID")))


def one_for_people(one: CampaignView) -> None:
    tell(say(N_("Campaign {id}: {name}"), id=one.id, name=harmless(one.name)))
    facts = [
        (N_("State"), state_word(one.state)),
        (N_("Problem"), one.problem),
        (N_("From"), harmless(one.sender)),
        (N_("To"), _whom(one)),
        (N_("Starts"), _start(one)),
        (N_("Created"), moment(one.created_at)),
        (N_("Launched"), moment(one.launched_at)),
        (N_("Finished"), moment(one.finished_at)),
        (N_("Test"), _test(one.trial)),
        (N_("Winner"), harmless(one.winner or "")),
    ]
    for title, value in facts:
        if value:
            tell(f"  {say(title)}: {value}")
    for variant in one.variants:
        tell(f"  {harmless(variant.name)}: {harmless(variant.subject)}")
    if one.launched_at:
        progress_for_people(one.progress)


def progress_for_people(progress: Progress) -> None:
    """How many mails there are, and who was left out."""
    text = N_("Mails: {total}, of which {open} are waiting and {deferred} will be tried again later")
    tell("  " + say(text, **{name: figure(getattr(progress, name)) for name in ("total", "open", "deferred")}))
    if not progress.expanded:
        tell("  " + say(N_("Its recipients are still being added.")))
    left_out_for_people(progress.left_out)


def left_out_for_people(left_out: Mapping[str, int]) -> None:
    for reason, count in sorted(left_out.items(), key=lambda one: -one[1]):
        tell("  " + say(N_("Left out: {count} ({reason})"), count=figure(count), reason=harmless(reason_word(reason))))


def waits_for_people(waits: Sequence[str]) -> None:
    for one in waits:
        tell("  " + say(N_("It waits: {why}"), why=harmless(one)))


def unsent_for_people(unsent: Sequence[Reason]) -> None:
    for one in unsent:
        tell("  " + say(N_("Not sent: {count} ({reason})"), count=figure(one.messages), reason=harmless(str(one.why))))


def counted_for_people(counted: Counted) -> None:
    tell(
        say(
            N_("{mailable} of {total} people will get it."),
            mailable=figure(counted.mailable),
            total=figure(counted.total),
        )
    )
    left_out_for_people(counted.left_out)


def _whom(one: CampaignView) -> str:
    words = [say(N_("all contacts"))] if one.target.everyone else []
    if one.file is not None:
        words.append(say(N_("{count} people of {file}"), count=figure(one.file.rows), file=harmless(one.file.name)))
    for part, text in PARTS.items():
        words += [say(text, name=harmless(name)) for name in getattr(one.target, part)]
    return ", ".join(words)


def _start(one: CampaignView) -> str:
    if one.wall:
        return say(N_("{time} where each recipient is"), time=one.wall.replace("T", " "))
    return moment(one.start_at)


def _test(test: Trial | None) -> str:
    if test is None:
        return ""
    if test.share == 100:
        return say(N_("everybody gets one of the variants"))
    by = {"opens": N_("opens"), "clicks": N_("clicks"), "hand": N_("hand")}[test.by.value]
    return say(N_("{share} % of the recipients, decided by {by}"), share=test.share, by=say(by))
