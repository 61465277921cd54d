"""The Celery application, and how a ring gets to the broker. It takes long to load: who only rings has a ``Doorbell``."""

import threading
import time
from pathlib import Path
from typing import Any

import structlog
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from bocau.base import config
from bocau.base.queues import CHORES_DUE, QUEUES
from bocau.bell.address import broker_url

log = structlog.get_logger()
app = Celery("bocau", set_as_current=False)
DRAIN, SWEEP, CHORES = "bocau.drain", "bocau.sweep", "bocau.chores"
BRIEFLY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
"""How a ring connects again: nobody waits for a broker that is away."""
AWAY = (OperationalError, OSError)
_pointing = threading.Lock()


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


def point(settings: config.Settings) -> str:
    """Point the application at the broker as it is now, unless it is already; its URL, empty when there is none."""
    url = broker_url(settings)
    with _pointing:
        if url and app.conf.broker_url != url:
            configure(settings)
    return url


def ring(name: str, connection: Connection | None = None) -> bool:
    """Ask a worker to look at a queue, or (``CHORES_DUE``) for what is slow and not a mail. Never raises: False when the
    broker is away (the sweep rings later). Without a ``connection`` it takes one of the application's."""
    if app.conf.broker_url in (None, "", "memory://"):
        return False
    try:
        _send(name, connection)
    except AWAY as error:
        log.warning("ring_failed", queue=name, error=type(error).__name__)
        return False
    return True


def _send(name: str, connection: Connection | None) -> None:
    task, queue, args = (CHORES, "chores", ()) if name == CHORES_DUE else (DRAIN, name, (name,))
    # by the whole queue: one known by its name alone would be declared as Celery likes, not as its worker has it
    whole = _queue(queue, app.conf.broker_url)
    app.send_task(task, args=args, queue=whole, connection=connection, retry=False, expires=600, ignore_result=True)


class Line:
    """A thread's own connection to the broker of ``settings``, wherever that is at the moment.

    Making one loads all that a ring needs, and connects nothing.
    """

    def __init__(self, settings: config.Settings) -> None:
        self._settings, self._url = settings, point(settings)
        self._connection: Connection | None = None
        app.amqp.router  # noqa: B018 - made at first use, and so are
        app.connection_for_write().get_transport_cls()  # the broker's libraries

    def ring(self, name: str) -> bool:
        """As ``ring`` does; over a new connection when one that worked before does not any longer."""
        url = point(self._settings)
        if url != self._url:
            self.hang_up()
            self._url = url
        if self._connection is not None:
            try:
                _send(name, self._connection)
                return True
            except AWAY:
                self.hang_up()
        self._connection = app.connection_for_write()
        heard = ring(name, self._connection)
        if not heard:
            self.hang_up()
        return heard

    def hang_up(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


def workers_alive(settings: config.Settings, patience: float = 1.0) -> int | None:
    """How many workers answer within ``patience`` seconds; None when the broker does not."""
    if not point(settings):
        return None
    end = time.monotonic() + patience
    try:
        while time.monotonic() < end:
            answers = app.control.ping(timeout=0.3)
            if answers:
                return len(answers)
    except AWAY:
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
