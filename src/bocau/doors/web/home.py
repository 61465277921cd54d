"""The first page: do all parts live, what waits, how fast it goes."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template

from bocau import ledger, relays
from bocau.base.db import Connection, reading
from bocau.base.errors import BocauError
from bocau.doors.web import alive
from bocau.doors.web.pulse import Line, Pulse
from bocau.doors.web.reach import here

pages = Blueprint("home", __name__)
RECENT = 6
SAMPLE = (
    './bocau send --from "Phòng khám <hen@clinic.test>" --csv examples/contacts-10k.csv '
    '--subject "Nhắc lịch khám, {{ name }}" --html examples/appointment.html'
)


@dataclass(frozen=True)
class Overview:
    """What the page shows."""

    parts: list[alive.Part]
    queues: list[ledger.QueueDepth]
    lines: list[Line]
    deferred: int
    catching: bool

    @property
    def down(self) -> list[alive.Part]:
        return [part for part in self.parts if part.state == "down"]

    @property
    def waiting(self) -> int:
        return sum(queue.open for queue in self.queues)

    @property
    def troubled(self) -> int:
        return sum(line.troubled for line in self.lines)

    @property
    def rate(self) -> float:
        return sum(line.rate or 0.0 for line in self.lines)


@pages.app_context_processor
def samples() -> dict[str, str]:
    """The command that a page with nothing on it shows."""
    return {"sample": SAMPLE}


@pages.get("/")
def show() -> str:
    """The whole page."""
    view = _look()
    return render_template("home/home.html", view=view, catching=view.catching, **_words())


@pages.get("/live/home")
def live() -> str:
    """Its changing part, fetched again and again."""
    view = _look()
    return render_template("home/live.html", view=view, catching=view.catching, **_words())


def pulse() -> Pulse:
    """The one Pulse of this application."""
    found: Pulse = current_app.extensions.setdefault("bocau_pulse", Pulse())
    return found


def _look() -> Overview:
    parts = here()
    with reading(parts.db) as connection:
        queues = ledger.queue_depths(connection)
        lines = pulse().lines(connection, ledger.list_submissions(connection, limit=RECENT))
        deferred = ledger.deferred_count(connection)
        catching = catches_all(connection)
    return Overview(alive.parts_alive(parts.settings), queues, lines, deferred, catching)


def catches_all(connection: Connection) -> bool:
    """Whether every mail lands in the sandbox; False also when the relays cannot be read."""
    parts = here()
    try:
        return all(relay.kind == "sandbox" for relay in relays.active(connection, parts.settings, parts.secret))
    except BocauError:
        return False


def _words() -> dict[str, object]:
    settings = here().settings
    return {"titles": alive.TITLES, "duties": alive.DUTIES, "sandbox_port": settings.sandbox_port}
