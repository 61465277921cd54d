"""Pages for people: ``<page>.py`` fills ``templates/<page>/``; hand-written CSS and script in ``static``.

Owns nothing but cookies for language and theme. Never: SQL, rules, trust in what a mail or a relay's reply says.
"""

from flask import Flask

from bocau.doors.web import assets, faults, guard, home, messages, sandbox, speech, submissions, titles, watch
from bocau.doors.web.reach import hold
from bocau.wiring import Parts

PAGES = (assets, home, submissions, messages, sandbox, speech, watch)


def mount(app: Flask, parts: Parts) -> None:
    """Put all pages on ``app``."""
    hold(app, parts)
    speech.teach(app)
    titles.entitle(app)
    guard.watch_over(app)
    faults.explain(app)
    for page in PAGES:
        app.register_blueprint(page.pages)
