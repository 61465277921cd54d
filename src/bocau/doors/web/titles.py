"""What pages call states, queues and streams. Their own names are what commands and programs use."""

from flask import Flask

from bocau.base.words import N_, say
from bocau.ledger import titles as ledger_titles

STATES = {**ledger_titles.TITLES, **ledger_titles.SUBMISSION_TITLES}
QUEUES = {"transactional": N_("Single mails"), "bulk": N_("Mails to many"), "chores": N_("Chores")}


def entitle(app: Flask) -> None:
    """Give templates the filters ``state``, ``counted`` and ``queue``."""
    app.jinja_env.filters.update(state=state, counted=ledger_titles.message_state, queue=queue)


def state(name: str) -> str:
    """What people call a state of a message or submission."""
    return say(STATES.get(name, name))


def queue(name: str) -> str:
    """What people call a queue; regional ones (bulk.eu) as their kind."""
    return say(QUEUES.get(name.partition(".")[0], name))
