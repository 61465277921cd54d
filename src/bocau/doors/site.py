"""The one Flask application: mounts our pages and those for readers of mails; programs' ways in will stand beside them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from bocau import wiring
from bocau.base import metrics
from bocau.doors import public, web

FORM_MAX = 64 * 1024


def create_app(parts: wiring.Parts | None = None) -> Flask:
    """The application, for a WSGI server to call once per process. ``parts`` are read from settings when None.

    Nothing is connected yet and no thread started, so a server may fork after this.
    """
    parts = parts or wiring.parts()
    metrics.keep_in(parts.settings.home / "metrics")
    app = Flask("bocau.doors.web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=FORM_MAX, MAX_FORM_MEMORY_SIZE=FORM_MAX, MAX_FORM_PARTS=50)
    web.mount(app, parts)
    public.mount(app, parts)
    prefix = unquote(urlsplit(parts.settings.site).path).rstrip("/")
    if prefix:
        app.wsgi_app = Prefixed(app.wsgi_app, prefix, app.url_map)  # type: ignore[method-assign]  # as Flask's manual says
    return app


class Prefixed:
    """The application below the path of its public address: every address it gives has it.

    A proxy may take the path off before it calls us, or leave it there; both are understood, and so is who calls us directly.
    SCRIPT_NAME: PEP 3333, "environ Variables".
    """

    def __init__(self, application: Any, prefix: str, rules: Map) -> None:
        self.application, self.prefix, self.rules = application, prefix, rules

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO", "")
        below = asked.removeprefix(_as_wsgi(self.prefix))
        if below != asked and (below == "" or (below.startswith("/") and self._leads(below, environ))):
            environ["PATH_INFO"] = below or "/"
        environ["SCRIPT_NAME"] = _as_wsgi(self.prefix)
        return self.application(environ, start_response)  # type: ignore[no-any-return]

    def _leads(self, path: str, environ: dict[str, Any]) -> bool:
        """Whether there is such a page: the prefix may be named like one of ours, ``/u`` in ``/u/…``."""
        try:
            self.rules.bind("").match(path.encode("latin-1").decode("utf-8", "replace"), environ["REQUEST_METHOD"])
        except RequestRedirect:
            return True
        except HTTPException as error:
            return error.code == 405
        return True


def _as_wsgi(text: str) -> str:
    """PEP 3333: bytes as Latin-1."""
    return text.encode().decode("latin-1")
