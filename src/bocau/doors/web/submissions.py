"""Submissions, and the messages of one."""

from flask import Blueprint, abort, render_template, request

from bocau import ledger
from bocau.base.db import reading
from bocau.doors.web.home import catches_all, pulse
from bocau.doors.web.reach import here
from bocau.wire import address as addresses

pages = Blueprint("submissions", __name__)
PAGE = 25
MESSAGES = 50
NUMBER_MAX = 2**62


@pages.get("/submissions")
def listing() -> str:
    """Newest first."""
    before = number_asked("before")
    with reading(here().db) as connection:
        rows = ledger.list_submissions(connection, limit=PAGE + 1, before=before)
        lines = pulse().lines(connection, rows[:PAGE])
        catching = catches_all(connection)
    older = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    template = "submissions/table.html" if "part" in request.args else "submissions/list.html"
    return render_template(template, lines=lines, older=older, before=before, catching=catching)


@pages.get("/submissions/<int:submission_id>")
def show(submission_id: int) -> str:
    """One submission and a page of its messages."""
    state = request.args.get("state", "")
    if submission_id > NUMBER_MAX or (state and state not in ledger.MessageState.__members__):
        abort(404)
    address = request.args.get("address", "").strip()[:320]
    address = address if address.isprintable() else ""
    wanted = ledger.Filter(
        submission=submission_id,
        state=ledger.MessageState[state] if state else None,
        after=number_asked("after") or 0,
        limit=MESSAGES + 1,
        recipient=_key(address),
    )
    with reading(here().db) as connection:
        row = ledger.show_submission(connection, submission_id)
        if row is None:
            abort(404)
        line = pulse().line(connection, row)
        messages = ledger.list_messages(connection, wanted)
    older = messages[MESSAGES - 1]["id"] if len(messages) > MESSAGES else None
    template = "submissions/progress.html" if "part" in request.args else "submissions/show.html"
    return render_template(
        template,
        line=line,
        messages=messages[:MESSAGES],
        following=older,
        state=state,
        address=address,
        after=wanted.after,
    )


def _key(address: str) -> str | None:
    """The recipient key to look for; what is no address is nobody's."""
    try:
        return addresses.check(address).recipient if address else None
    except addresses.AddressWrongError:
        return address


def number_asked(name: str) -> int | None:
    """A number of the query string, or None; nonsense counts as none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
