"""When something is wrong: a page that says what happened and what to do, never what is inside."""

import uuid

import structlog
from flask import Flask, g, render_template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from bocau.base.errors import BocauError
from bocau.base.words import N_, language, say

log = structlog.get_logger()
Answer = tuple[str, int]

EXPLAINED = {
    400: (N_("This form is no longer valid"), N_("Nothing was changed. Go back, reload the page and try again.")),
    403: (
        N_("These pages are for this computer only"),
        N_(
            "There is no sign-in yet, so Bồ Câu answers only on the machine it runs on, under its own "
            "address. Open the address that `bocau up` printed. To let others in, protect the access "
            "yourself, then set BOCAU_BASE_URL and BOCAU_WEB_ALLOW_REMOTE=true."
        ),
    ),
    404: (N_("There is nothing at this address"), N_("It may have been deleted, or there is a typo in the address.")),
    405: (
        N_("This address cannot be used like that"),
        N_("Nothing was changed. Go back and use the buttons of the page."),
    ),
    413: (N_("That was too large"), N_("Nothing was changed. What was sent is larger than any form here needs.")),
    500: (
        N_("Something went wrong on our side"),
        N_("No mail is lost: these pages only show things. The web server's log tells more under the number below."),
    ),
    503: (
        N_("The database does not answer as expected"),
        N_(
            "Accepted mails are safe in it. Run `./bocau doctor`: it says whether the database is "
            "unreachable or has to be brought up to date with `./bocau db upgrade`."
        ),
    ),
}


def explain(app: Flask) -> None:
    """Give every error a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(BocauError, _known)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _unknown)


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    return _page(code if code in EXPLAINED else (400 if code < 500 else 500), shown_code=code)


def _known(error: BocauError) -> Answer:
    log.warning("page_refused", code=error.code)
    return _page(503, sentence=str(error), hint=error.advice(), title=say(N_("This cannot be shown now")))


def _database(error: SQLAlchemyError) -> Answer:
    log.error("page_database_failed", error=type(error).__name__, reason=str(error.args[0] if error.args else "")[:300])
    return _page(503)


def _unknown(error: Exception) -> Answer:
    reference = uuid.uuid4().hex[:8]
    log.error("page_failed", reference=reference, exc_info=error)
    return _page(500, reference=reference)


def _page(
    code: int,
    *,
    shown_code: int | None = None,
    title: str = "",
    sentence: str = "",
    hint: str = "",
    reference: str = "",
) -> Answer:
    known_title, known_hint = EXPLAINED[code]
    page = render_template(
        "errors/error.html",
        code=shown_code or code,
        title=title or say(known_title),
        sentence=sentence,
        hint=hint if sentence else say(known_hint),
        reference=reference,
        bare=g.get("refused", False),
        language=language.get(),
    )
    return page, shown_code or code
