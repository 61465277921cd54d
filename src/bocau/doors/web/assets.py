"""Style and script: a handful of files, read once, named with a hash of their bytes so that browsers may keep them."""

import hashlib
from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, abort, url_for

pages = Blueprint("assets", __name__)
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@cache
def _contents() -> dict[str, bytes]:
    folder = files("bocau.doors.web") / "static"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(tuple(KINDS))}


@cache
def _mark(name: str) -> str:
    return hashlib.sha256(_contents()[name]).hexdigest()[:12]


@pages.app_template_global()
def asset(name: str) -> str:
    """The address of a file in ``static``."""
    return url_for("assets.give", name=name, mark=_mark(name))


@pages.get("/static/<mark>/<name>")
def give(mark: str, name: str) -> Response:
    """One file; only under the mark of its present bytes."""
    if name not in _contents() or mark != _mark(name):
        abort(404)
    kind = KINDS["." + name.rsplit(".", 1)[1]]
    return Response(_contents()[name], content_type=kind, headers={"Cache-Control": FOREVER})


@pages.get("/favicon.ico")
def icon() -> Response:
    """Browsers ask for it unasked."""
    return Response(_contents()["pigeon.svg"], content_type=KINDS[".svg"], headers={"Cache-Control": "max-age=86400"})
