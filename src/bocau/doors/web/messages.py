"""One message: what happened to it, in order."""

import orjson
from flask import Blueprint, abort, render_template

from bocau.base.db import reading
from bocau.doors.web.reach import here
from bocau.doors.web.submissions import NUMBER_MAX
from bocau.flows.story import MessageStory, MessageUnknownError, story

pages = Blueprint("messages", __name__)


@pages.get("/messages/<int:message_id>")
def show(message_id: int) -> str:
    """The message's row, its merge data and its timeline."""
    if message_id > NUMBER_MAX:
        abort(404)
    try:
        with reading(here().db) as connection:
            found = story(connection, message_id)
    except MessageUnknownError:
        abort(404)
    return render_template("messages/show.html", whole=found, message=found.message, data=_data(found))


def _data(found: MessageStory) -> list[tuple[str, str]]:
    return [
        (str(key), value if isinstance(value, str) else orjson.dumps(value).decode())
        for key, value in found.data.items()
    ]
