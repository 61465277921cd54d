"""What pages call states, queues and streams. Their own names are what commands and programs use."""

from flask import Flask

from bocau.base.words import N_, say

STATES = {
    "queued": N_("Queued"),
    "deferred": N_("Deferred"),
    "doubted": N_("Doubted"),
    "sent": N_("Sent"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
    "unknown": N_("Unknown"),
    "expired": N_("Expired"),
    "suppressed": N_("Suppressed"),
    "running": N_("Sending"),
    "paused": N_("Paused"),
    "finished": N_("Finished"),
}
COUNTED = {
    "queued": N_("queued"),
    "deferred": N_("deferred"),
    "doubted": N_("in doubt"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "unknown": N_("unknown"),
    "expired": N_("expired"),
    "suppressed": N_("suppressed"),
}
QUEUES = {"transactional": N_("Single mails"), "bulk": N_("Mails to many"), "chores": N_("Chores")}


def entitle(app: Flask) -> None:
    """Give templates the filters ``state``, ``counted`` and ``queue``."""
    app.jinja_env.filters.update(state=state, counted=counted, queue=queue)


def state(name: str) -> str:
    """What people call a state of a message or submission."""
    return say(STATES.get(name, name))


def counted(name: str) -> str:
    """The same behind a number: "5 in doubt"."""
    return say(COUNTED.get(name, name))


def queue(name: str) -> str:
    """What people call a queue; regional ones (bulk.eu) as their kind."""
    return say(QUEUES.get(name.partition(".")[0], name))
