"""Before real people are mailed: how many, through what, as whom; and a yes."""

from bocau import intake, relays
from bocau.base.db import reading
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.frame import confirm, tell
from bocau.wiring import Parts


class UnconfirmedError(BocauError):
    code = "unconfirmed"
    sentence = N_("Nobody confirmed the mails to real people ({people}) through {relay}. Nothing was sent.")
    hint = N_("Answer yes when asked, or give --yes.")


def ask(parts: Parts, order: intake.Order, people: int, *, yes: bool) -> None:
    """Show what is about to happen; the sandbox needs no yes. Raises UnconfirmedError."""
    with reading(parts.db) as connection:
        active = relays.active(connection, parts.settings, parts.secret)
    if active and all(relay.kind == "sandbox" for relay in active):
        tell(say(N_("To the sandbox: {site}"), site=parts.settings.site))
        return
    names = ", ".join(dict.fromkeys(relay.profile.host for relay in active)) or say(N_("a relay set later"))
    question = N_("Real people to be mailed: {people}, through {relay}, as {sender}. Send?")
    told = say(question, people=figure(people), relay=names, sender=order.sender)
    if yes:
        tell(told + " --yes")
    elif not confirm(told, yes=False):
        raise UnconfirmedError(people=figure(people), relay=names)
