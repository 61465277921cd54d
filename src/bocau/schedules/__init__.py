"""When: later, again and again, at each person's own time; reports made from data.

Owns: schedules and the record of each time that was fired. Never: sends. Talks to: campaigns, intake, content,
attachments, wire.
Doors also use ``reports`` (one report, step by step), ``requests`` (what a change may say), ``merge`` (what texts come to),
``view`` (what is shown), ``data``, ``render``, ``errors``, ``chart``, ``zones``, ``wording``
``skipping`` (what a rule leaves out) and ``failing`` (what could not be sent).
"""

from bocau.schedules.fire import fire_due, run
from bocau.schedules.keep import change, checked, create, pause, remove, resume
from bocau.schedules.phrases import read
from bocau.schedules.queries import every, find, history, launching, show
from bocau.schedules.reports import make_reports, reports_due
from bocau.schedules.shapes import Does, Fired, Firing, Plan, Policy, Report, Schedule, State
from bocau.schedules.when import Rule, following, next_after

__all__ = [
    "Does",
    "Fired",
    "Firing",
    "Plan",
    "Policy",
    "Report",
    "Rule",
    "Schedule",
    "State",
    "change",
    "checked",
    "create",
    "every",
    "find",
    "fire_due",
    "following",
    "history",
    "launching",
    "make_reports",
    "next_after",
    "pause",
    "read",
    "remove",
    "reports_due",
    "resume",
    "run",
    "show",
]
