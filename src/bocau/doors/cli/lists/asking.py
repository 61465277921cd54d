"""People that are put on a list which asks them by mail first, and where the form of a list is found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bocau import signup
from bocau.audience import Consent, How
from bocau.audience.lists import MailingList
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.base.words import N_, figure, language, say
from bocau.doors.cli.terminal.frame import confirm, show, tell, warn
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import asking
from bocau.signup import Outcome
from bocau.wiring import Parts

TEXTS = {
    Outcome.asked: N_("{count} will get a mail that asks whether they want it."),
    Outcome.subscribed: N_("{count} are on the list."),
    Outcome.lately: N_("{count} were asked a short while ago; they get no other mail now."),
    Outcome.stopped: N_("{count} are suppressed or had left it: nothing was sent to them."),
}


def wants_mail(mailing_list: MailingList, count: int, *, ask: bool, consented: Consent) -> bool:
    """Whether a mail shall ask, as said or answered at the terminal. Raises ListAsksFirstError."""
    if ask or not asking.asks_first(mailing_list, consented):
        return ask
    question = N_("The list “{name}” asks people by mail first. Send this mail to {count}?")
    if not confirm(say(question, name=harmless(mailing_list.name), count=figure(count)), yes=False):
        raise asking.ListAsksFirstError(name=mailing_list.name)
    return True


def ask_people(parts: Parts, mailing_list: MailingList, addresses: Sequence[str], source: str, *, again: bool) -> None:
    """All of them or, when one address is wrong or no mail can be sent, nobody. ``again``: also who had left.

    Raises AddressWrongError, SignUpClosedError.
    """
    consented = Consent(How.command, source)
    with transaction(parts.db) as connection:
        done = asking.ask_by_mail(
            connection,
            mailing_list,
            addresses,
            consented,
            now_ms(),
            settings=parts.settings,
            secret=parts.secret,
            language=language.get(),
            again=again,
        )
    made = asdict(done)
    show(made, lambda: _told(made))


def tell_form(parts: Parts, mailing_list: MailingList) -> None:
    """What keeps the form from working for people elsewhere."""
    if mailing_list.hidden:
        tell(say(N_("A hidden list has no sign-up form.")))
    elif not parts.settings.base_url:
        tell(say(N_("Set BOCAU_BASE_URL to the address at which others reach the form.")))
    if mailing_list.opt_in == "single":
        return
    try:
        signup.check(parts.settings)
    except signup.SignUpClosedError as error:
        warn(str(error) + "\n  → " + error.advice())


def _told(made: Mapping[str, Sequence[str]]) -> None:
    for outcome, text in TEXTS.items():
        if made[outcome]:
            tell(say(text, count=figure(len(made[outcome]))))
