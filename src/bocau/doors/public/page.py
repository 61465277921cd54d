"""The blueprint of all pages for readers, what they are made with, and the headers of their answers."""

from typing import NamedTuple, cast

from flask import Blueprint, Flask, Response, current_app

from bocau.doors.public.keep import Keeper
from bocau.wiring import Parts

NAME = "bocau.public"
pages = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/public")


class Held(NamedTuple):
    """What a page needs."""

    parts: Parts
    keeper: Keeper


def hold(app: Flask, parts: Parts, keeper: Keeper) -> None:
    """Let the pages of ``app`` find these."""
    app.extensions[NAME] = Held(parts, keeper)


def held() -> Held:
    """What belongs to the application that answers now."""
    return cast(Held, current_app.extensions[NAME])


@pages.after_request
def _headers(response: Response) -> Response:
    """Who reads a mail is nobody else's business: neither a search engine's nor the next site's."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
