"""Unsubscribing and preferences. What looks at a page changes nothing: mail scanners follow every link.

A mail program's button posts ``List-Unsubscribe=One-Click`` (RFC 8058) and gets a bare answer.
"""

from flask import Response, abort, make_response, render_template, request

from bocau import tracking
from bocau.audience import Consent, How
from bocau.base.clock import now_ms
from bocau.base.db import again, reading
from bocau.base.words import language
from bocau.doors.public import caller
from bocau.doors.public.page import held, pages


@pages.get("/u/<word>")
def ask(word: str) -> str:
    """The page with the button; works while the database is away."""
    if held().keeper.words.message(word) is None:
        abort(404)
    return _page("leave", word=word)


@pages.post("/u/<word>")
def leave(word: str) -> Response:
    """Unsubscribe at once."""
    parts, by_button = held().parts, "page" in request.form
    consented = _consent(How.page if by_button else How.link)
    who = again(parts.db, lambda connection: tracking.unsubscribe(connection, parts.secret, word, consented, now_ms()))
    if who is None:
        abort(404)
    if not by_button:
        return Response("OK\n", content_type="text/plain; charset=utf-8")
    return make_response(_page("left", word=word, everything=not who.lists))


@pages.get("/p/<word>")
def show(word: str) -> str:
    """What the person may choose."""
    parts = held().parts
    with reading(parts.db) as connection:
        found = tracking.preferences(connection, parts.secret, word)
    if found is None:
        abort(404)
    return _page("preferences", word=word, found=found, saved=False)


@pages.post("/p/<word>")
def choose(word: str) -> str:
    """Keep the choice, and show what holds now."""
    parts = held().parts
    wanted = {int(one) for one in request.form.getlist("list") if one.isascii() and one.isdigit() and len(one) < 16}
    stop, consented = "stop" in request.form, _consent(How.page)
    found = again(
        parts.db,
        lambda connection: tracking.set_preferences(
            connection, parts.secret, word, wanted, consented, now=now_ms(), stop=stop
        ),
    )
    if found is None:
        abort(404)
    return _page("preferences", word=word, found=found, saved=True)


def _consent(how: How) -> Consent:
    return Consent(how, source=request.path[:2], ip=caller.address())


def _page(name: str, **values: object) -> str:
    return render_template(f"public/{name}.html", language=language.get(), **values)
