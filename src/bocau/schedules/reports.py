"""Reports that are due: taken with a lease, made outside of any transaction, sent once.

Who takes a report counts its attempts up, and only who holds the newest attempt may end it. Should one die, the report is
due again when its lease is over; the submission's key names the schedule and the time, so it is never in the ledger twice.
"""

from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
import structlog

from bocau import intake
from bocau.attachments import Store
from bocau.base.config import Settings
from bocau.base.db import Connection, transaction
from bocau.base.errors import BocauError, kept
from bocau.base.words import N_, Phrase
from bocau.campaigns.installation import Installation
from bocau.content import Source
from bocau.ledger.options import Options
from bocau.schedules import data, failing, render
from bocau.schedules import tables as t
from bocau.schedules.errors import ReportWrongError
from bocau.schedules.fire import run
from bocau.schedules.queries import row_of
from bocau.schedules.render import Made
from bocau.schedules.shapes import Report, State
from bocau.schedules.zones import told

log = structlog.get_logger()
LEASE = 10 * 60_000
"""Ms in which a report must be made; then another process tries."""
WAITS = (60_000, 300_000, 900_000, 3_600_000)
"""Ms after each failed attempt; after the last there is no other."""


class Job(NamedTuple):
    """A report that is to be made. ``attempt``: what its ender must show."""

    schedule: int
    at: int
    attempt: int
    name: str
    zone: str
    report: Report


def reports_due(connection: Connection, now: int) -> int:
    """How many reports wait to be made."""
    query = sa.select(sa.func.count()).where(t.firing.c.due_at.is_not(None), t.firing.c.due_at <= now)
    return int(connection.execute(query).scalar_one())


def take(connection: Connection, now: int, installation: Installation | None = None) -> Job | None:
    """The next report that is due, for this caller alone until its lease ends; None when there is none. One that kills its
    makers is given up; with ``installation`` that is told by mail."""
    query = (
        sa.select(t.firing.c.schedule, t.firing.c.at, t.firing.c.attempts)
        .where(t.firing.c.due_at.is_not(None), t.firing.c.due_at <= now)
        .order_by(t.firing.c.due_at, t.firing.c.schedule)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.attempts > len(WAITS):
        gone = ReportWrongError(reason=Phrase(N_("making it crashes the worker")))
        if installation is not None:
            failing.tell(connection, row.schedule, row.at, gone, now=now, installation=installation)
        detail = orjson.dumps(kept(gone)).decode()
        _put(connection, row.schedule, row.at, state=int(State.failed), due_at=None, detail=detail)
        return take(connection, now, installation)
    _put(connection, row.schedule, row.at, attempts=row.attempts + 1, due_at=now + LEASE)
    known = sa.select(t.schedule.c.name, t.schedule.c.zone, t.schedule.c.report).where(t.schedule.c.id == row.schedule)
    found = connection.execute(known).one()
    return Job(row.schedule, row.at, row.attempts + 1, found.name, found.zone, Report.from_json(found.report))


def make(job: Job, settings: Settings, files: Store) -> Made:
    """Read the data and render the mail; no database of ours is touched. Raises BocauError of many kinds."""
    try:
        return render.make(job.report, data.read(job.report, settings), files, job.name, told(job.at, job.zone))
    except (OSError, ValueError, ArithmeticError) as error:
        raise ReportWrongError(reason=f"{type(error).__name__}: {error}"[:300]) from error


def send_now(connection: Connection, schedule_id: int, report: Made, now: int, settings: Settings) -> int | None:
    """Record a firing of this moment and send a mail that was made before; the submission, None when it was empty.

    Raises ScheduleUnknownError and what ``send`` raises.
    """
    fired = run(connection, schedule_id, now, Installation.of(settings))
    row = row_of(connection, schedule_id)
    _put(connection, schedule_id, fired.at, attempts=1)
    job = Job(schedule_id, fired.at, 1, row.name, row.zone, Report.from_json(row.report))
    return send(connection, job, report, now, settings)


def send(connection: Connection, job: Job, report: Made, now: int, settings: Settings) -> int | None:
    """Put the mail into the ledger; the submission. None: it was empty, or the job is another's by now.

    Raises AddressWrongError, HeaderWrongError, StreamUnknownError and kin.
    """
    if not _mine(connection, job):
        return None
    values: dict[str, Any] = {"due_at": None, "detail": orjson.dumps({"rows": report.rows}).decode()}
    if report.empty:
        _put(connection, job.schedule, job.at, state=int(State.empty), **values)
        return None
    order = order_of(job.report, report.source, job.name, settings)
    intake.check_order(order, settings.streams)
    key = f"report:{job.schedule}:{job.at}"
    submitted = intake.submit(connection, order, intake.few(job.report.to, {}), key, now)
    _put(connection, job.schedule, job.at, state=int(State.done), submission=submitted.opened.id, **values)
    return submitted.opened.id


def put_off(
    connection: Connection, job: Job, error: BocauError, now: int, installation: Installation | None = None
) -> None:
    """It could not be made: try again later, or no more; with ``installation`` that is told by mail."""
    if not _mine(connection, job):
        return
    last = job.attempt > len(WAITS)
    if last and installation is not None:
        failing.tell(connection, job.schedule, job.at, error, now=now, installation=installation)
    due = None if last else now + WAITS[job.attempt - 1]
    state = State.failed if last else State.making
    _put(
        connection,
        job.schedule,
        job.at,
        state=int(state),
        due_at=due,
        detail=orjson.dumps(kept(error) | {"attempt": job.attempt}).decode(),
    )


def make_reports(engine: sa.Engine, settings: Settings, files: Store, now: int) -> bool:
    """Take, make and send one report, in transactions of its own; False when none was due."""
    installation = Installation.of(settings)
    with transaction(engine) as connection:
        job = take(connection, now, installation)
    if job is None:
        return False
    try:
        made = make(job, settings, files)
        with transaction(engine) as connection:
            send(connection, job, made, now, settings)
    except BocauError as error:
        log.warning("report_failed", schedule=job.schedule, attempt=job.attempt, code=error.code)
        with transaction(engine) as connection:
            put_off(connection, job, error, now, installation)
    return True


def check(report: Report, name: str, settings: Settings, before: Report | None = None) -> None:
    """Refuse a report that could never be sent. ``name``: of its schedule; ``before``: what it was; data that stay as
    they were are not looked at.

    Raises what is wrong with its template, its order or where its data come from."""
    if before is None or (before.source, before.types) != (report.source, report.types):
        data.check(report.source, report.types, settings)
    render.check(report)
    intake.check_order(order_of(report, Source.from_json(report.content), name, settings), settings.streams)
    intake.few(report.to, {})


def order_of(report: Report, source: Source, name: str, settings: Settings) -> intake.Order:
    """The order for a finished mail."""
    stream = settings.streams.get(report.stream)
    return intake.Order(
        source=source,
        sender=report.sender,
        stream=report.stream,
        queue=report.queue,
        name=name,
        options=Options(reply_to=report.reply_to or None),
        time_to_live=stream.time_to_live if stream else 0.0,
    )


def _mine(connection: Connection, job: Job) -> bool:
    query = sa.select(t.firing.c.attempts, t.firing.c.state).where(
        t.firing.c.schedule == job.schedule, t.firing.c.at == job.at
    )
    row = connection.execute(query.with_for_update()).first()
    return row is not None and row.attempts == job.attempt and row.state == State.making


def _put(connection: Connection, schedule_id: int, at: int, **values: Any) -> None:
    known = (t.firing.c.schedule == schedule_id) & (t.firing.c.at == at)
    connection.execute(sa.update(t.firing).where(known).values(**values))
