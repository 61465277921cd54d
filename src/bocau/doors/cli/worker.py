"""`bocau worker`: one worker in the foreground, as the supervisor runs it and as a cluster does."""

import os

import click

from bocau.base.errors import BocauError
from bocau.base.queues import QUEUE
from bocau.base.words import N_
from bocau.doors.cli.terminal.frame import Verb, option, pass_parts
from bocau.wiring import Parts


class QueueUnknownError(BocauError):
    code = "queue-unknown"
    sentence = N_("There is no queue “{queue}”. The worker was not started.")
    hint = N_("Queues are transactional, bulk and chores, each with a region where needed: bulk.eu")


class BrokerUnsetError(BocauError):
    code = "broker-unset"
    sentence = N_("No broker is set and none is running here. Nothing was started; mails wait in the database.")
    hint = N_("Set BOCAU_BROKER_URL (redis://…, amqp://…), or run everything on this machine: bocau up")


def required_broker(parts: Parts) -> None:
    """Raises BrokerUnsetError when no broker is known."""
    from bocau import bell

    if not bell.broker_url(parts.settings):
        raise BrokerUnsetError()


def named(queues: str) -> tuple[str, ...]:
    """The queues of a list with commas. Raises QueueUnknownError."""
    names = tuple(dict.fromkeys(name.strip() for name in queues.split(",") if name.strip()))
    for name in names or ("",):
        if not QUEUE.match(name):
            raise QueueUnknownError(queue=name)
    return names


@click.command(cls=Verb, help=N_("Run a worker in the foreground. SIGTERM stops it when all replies are in."))
@option("--queues", default="transactional,bulk,chores", show_default=True, help=N_("Queues, separated by commas."))
@option("--children", type=click.IntRange(1, 512), help=N_("How many processes; by default BOCAU_WORKER_CHILDREN."))
@option("--name", default="", help=N_("Its name, unique on this machine."))
@pass_parts
def command(parts: Parts, queues: str, children: int | None, name: str) -> None:
    """Run a worker."""
    from bocau.base import log, presence
    from bocau.doors.worker import life

    served = named(queues)
    required_broker(parts)
    settings = parts.settings
    log.configure(settings.log_level, settings.log_format)
    parts.db.dispose()
    children, name = children or settings.worker_children, name or f"worker-{os.getpid()}"
    life.serve(
        settings, served, children, name, lambda: presence.announce(settings.home, "worker", queues=served, name=name)
    )
