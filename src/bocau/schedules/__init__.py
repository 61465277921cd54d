"""When: later, again and again, at each person's own time; reports made from data.

Owns: schedules and the record of each time that was fired. Never: sends. Talks to: campaigns, intake, content,
attachments.
"""

from bocau.schedules.fire import fire_due, run
from bocau.schedules.keep import create, pause, remove, resume
from bocau.schedules.phrases import read
from bocau.schedules.queries import every, find, history, show
from bocau.schedules.shapes import Does, Fired, Firing, Plan, Policy, Report, Schedule, State
from bocau.schedules.when import Rule, following, next_after

__all__ = [
    "Does", "Fired", "Firing", "Plan", "Policy", "Report", "Rule", "Schedule", "State", "create", "every", "find",
    "fire_due", "following", "history", "next_after", "pause", "read", "remove", "resume", "run", "show",
]  # fmt: skip
