"""A person leaves by a link of a mail, or says what they still want: at once, also for campaigns that are under way."""

from collections.abc import Collection
from typing import NamedTuple

from bocau import audience, events, ledger
from bocau.audience import Consent, Preferences, contacts
from bocau.base.db import Connection
from bocau.ledger.options import lists_of
from bocau.tracking.words import Words


class Reader(NamedTuple):
    """Who holds a mail's word: ``recipient`` key, and the ``lists`` (ids) the mail went to."""

    message: int
    recipient: str
    lists: tuple[int, ...]


def reader(connection: Connection, secret: bytes, word: str) -> Reader | None:
    """Whose copy this is; None when the word is not ours, or the mail is not there any more."""
    number = Words(secret).message(word)
    row = None if number is None else ledger.show_message(connection, number)
    if row is None or not row["recipient"]:
        return None
    return Reader(row["id"], row["recipient"], lists_of(row["parent"]["options"]))


def unsubscribe(connection: Connection, secret: bytes, word: str, consented: Consent, now: int) -> Reader | None:
    """The word's holder leaves the lists of that mail; without lists, everything that is not transactional.

    Who left; None when nobody can be told from the word. The same again is no harm. ``now`` in ms.
    """
    who = reader(connection, secret, word)
    if who is not None:
        everywhere = _addresses(connection, who)
        for recipient in everywhere:
            audience.unsubscribe(connection, recipient, who.lists, consented, now)
        _note(connection, who)
        withdraw_everywhere(connection, everywhere, now)
    return who


def preferences(connection: Connection, secret: bytes, word: str) -> Preferences | None:
    """What the word's holder may choose; None when nobody can be told from it."""
    who = reader(connection, secret, word)
    return None if who is None else audience.preferences(connection, who.recipient)


def set_preferences(
    connection: Connection,
    secret: bytes,
    word: str,
    wanted: Collection[int],
    consented: Consent,
    *,
    now: int,
    stop: bool = False,
) -> Preferences | None:
    """The word's holder wants exactly these of the lists shown; with ``stop``, no more news at all. What holds then."""
    who = reader(connection, secret, word)
    if who is None:
        return None
    chosen = audience.set_preferences(connection, who.recipient, wanted, consented, now, stop=stop)
    still = {one.id for one in chosen.choices if one.subscribed}
    if stop or (who.lists and not still & set(who.lists)):
        _note(connection, who)
    withdraw_everywhere(connection, [who.recipient], now)
    return chosen


def _addresses(connection: Connection, who: Reader) -> list[str]:
    """Recipient keys of the mail's reader: the one it went to, and the one she has now when she moved since. What she may
    choose there is not shown to who reads the old one's mail; that she wants no more is heard."""
    now_at = contacts.later(connection, who.recipient)
    return [who.recipient, now_at] if now_at else [who.recipient]


def withdraw_everywhere(connection: Connection, recipients: Collection[str], now: int) -> int:
    """Hold back open mails of campaigns that people may not get any more, up to some thousands; how many mails.

    ``recipients``: the keys.
    """
    wanted = {
        running.id: audience.blocked(connection, recipients, running.lists, bulk=True, now=now)
        for running in ledger.running_bulk(connection)
    }
    return len(ledger.withdraw(connection, wanted))


def _note(connection: Connection, who: Reader) -> None:
    once = f"unsubscribed:{who.message}"
    events.append(connection, [events.Event(who.message, events.Kind.unsubscribed, 0, {"by": "person"}, once)])
