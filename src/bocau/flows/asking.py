"""People are put on a list by somebody here: because they agreed, or by a mail that asks them first."""

from collections.abc import Sequence
from dataclasses import dataclass

from bocau import signup
from bocau.audience import Consent, subscriptions
from bocau.audience.lists import MailingList
from bocau.audience.subscriptions import Members
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.signup import Outcome


class ListAsksFirstError(BocauError):
    code = "list-asks-first"
    sentence = N_("The list “{name}” asks people by mail first. Nobody was put on it.")
    hint = N_("Add --ask to send them that mail, or --source to say where they agreed already.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Addresses as they were given, by what became of them; the names are those of ``signup.Outcome``."""

    asked: tuple[str, ...]
    subscribed: tuple[str, ...]
    lately: tuple[str, ...]
    stopped: tuple[str, ...]


def asks_first(one: MailingList, consented: Consent) -> bool:
    """Whether a mail must ask before somebody is on the list: it is one with double opt-in, and nothing says where or to
    which words they agreed."""
    return one.opt_in == "double" and not (consented.source.strip() or consented.text.strip())


def put_on(
    connection: Connection,
    one: MailingList,
    addresses: Sequence[str],
    consented: Consent,
    now: int,
    *,
    again: bool = False,
) -> Members:
    """Put contacts on a list because they agreed; up to some thousands at a time, and the same again is no harm.

    Who had left it stays away unless ``again``. ``now`` in ms. Raises ListAsksFirstError, AddressWrongError.
    """
    if asks_first(one, consented):
        raise ListAsksFirstError(name=one.name)
    return subscriptions.put_on(connection, one.id, addresses, consented, now, again=again)


def ask_by_mail(
    connection: Connection,
    one: MailingList,
    addresses: Sequence[str],
    consented: Consent,
    now: int,
    *,
    settings: Settings,
    secret: bytes,
    language: str = "",
    again: bool = False,
) -> Asked:
    """Ask each by a mail whether they want the list; who may be put on it without, is. All of them or, on an error, nobody.

    Who was asked a short while ago gets no other mail. ``language``: of the mail, where the person's is not known.
    ``again``: also who had left. ``now`` in ms. Raises AddressWrongError, SignUpClosedError: whoever gets an error must roll
    back.
    """
    form = signup.form_of(one)
    done = {
        address: signup.ask(
            connection,
            form,
            signup.Wish(address, language=language),
            consented,
            now,
            settings=settings,
            secret=secret,
            own_word=again,
        )
        for address in dict.fromkeys(addresses)
    }
    return Asked(**{kind.value: tuple(who for who, what in done.items() if what is kind) for kind in Outcome})
