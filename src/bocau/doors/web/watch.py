"""For machines that watch us: does the process live, can it work, and the figures."""

from collections import Counter

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from bocau import ledger, migrations
from bocau.base import metrics
from bocau.base.db import reading
from bocau.base.errors import BocauError
from bocau.base.exposition import CONTENT_TYPE, Gauges, exposition
from bocau.doors.web.alive import broker_answers, parts_alive
from bocau.doors.web.reach import here
from bocau.schedules import failing

pages = Blueprint("watch", __name__)
READ_HERE = (
    metrics.PART_UP,
    metrics.FAILED_SENDINGS,
    metrics.QUEUE_OPEN,
    metrics.QUEUE_DEFERRED,
    metrics.QUEUE_AGE,
    metrics.QUEUE_BATCHES,
)


@pages.get("/healthz")
def alive() -> Response:
    """200 while the process lives, whatever else does not."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 when the database, our tables in it and the broker are there; else 503 and which of them is missing."""
    found = {"database": _database_answers(), "migrations": _tables_answer(), "broker": broker_answers(here().settings)}
    good = all(found.values())
    return jsonify({"ready": good, "checks": {name: "ok" if fine else "failed" for name, fine in found.items()}}), (
        200 if good else 503
    )


@pages.get("/metrics")
def figures() -> Response:
    """The Prometheus text format. A part that cannot be asked is left out rather than failing the scrape."""
    return Response(exposition(_gauges()), content_type=CONTENT_TYPE)


def _database_answers() -> bool:
    try:
        with reading(here().db) as connection:
            return bool(connection.execute(sa.select(1)).scalar_one())
    except SQLAlchemyError:
        return False


def _tables_answer() -> bool:
    try:
        migrations.check(here().db)
    except (BocauError, SQLAlchemyError):
        return False
    return True


def _gauges() -> Gauges:
    gauges: dict[metrics.Meter, dict[tuple[str, ...], float]] = {meter: {} for meter in READ_HERE}
    for part in parts_alive(here().settings):
        if part.state != "unseen":
            gauges[metrics.PART_UP][(part.name,)] = float(part.state == "up")
    try:
        with reading(here().db) as connection:
            queues, deferred = ledger.queue_depths(connection), ledger.deferred_count(connection)
            stuck = Counter(one.kind for one in failing.failing(connection))
    except SQLAlchemyError:
        return gauges
    gauges[metrics.QUEUE_DEFERRED][()] = deferred
    for kind in ("campaign", "schedule"):
        gauges[metrics.FAILED_SENDINGS][(kind,)] = stuck[kind]
    for queue in queues:
        gauges[metrics.QUEUE_OPEN][(queue.name,)] = queue.open
        gauges[metrics.QUEUE_AGE][(queue.name,)] = queue.age / 1000
        for state, count in (("ready", queue.ready), ("claimed", queue.claimed), ("doubt", queue.doubt)):
            gauges[metrics.QUEUE_BATCHES][(queue.name, state)] = count
    return gauges
