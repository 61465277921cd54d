"""The one Flask application: mounts our pages and those for readers of mails; programs' ways in will stand beside them."""

from flask import Flask

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
    return app
