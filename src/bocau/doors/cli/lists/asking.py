"""People that are put on a list which asks them by mail first, and where the form of a list is found."""

from collections.abc import Sequence

from bocau import bell, signup
from bocau.audience import Consent, How
from bocau.audience.lists import MailingList
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, language, say
from bocau.doors.cli.terminal.frame import confirm, show, tell, warn
from bocau.doors.cli.terminal.telling import harmless
from bocau.signup import Outcome
from bocau.wiring import Parts

TEXTS = {
    Outcome.asked: N_("{count} will get a mail that asks whether they want it."),
    Outcome.subscribed: N_("{count} are on the list."),
    Outcome.lately: N_("{count} were asked a short while ago; they get no other mail now."),
    Outcome.stopped: N_("{count} are suppressed or had left it: nothing was sent to them."),
}


class ListAsksFirstError(BocauError):
    code = "list-asks-first"
    sentence = N_("The list “{name}” asks people by mail first. Nobody was put on it.")
    hint = N_("Add --ask to send them that mail, or --source to say where they agreed already.")


def wants_mail(found: MailingList, count: int, *, ask: bool, agreed: bool) -> bool:
    """Whether a mail shall ask, as said or answered at the terminal. Raises ListAsksFirstError."""
    if ask or agreed or found.opt_in == "single":
        return ask
    question = N_("The list “{name}” asks people by mail first. Send this mail to {count}?")
    if not confirm(say(question, name=harmless(found.name), count=figure(count)), yes=False):
        raise ListAsksFirstError(name=found.name)
    return True


def ask_people(parts: Parts, found: MailingList, addresses: Sequence[str], source: str, *, again: bool) -> None:
    """All of them or, when one address is wrong or no mail can be sent, nobody. ``again``: also who had left.

    Raises AddressWrongError, SignUpClosedError.
    """
    form, consented = signup.form_of(found), Consent(How.command, source)
    made: dict[str, list[str]] = {one.value: [] for one in Outcome}
    with transaction(parts.db) as connection:
        for address in dict.fromkeys(addresses):
            wish = signup.Wish(address, language=language.get())
            done = signup.ask(
                connection,
                form,
                wish,
                consented,
                now_ms(),
                settings=parts.settings,
                secret=parts.secret,
                own_word=again,
            )
            made[done].append(address)
    if made[Outcome.asked]:
        bell.configure(parts.settings)
        bell.ring("transactional")
    show(made, lambda: _told(made))


def tell_form(parts: Parts, found: MailingList) -> None:
    """What keeps the form from working for people elsewhere."""
    if found.hidden:
        tell(say(N_("A hidden list has no sign-up form.")))
    elif not parts.settings.base_url:
        tell(say(N_("Set BOCAU_BASE_URL to the address at which others reach the form.")))
    if found.opt_in == "single":
        return
    try:
        signup.check(parts.settings)
    except signup.SignUpClosedError as error:
        warn(str(error) + "\n  → " + error.advice())


def _told(made: dict[str, list[str]]) -> None:
    for outcome, text in TEXTS.items():
        if made[outcome]:
            tell(say(text, count=figure(len(made[outcome]))))
