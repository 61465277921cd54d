"""Campaigns in words: where they are, whom they mean, what came of them; and the same for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bocau import campaigns, relays
from bocau.audience import Counted, Target, lists
from bocau.audience.states import reason_word
from bocau.base.db import Connection
from bocau.base.errors import retold
from bocau.base.words import N_, figure, say
from bocau.campaigns import Campaign, State
from bocau.campaigns.states import STATE_WORDS
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import exact, harmless, moment

PARTS = {
    "lists": N_("list {name}"),
    "segments": N_("segment {name}"),
    "tags": N_("tag {name}"),
    "not_lists": N_("not list {name}"),
    "not_segments": N_("not segment {name}"),
    "not_tags": N_("not tag {name}"),
}
Progress = Mapping[str, Any]


def state_word(state: State) -> str:
    return say(STATE_WORDS[state])


def describe(connection: Connection, found: Campaign, progress: Progress) -> dict[str, Any]:
    """A campaign for programs."""
    plan = found.plan
    test = plan.test
    names = {one.id: one.name for one in plan.variants}
    return {
        "id": found.id,
        "name": plan.name,
        "state": found.state.name,
        "from": plan.sender,
        "target": _target(connection, plan.target),
        "file": found.file.name if found.file else None,
        "variants": [_variant(one, plan.sender) for one in plan.variants],
        "test": {"share": test.share, "by": test.by.value, "wait_seconds": test.wait // 1000} if test else None,
        "winner": names.get(found.winner or 0),
        "decides_at": exact(found.decide_at),
        "options": plan.options.as_dict(),
        "queue": plan.queue,
        "relay": relays.relay_names(connection).get(plan.relay) if plan.relay is not None else None,
        "start_at": None if found.wall else exact(found.start_at),
        "local_time": found.wall or None,
        "zone": found.zone or None,
        "problem": problem(found) or None,
        "copy_of": found.origin,
        **{name: exact(getattr(found, name)) for name in ("created_at", "launched_at", "finished_at")},
        "progress": dict(progress),
    }


def problem(found: Campaign) -> str:
    """Why it stopped by itself, in the current language; empty when it did not."""
    return retold(found.problem) if found.problem else ""


def list_for_people(rows: Sequence[tuple[Campaign, Progress]]) -> None:
    if not rows:
        tell(say(N_("No campaigns yet. Make one: bocau campaigns create")))
        return
    heads = (N_("Name"), N_("State"), N_("People"), N_("Waiting"), N_("Starts"), N_("Finished"))
    name, state, people, waiting, starts, finished = map(say, heads)
    lines = [
        (
            one.id,
            harmless(one.plan.name),
            state_word(one.state),
            figure(told["total"]),
            figure(told["open"] + told["deferred"]),
            _start(one),
            moment(one.finished_at),
        )
        for one, told in rows
    ]
    table((">ID", name, state, f">{people}", f">{waiting}", starts, finished), lines)


def one_for_people(connection: Connection, found: Campaign, progress: Progress) -> None:
    plan = found.plan
    tell(say(N_("Campaign {id}: {name}"), id=found.id, name=harmless(plan.name)))
    names = {one.id: one.name for one in plan.variants}
    facts = [
        (N_("State"), state_word(found.state)),
        (N_("Problem"), problem(found)),
        (N_("From"), harmless(plan.sender)),
        (N_("To"), _whom(connection, found)),
        (N_("Starts"), _start(found)),
        (N_("Created"), moment(found.created_at)),
        (N_("Launched"), moment(found.launched_at)),
        (N_("Finished"), moment(found.finished_at)),
        (N_("Test"), _test(found)),
        (N_("Winner"), harmless(names.get(found.winner or 0, ""))),
    ]
    for title, value in facts:
        if value:
            tell(f"  {say(title)}: {value}")
    for one in plan.variants:
        tell(f"  {harmless(one.name)}: {harmless(one.source.subject)}")
    if found.launched_at:
        progress_for_people(progress)


def progress_for_people(progress: Progress) -> None:
    """How many mails there are, and who was left out."""
    text = N_("Mails: {total}, of which {open} are waiting and {deferred} will be tried again later")
    tell("  " + say(text, **{name: figure(progress[name]) for name in ("total", "open", "deferred")}))
    if not progress["expanded"]:
        tell("  " + say(N_("Its recipients are still being added.")))
    left_out_for_people(progress["left_out"])


def left_out_for_people(left_out: Mapping[str, int]) -> None:
    for reason, count in sorted(left_out.items(), key=lambda one: -one[1]):
        tell("  " + say(N_("Left out: {count} ({reason})"), count=figure(count), reason=harmless(reason_word(reason))))


def counted_for_people(counted: Counted) -> None:
    tell(
        say(
            N_("{mailable} of {total} people will get it."),
            mailable=figure(counted.mailable),
            total=figure(counted.total),
        )
    )
    left_out_for_people(counted.left_out)


def _variant(one: campaigns.Variant, sender: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "subject": one.source.subject,
        "from": one.sender or sender,
        "submission": one.submission,
        "content": one.content,
    }


def _target(connection: Connection, target: Target) -> dict[str, Any]:
    """With names of lists in place of their numbers."""
    names = {one.id: one.name for one in lists.every(connection)}
    told: dict[str, Any] = {"everyone": target.everyone}
    for part in PARTS:
        values = getattr(target, part)
        told[part] = [names.get(value, str(value)) if part.endswith("lists") else value for value in values]
    return told


def _whom(connection: Connection, found: Campaign) -> str:
    told = _target(connection, found.plan.target)
    words = [say(N_("all contacts"))] if told["everyone"] else []
    if found.file is not None:
        words.append(say(N_("{count} people of {file}"), count=figure(found.file.rows), file=harmless(found.file.name)))
    for part, text in PARTS.items():
        words += [say(text, name=harmless(name)) for name in told[part]]
    return ", ".join(words)


def _start(found: Campaign) -> str:
    if found.wall:
        return say(N_("{time} where each recipient is"), time=found.wall.replace("T", " "))
    return moment(found.start_at)


def _test(found: Campaign) -> str:
    test = found.plan.test
    if test is None:
        return ""
    if test.share == 100:
        return say(N_("everybody gets one of the variants"))
    by = {"opens": N_("opens"), "clicks": N_("clicks"), "hand": N_("hand")}[test.by.value]
    return say(N_("{share} % of the recipients, decided by {by}"), share=test.share, by=say(by))
