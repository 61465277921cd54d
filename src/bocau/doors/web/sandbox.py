"""The sandbox mailbox. Every mail is hostile: its HTML is shown only inside a frame that may do nothing (see frame.py)."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bocau import sandbox
from bocau.doors.web.frame import framed, wants_remote
from bocau.doors.web.guard import HEADERS
from bocau.doors.web.reach import here, mailbox
from bocau.doors.web.submissions import NUMBER_MAX, number_asked

pages = Blueprint("sandbox", __name__)
PAGE = 50
VIEWS = ("html", "text", "headers", "files", "source")
SOURCE_SHOWN = 512 * 1024
CAUGHT_UP = 200  # mails made searchable at most when somebody searches


@pages.get("/sandbox")
def listing() -> str:
    """Newest first; all, or what a search finds."""
    query = asked_query()
    if query.text:
        mailbox().look_through(CAUGHT_UP)
    page = sandbox.search(mailbox(), query, before=number_asked("before"), after=number_asked("after"), limit=PAGE)
    template = "sandbox/rows.html" if "part" in request.args else "sandbox/list.html"
    newest = number_asked("before") is None and number_asked("after") is None
    settings = here().settings
    return render_template(
        template,
        page=page,
        query=query,
        tally=mailbox().tally(),
        newest=newest,
        places=sandbox.PLACES,
        settings=settings,
    )


@pages.get("/sandbox/<int:mail_id>")
def show(mail_id: int) -> str:
    """One mail, in one of its views."""
    raw, entry = _fetch(mail_id)
    readable = sandbox.read(raw)
    view = request.args.get("view", "")
    if view not in VIEWS:
        view = "html" if readable.html else "text"
    query = asked_query()
    return render_template(
        "sandbox/show.html",
        mail=entry,
        readable=readable,
        view=view,
        query=query,
        sought=_sought(query),
        newer=_neighbour(query, after=mail_id),
        older=_neighbour(query, before=mail_id),
        source=raw[:SOURCE_SHOWN].decode("utf-8", "replace"),
        cut=len(raw) > SOURCE_SHOWN,
        wants_remote=wants_remote(readable),
        remote=asked("remote"),
        narrow=asked("narrow"),
    )


@pages.get("/sandbox/<int:mail_id>/frame")
def frame(mail_id: int) -> Response:
    """The mail's HTML, for the frame on its page only."""
    raw, _ = _fetch(mail_id)
    return framed(sandbox.read(raw), remote=asked("remote"))


@pages.get("/sandbox/<int:mail_id>/files/<int:place>")
def file(mail_id: int, place: int) -> Response:
    """One attachment, always as a download."""
    raw, _ = _fetch(mail_id)
    found = sandbox.attachment(raw, place)
    if found is None:
        abort(404)
    about, data = found
    return download(data, about.name, "application/octet-stream")


@pages.get("/sandbox/<int:mail_id>.eml")
def letter(mail_id: int) -> Response:
    """The mail as it came, byte for byte."""
    raw, _ = _fetch(mail_id)
    return download(raw, f"mail-{mail_id}.eml", "message/rfc822")


@pages.post("/sandbox/clear")
def clear() -> AnyResponse:
    """Delete all caught mails."""
    mailbox().clear()
    return redirect(url_for("sandbox.listing"), 303)


def asked_query() -> sandbox.Query:
    """The search of the query string."""
    asked = request.args.get("in", "all")
    place = next((place for place in sandbox.PLACES if place == asked), sandbox.PLACES[0])
    return sandbox.Query(request.args.get("q", "").strip()[:200], place)


def asked(name: str) -> bool:
    """Whether the query string says ``name=1``."""
    return request.args.get(name) == "1"


def download(data: bytes, name: str, kind: str) -> Response:
    """``data`` as a file to save, never to show: RFC 6266 with an ASCII fallback name."""
    response = Response(data, content_type=kind, headers=HEADERS)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    response.headers.set("Content-Disposition", "attachment", filename=plain)
    if plain != name:
        response.headers["Content-Disposition"] += f"; filename*=UTF-8''{_percent(name)}"
    return response


def _percent(name: str) -> str:
    kept = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
    return "".join(chr(b) if b in kept else f"%{b:02X}" for b in name.encode("utf-8", "replace"))


def _fetch(mail_id: int) -> tuple[bytes, sandbox.Entry]:
    raw = mailbox().raw(mail_id) if mail_id <= NUMBER_MAX else None
    entries = mailbox().entries([mail_id]) if raw is not None else []
    if raw is None or not entries:
        abort(404)
    return raw, entries[0]


def _neighbour(query: sandbox.Query, *, before: int | None = None, after: int | None = None) -> int | None:
    entries = sandbox.search(mailbox(), query, before=before, after=after, limit=1).entries
    mail_id = entries[0].id if entries else None
    return mail_id if mail_id is not None and mail_id not in (before, after) else None


def _sought(query: sandbox.Query) -> dict[str, str]:
    """The search, to be carried along in links."""
    given = asdict(query)
    return {"q": given["text"], "in": given["place"]} if given["text"] else {}
