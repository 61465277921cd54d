"""The sign-up form of a list, and the page on which a person confirms. Both work without a script.

The answer to a form is the same for every address: whoever fills it in learns nothing about anybody.
"""

import time

import structlog
from flask import Response, abort, make_response, render_template, request

from bocau import signup
from bocau.audience import Consent, How
from bocau.base.clock import now_ms
from bocau.base.db import Connection, again, reading
from bocau.base.words import LANGUAGES, N_, language, say
from bocau.doors.public import caller
from bocau.doors.public.page import held, pages
from bocau.doors.public.speak import told
from bocau.signup import Form, SignUpBusyError, SignUpClosedError, Standing, State
from bocau.wire.address import AddressWrongError

log = structlog.get_logger()
TRAP = "website"
"""A field nobody sees: who fills it in is a program."""
AGREED = N_("Yes, I want “{list}”.")
SOONEST = 0.2
"""Seconds until a form is answered, whatever there was to do for the address, so that the time tells nothing either."""
Answer = Response | tuple[str, int, dict[str, str]]


@pages.get("/s/<word>")
def sign_up(word: str) -> Answer:
    """The form."""
    _speak()
    form = _form(word)
    return _closed(form) or _page("signup", word=word, form=form, promise=signup.promise(form))


@pages.post("/s/<word>")
def signed_up(word: str) -> Answer:
    """Take a form in."""
    _speak()
    form = _form(word)
    if closed := _closed(form):
        return closed
    wish = signup.Wish(request.form.get("address", "").strip(), request.form.get("name", ""), language.get())
    if not request.form.get(TRAP):
        begun = time.monotonic()
        try:
            _take(form, wish)
        except AddressWrongError as error:
            written = {"wish": wish, "wrong": str(error), "hint": error.advice()}
            return _page("signup", 422, word=word, form=form, promise=signup.promise(form), **written)
        except SignUpBusyError:
            log.warning("sign_ups_limited", list=form.list)
            return told(
                429,
                N_("Too many people at once"),
                N_("Many people have just signed up from your network. Please try again in an hour."),
            )
        time.sleep(max(0.0, SOONEST - (time.monotonic() - begun)))
    return _page("signed_up", word=word, form=form, address=wish.address)


@pages.get("/y/<word>")
def question(word: str) -> Answer:
    """The page with the button; looking at it confirms nothing."""
    _speak()
    parts = held().parts
    with reading(parts.db) as connection:
        found = signup.look(connection, parts.secret, word, now_ms())
    return _stands(word, found)


@pages.post("/y/<word>")
def confirmed(word: str) -> Answer:
    """The button was pressed."""
    _speak()
    parts = held().parts

    def agreed(connection: Connection) -> Standing | None:
        before = signup.look(connection, parts.secret, word, now_ms())
        shown = say(AGREED, list=before.form.title if before else "…")
        consented = Consent(How.link, caller.origin(), caller.address(), shown)
        return signup.confirm(connection, parts.secret, word, consented, now_ms())

    return _stands(word, again(parts.db, agreed))


def _form(word: str) -> Form:
    parts = held().parts
    with reading(parts.db) as connection:
        form = signup.form(connection, parts.secret, word)
    if form is None:
        abort(404)
    return form


def _take(form: Form, wish: signup.Wish) -> None:
    parts = held().parts
    consented = Consent(How.form, caller.origin(), caller.address(), _shown(form))
    try:
        again(
            parts.db,
            lambda connection: signup.ask(
                connection, form, wish, consented, now_ms(), settings=parts.settings, secret=parts.secret
            ),
        )
    except (
        SignUpClosedError
    ) as error:  # of a list that seldom needs the mail: the page must not say whom it needs it for
        _log_closed(error)
        return


def _shown(form: Form) -> str:
    return "\n".join(filter(None, (form.title, form.told, signup.promise(form))))


def _closed(form: Form) -> Answer | None:
    """The page that says so when this form needs a mail which cannot be sent."""
    if not form.double:
        return None
    try:
        signup.check(held().parts.settings)
    except SignUpClosedError as error:
        _log_closed(error)
        return told(
            503,
            N_("Signing up is not possible at the moment"),
            N_("This is our fault, not yours. Please try again another day."),
        )
    return None


def _log_closed(error: SignUpClosedError) -> None:
    """In English, whatever the visitor speaks."""
    before = language.set("en")
    log.error("sign_up_closed", code=error.code, reason=str(error), remedy=error.advice())
    language.reset(before)


def _stands(word: str, found: Standing | None) -> Answer:
    if found is None:
        abort(404)
    if found.state == State.late:
        return _page("late", 410, found=found)
    return _page("confirmed" if found.state == State.done else "confirm", word=word, form=found.form)


def _speak() -> None:
    """The language of the mail that led here, or that was chosen on the page."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        language.set(asked)


def _page(name: str, code: int = 200, **values: object) -> Response:
    page = render_template(f"public/{name}.html", language=language.get(), lang=request.args.get("lang"), **values)
    return make_response(page, code)
