"""The pixel and the links of a mail. Neither asks the database, so both answer while it is away."""

import base64

from flask import Response, abort, current_app, request

from bocau.base.clock import now_ms
from bocau.doors.public.page import held, pages
from bocau.tracking import Copy, Hit

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PIXEL_HEADERS = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-store, private"}


@pages.get("/o/<word>.gif")
def opened(word: str) -> Response:
    """One transparent point, whoever asks; noted when the word is ours."""
    copy = held().keeper.words.copy(word)
    if copy is not None:
        _keep(copy, 0)
    return Response(PIXEL, content_type="image/gif", headers=PIXEL_HEADERS)


@pages.get("/c/<word>/<link>")
def clicked(word: str, link: str) -> Response:
    """On to where the sealed word leads, and nowhere else."""
    words = held().keeper.words
    copy, found = words.copy(word), words.link(link)
    if copy is None or found is None:
        abort(404)
    message_id, address = found
    _keep(copy, message_id)
    return Response(status=302, headers={"Location": address, "Cache-Control": "no-store, private"})


def _keep(copy: Copy, link: int) -> None:
    agent = request.headers.get("User-Agent", "")
    hit = Hit(now_ms(), copy.message, copy.submission, link, agent, request.method == "HEAD")
    held().keeper.keep(hit, take=bool(current_app.config["TAKE_HITS"]))
