"""How schedules and their times are told."""

from collections.abc import Sequence

from bocau.base import clock
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import table, tell, warn
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.schedules import Does, Rule, State, skipping, wording, zones
from bocau.schedules.view import FiringView, ScheduleView, TimesView

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


def does(one: ScheduleView) -> str:
    return say(DOES[one.does], number=one.campaign)


def list_for_people(found: Sequence[ScheduleView]) -> None:
    if not found:
        tell(say(N_("No schedules yet. `bocau schedules create` creates one.")))
        return
    lines = [(one.id, harmless(one.name), does(one), _short(one.rule), next_told(one)) for one in found]
    table((">ID", say(N_("Name")), say(N_("Action")), say(N_("Rule")), say(N_("Next"))), lines)


def _short(rule: Rule) -> str:
    """In one line, with what it leaves out, and with its zone where that is not the reader's."""
    told = str(wording.in_words(rule) or rule.text)
    if skipping.skips(rule):
        told += " " + say(N_("(some are left out)"))
    return told if rule.zone == clock.zone().key else f"{told} ({rule.zone})"


def next_told(one: ScheduleView) -> str:
    told = _next(one)
    return say(N_("{next}; the last time failed"), next=told) if one.problem else told


def _next(one: ScheduleView) -> str:
    if one.paused:
        return say(N_("paused"))
    return say(N_("ended")) if one.next_at is None else zones.told(one.next_at, one.rule.zone)


def times_for_people(times: TimesView) -> None:
    _tell_left_out(times.rule)
    for at in times.coming:
        tell("  " + zones.told(at, times.rule.zone))
    if not times.coming:
        tell(say(N_("It has no more times to come.")))


def _tell_left_out(rule: Rule) -> None:
    if left_out := skipping.told(rule):
        warn(str(left_out))


def one_for_people(one: ScheduleView) -> None:
    tell(say(N_("Schedule {id}: {name}"), id=one.id, name=harmless(one.name)))
    tell(f"  {say(N_('Action'))}: {does(one)}")
    tell(f"  {say(N_('Rule'))}: {_rule(one.rule)}")
    if one.problem:
        tell(f"  {say(N_('Problem'))}: {harmless(one.problem)}")
    if one.report is not None:
        source = one.report.source
        tell(f"  {say(N_('Data'))}: {say(SOURCES[source['kind']])} {harmless(source['place'])}")
        tell(f"  {say(N_('To'))}: {harmless(', '.join(one.report.to))}")
    if one.paused:
        tell("  " + say(N_("It is paused.")))
        _tell_left_out(one.rule)
        return
    tell(say(N_("Its next times:")))
    times_for_people(TimesView(rule=one.rule, coming=one.coming or ()))


def history_for_people(found: Sequence[FiringView]) -> None:
    if not found:
        tell(say(N_("None of its times has come yet.")))
        return
    lines = [
        (
            zones.told(one.at, one.zone),
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


def _state(one: FiringView) -> str:
    if one.put_off:
        return say(N_("failed; will be tried again at {time}"), time=moment(one.due_at))
    return say(N_("waiting to be made")) if one.state is State.making and not one.attempts else say(STATES[one.state])


def _rule(rule: Rule) -> str:
    words, bare = wording.in_words(rule), f"{rule.kind} {rule.text}"
    return f"{words} ({rule.zone}; {bare})" if words else f"{bare} ({rule.zone})"
