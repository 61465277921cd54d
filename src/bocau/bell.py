"""The doorbell: the Celery application, and ``ring``. The queue is the ledger; a lost ring costs only time.

Owns: how the broker is spoken to. Never: carries data (a ring names a queue, nothing else). Talks to: base.
"""

import time
from pathlib import Path
from typing import Any

import structlog
from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from bocau.base import config
from bocau.base.queues import QUEUES

log = structlog.get_logger()
app = Celery("bocau", set_as_current=False)
DRAIN, SWEEP, CHORES = "bocau.drain", "bocau.sweep", "bocau.chores"
ADDRESS = "broker.url"
"""In the data folder: where `bocau up` says how its embedded broker is reached."""
BRIEFLY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
"""How a ring connects again: nobody waits for a broker that is away."""


def broker_url(settings: config.Settings) -> str:
    """The broker's URL as Celery wants it; empty when none is set and none is running here."""
    given = settings.broker_url.get_secret_value()
    if given:
        return given
    try:
        return (settings.home / ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def configure(settings: config.Settings, queues: tuple[str, ...] = QUEUES) -> Celery:
    """Point the application at the broker. Cheap: nothing is connected."""
    url = broker_url(settings)
    app.close()
    app.__dict__.pop("amqp", None)  # its pool of producers remembers the broker before
    app.conf.update(
        broker_url=url or "memory://",
        result_backend=settings.result_backend.get_secret_value() or None,
        task_queues=[_queue(queue, url) for queue in queues],
        task_default_queue="chores",
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=not settings.result_backend.get_secret_value(),
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=2000,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport(url),
        beat_schedule={"sweep": _tick(settings)},
        beat_schedule_filename=str(Path(settings.home) / "beat.schedule"),
        timezone="UTC",
    )
    return app


def _tick(settings: config.Settings) -> dict[str, Any]:
    """Beat's one static entry; what is late by ten seconds is dropped, the next one does the same."""
    return {"task": SWEEP, "schedule": settings.sweep_interval, "options": {"queue": "chores", "expires": 10}}


def ring(queue: str) -> bool:
    """Ask a worker to look at a queue. Never raises: False when the broker is away (the sweep rings later)."""
    return _send(DRAIN, queue, queue)


def ask_chores() -> bool:
    """Ask a worker for what is slow and not a mail: campaigns to expand, reports to make. Never raises, as ``ring``."""
    return _send(CHORES, "chores")


def _send(task: str, queue: str, *args: str) -> bool:
    url = app.conf.broker_url
    if url in (None, "", "memory://"):
        return False
    try:  # by the whole queue: one known by its name alone would be declared as Celery likes, not as its worker has it
        app.send_task(task, args=args, queue=_queue(queue, url), retry=False, expires=600, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("ring_failed", queue=queue, error=type(error).__name__)
        return False
    return True


def workers_alive(patience: float = 1.0) -> int | None:
    """How many workers answer within ``patience`` seconds; None when the broker does not."""
    if app.conf.broker_url in (None, "", "memory://"):
        return None
    end = time.monotonic() + patience
    try:
        while time.monotonic() < end:
            answers = app.control.ping(timeout=0.3)
            if answers:
                return len(answers)
    except (OperationalError, OSError):
        return None
    return 0


def _queue(queue: str, url: str) -> Queue:
    arguments: dict[str, Any] = {"x-queue-type": "quorum"} if url.startswith(("amqp", "pyamqp")) else {}
    return Queue(queue, queue_arguments=arguments, routing_key=queue, durable=True)


def _transport(url: str) -> dict[str, Any]:
    if url.startswith(("amqp", "pyamqp")):
        return {"confirm_publish": True, **BRIEFLY}
    if url.startswith("sqs"):
        return {"visibility_timeout": 900, **BRIEFLY}
    patience = {
        "socket_connect_timeout": 5,
        "socket_timeout": 30,
        "retry_on_timeout": True,
        "health_check_interval": 25,
    }
    return {
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        **patience,
        **BRIEFLY,
    }
