"""The way in for readers of mails: opens, clicks, unsubscribe, preferences, signing up. No login, no cookie.

Owns: nothing. Never: SQL, rules, an address to redirect to that a visitor named. Talks to: tracking, signup.
"""

from flask import Flask

from bocau.doors.public import follow, leave, signup, speak
from bocau.doors.public.keep import Keeper
from bocau.doors.public.page import hold, pages
from bocau.wiring import Parts

__all__ = ["follow", "leave", "mount", "signup", "speak"]


def mount(app: Flask, parts: Parts) -> None:
    """Put the pages on ``app``. Hits are taken in by a thread of the process unless TAKE_HITS is False."""
    app.config.setdefault("TAKE_HITS", True)
    hold(app, parts, Keeper(parts))
    app.register_blueprint(pages)
