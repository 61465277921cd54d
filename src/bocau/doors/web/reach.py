"""What pages reach for: the parts they were mounted with, and the mailbox for the length of one request."""

from typing import cast

from flask import Flask, current_app, g

from bocau import sandbox
from bocau.wiring import Parts

READER_WAIT = 5.0


def hold(app: Flask, parts: Parts) -> None:
    """Keep ``parts`` on ``app`` and close what a request opened at its end."""
    app.extensions["bocau"] = parts
    app.teardown_appcontext(_close)


def here() -> Parts:
    """The parts of the running application."""
    return cast(Parts, current_app.extensions["bocau"])


def mailbox() -> sandbox.Mailbox:
    """The sandbox mailbox, opened once per request. Raises MailboxBrokenError."""
    if "mailbox" not in g:
        settings = here().settings
        g.mailbox = sandbox.Mailbox(
            settings.home,
            keep_mails=settings.sandbox_keep_mails,
            keep_bytes=settings.sandbox_keep_bytes,
            wait=READER_WAIT,
        )
    return cast(sandbox.Mailbox, g.mailbox)


def _close(error: BaseException | None) -> None:
    opened = g.pop("mailbox", None)
    if opened is not None:
        opened.close()
