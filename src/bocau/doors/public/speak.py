"""When something is wrong: a friendly page without a way into the house."""

import structlog
from flask import render_template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import MethodNotAllowed, NotFound

from bocau.base.words import N_, language, say
from bocau.doors.public.page import pages

log = structlog.get_logger()
Answer = tuple[str, int, dict[str, str]]


@pages.errorhandler(NotFound)
def unknown(error: NotFound) -> Answer:
    """A link that was cut or changed on its way, or whose mail is gone."""
    return told(
        404,
        N_("This link does not work"),
        N_("Perhaps it was cut off. Open the mail again and use the whole link. Nothing was changed."),
    )


@pages.errorhandler(MethodNotAllowed)
def unfit(error: MethodNotAllowed) -> Answer:
    """Somebody tries things."""
    return told(405, N_("This link does not work"), N_("Go back to the mail and use its link."))


@pages.errorhandler(SQLAlchemyError)
def away(error: SQLAlchemyError) -> Answer:
    """The database is away: a mail program tries again by itself, a person is asked to."""
    log.error("reader_page_failed", error=type(error).__name__)
    page = told(503, N_("This does not work right now"), N_("Nothing was changed. Please try again in a few minutes."))
    return page[0], page[1], {"Retry-After": "120"}


def told(code: int, title: str, hint: str) -> Answer:
    """A page with a title and one sentence; both are marked texts."""
    page = render_template("public/fault.html", language=language.get(), title=say(title), hint=say(hint))
    return page, code, {}
