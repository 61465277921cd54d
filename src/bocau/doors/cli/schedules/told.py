"""How schedules and their times are told."""

from collections.abc import Sequence
from typing import Any

from bocau import schedules
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import exact, harmless, moment
from bocau.schedules import Does, Firing, Rule, Schedule, State, wording, zones

DOES = {
    Does.launch: N_("launches campaign {number}"),
    Does.copy: N_("launches a copy of campaign {number}"),
    Does.report: N_("sends a report"),
}
STATES = {
    State.making: N_("being made"),
    State.done: N_("done"),
    State.skipped: N_("skipped"),
    State.failed: N_("failed"),
    State.empty: N_("nothing to report"),
}
SOURCES = {"file": N_("the file"), "url": N_("the web address"), "sql": N_("the database")}
NEXT = 5


def describe(one: Schedule) -> dict[str, Any]:
    """A schedule for programs."""
    plan = one.plan
    report = plan.report
    return {
        "id": one.id,
        "name": plan.name,
        "does": plan.does.value,
        "campaign": plan.campaign,
        "rule": rule_told(plan.rule),
        "report": None
        if report is None
        else {
            "source": dict(report.source),
            "from": report.sender,
            "to": list(report.to),
            "attach": list(report.attach),
            "chart": dict(report.chart),
            "skip_empty": report.skip_empty,
        },
        "missed": plan.policy.value,
        "grace_minutes": plan.grace // 60_000,
        "paused": one.paused,
        "next_at": None if one.next_at is None else zones.exact(one.next_at, plan.rule.zone),
    }


def rule_told(rule: Rule) -> dict[str, str]:
    return {"kind": rule.kind, "text": rule.text, "zone": rule.zone}


def happened(one: Firing, zone: str) -> dict[str, Any]:
    """A time that came, for programs."""
    told: dict[str, Any] = {name: one.detail[name] for name in ("rows", "code") if name in one.detail}
    if one.problem:
        told["error"] = one.problem
    return {
        "at": zones.exact(one.at, zone),
        "fired_at": exact(one.fired_at),
        "state": one.state.name,
        "campaign": one.campaign,
        "submission": one.submission,
        "attempts": one.attempts,
        "again_at": exact(one.due_at),
        **told,
    }


def does(one: Schedule) -> str:
    return say(DOES[one.plan.does], number=one.plan.campaign)


def list_for_people(found: Sequence[Schedule]) -> None:
    if not found:
        tell(say(N_("No schedules yet. `bocau schedules create` creates one.")))
        return
    lines = [
        (
            one.id,
            harmless(one.plan.name),
            does(one),
            str(wording.in_words(one.plan.rule) or one.plan.rule.text),
            next_told(one),
        )
        for one in found
    ]
    table((">ID", say(N_("Name")), say(N_("Action")), say(N_("Rule")), say(N_("Next"))), lines)


def next_told(one: Schedule) -> str:
    if one.paused:
        return say(N_("paused"))
    return say(N_("ended")) if one.next_at is None else zones.told(one.next_at, one.plan.rule.zone)


def times(rule: Rule, now: int, count: int = NEXT) -> list[int]:
    return schedules.following(rule, now, count)


def times_for_people(rule: Rule, found: Sequence[int]) -> None:
    for at in found:
        tell("  " + zones.told(at, rule.zone))
    if not found:
        tell(say(N_("It has no more times to come.")))


def one_for_people(one: Schedule, coming: Sequence[int]) -> None:
    tell(say(N_("Schedule {id}: {name}"), id=one.id, name=harmless(one.plan.name)))
    tell(f"  {say(N_('Action'))}: {does(one)}")
    tell(f"  {say(N_('Rule'))}: {_rule(one.plan.rule)}")
    if one.plan.report is not None:
        source = one.plan.report.source
        tell(f"  {say(N_('Data'))}: {say(SOURCES[source['kind']])} {harmless(source['place'])}")
        tell(f"  {say(N_('To'))}: {harmless(', '.join(one.plan.report.to))}")
    if one.paused:
        tell("  " + say(N_("It is paused.")))
        return
    tell(say(N_("Its next times:")))
    times_for_people(one.plan.rule, coming)


def history_for_people(found: Sequence[Firing], zone: str) -> None:
    if not found:
        tell(say(N_("None of its times has come yet.")))
        return
    lines = [
        (
            zones.told(one.at, zone),
            moment(one.fired_at),
            _state(one),
            one.campaign or "",
            one.submission or "",
            harmless(one.problem),
        )
        for one in found
    ]
    heads = (N_("Time"), N_("Ran at"), N_("State"), N_("Campaign"), N_("Submission"), N_("Reason"))
    table([say(head) for head in heads], lines)


def _state(one: Firing) -> str:
    if one.put_off:
        return say(N_("failed; will be tried again at {time}"), time=moment(one.due_at))
    return say(N_("waiting to be made")) if one.state is State.making and not one.attempts else say(STATES[one.state])


def _rule(rule: Rule) -> str:
    words, bare = wording.in_words(rule), f"{rule.kind} {rule.text}"
    return f"{words} ({rule.zone}; {bare})" if words else f"{bare} ({rule.zone})"
