"""The way in for people who got a mail: opens, clicks, unsubscribe, preferences. No login, no cookie.

Owns: nothing. Never: SQL, rules, an address to redirect to that a visitor named. Talks to: tracking.
"""

from flask import Flask

from bocau.doors.public import follow, leave, speak
from bocau.doors.public.keep import Keeper
from bocau.doors.public.page import hold, pages
from bocau.wiring import Parts

__all__ = ["follow", "leave", "mount", "speak"]


def mount(app: Flask, parts: Parts) -> None:
    """Put the pages on ``app``. Hits are taken in by a thread of the process unless TAKE_HITS is False."""
    app.config.setdefault("TAKE_HITS", True)
    hold(app, parts, Keeper(parts))
    app.register_blueprint(pages)
