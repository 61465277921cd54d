"""A worker and beat in the foreground, from their start to their end."""

from collections.abc import Callable

from celery import signals

from bocau.base import config, metrics
from bocau.bell import broker
from bocau.doors.worker import (
    process,
    tasks,  # noqa: F401 - registers them
    valkey,
)


def serve(
    settings: config.Settings, queues: tuple[str, ...], children: int, name: str, ready: Callable[[], object]
) -> None:
    """Run a worker in the foreground until it is told to stop. ``queues``: its queues. ``ready``: called when it serves."""
    process.prepare(queues)
    valkey.use()
    app = broker.configure(settings, queues)
    metrics.keep_in(settings.home / "metrics")
    signals.worker_ready.connect(_calling(ready), weak=False)
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--queues",
            ",".join(queues),
            "--concurrency",
            str(children),
            "--hostname",
            f"{name}@%h",
            "--loglevel",
            "WARNING",
            "--without-mingle",
            "--without-gossip",
            "--pool",
            "prefork",
        ]
    )


def beat(settings: config.Settings, ready: Callable[[], object]) -> None:
    """Run Celery beat in the foreground. ``ready``: called when it ticks."""
    app = broker.configure(settings)
    signals.beat_init.connect(_calling(ready), weak=False)
    app.Beat(loglevel="WARNING", quiet=True, schedule=str(settings.home / "beat.schedule")).run()


def _calling(ready: Callable[[], object]) -> Callable[..., None]:
    return lambda **_: (ready(), None)[1]
