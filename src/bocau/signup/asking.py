"""Somebody asks for a list. What becomes of it is for those who keep the house, not for the visitor: the page says the same
of every address, whether it is known, subscribed, suppressed or new."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import NamedTuple

import orjson

from bocau import audience, intake
from bocau.audience import Consent, How, Reason, Status, Subscribed, consent, contacts, subscriptions, suppressions
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.words import LANGUAGES
from bocau.ledger import NewMessage
from bocau.signup import letter
from bocau.signup.errors import SignUpBusyError
from bocau.signup.forms import Form
from bocau.signup.words import Claim, Words, mark

HOUR = 3_600_000
MOST_AN_HOUR = 20
"""Sign-ups from one network: an IPv4 address, or the /64 that a household or an office has in IPv6."""
OWN = frozenset((Reason.unsubscribed.value, Reason.erased.value))
"""Suppressions that are the person's own word, which they may take back."""


class Wish(NamedTuple):
    """What a visitor wrote. ``language``: of the page they wrote it on."""

    address: str
    name: str = ""
    language: str = ""


class Outcome(StrEnum):
    """What became of a wish."""

    asked = "asked"  # a mail that asks is in the ledger
    subscribed = "subscribed"  # on the list, now or before
    lately = "lately"  # a mail asked a short while ago
    stopped = "stopped"  # suppressed, or left and not said to be back: nothing is kept, nothing is sent


def ask(
    connection: Connection,
    form: Form,
    wish: Wish,
    consented: Consent,
    now: int,
    *,
    settings: Settings,
    secret: bytes,
    own_word: bool = True,
) -> Outcome:
    """Subscribe at once where that may be, else put the mail that asks into the ledger. ``now`` in ms. ``own_word``: the
    person asks for it, or is said to; without it nobody is asked who has left the list or everything.

    Raises AddressWrongError, SignUpBusyError, and SignUpClosedError when a mail is needed and cannot be sent: whoever gets
    an error must roll back.
    """
    recipient = contacts.key(wish.address)
    if consented.how == How.form:
        _check_network(connection, consented.ip, now)
    if _is_stopped(connection, recipient, now, own_word=own_word):
        return Outcome.stopped
    if not own_word and _has_left(connection, recipient, form.list):
        return Outcome.stopped
    asked = audience.subscribe(
        connection, wish.address, [form.list], consented, now, name=wish.name, language=wish.language
    )
    if not asked.to_confirm:
        return Outcome.subscribed
    if asked.lately:
        return Outcome.lately
    return _send(connection, form, asked, now, (settings, secret, wish.language))


def _send(
    connection: Connection, form: Form, asked: audience.Asked, now: int, ours: tuple[Settings, bytes, str]
) -> Outcome:
    settings, secret, language = ours
    person = audience.person(connection, asked.recipient)
    assert person is not None
    spoken = next((one for one in (person.language[:2], language, settings.language) if one in LANGUAGES), "en")
    word = Words(secret).claim(Claim(form.list, asked.contact, now, mark(asked.recipient)))
    data = {"list": form.title, "told": form.told, "confirm": f"{settings.site}/y/{word}?lang={spoken}"}
    message = NewMessage(person.recipient, person.address, "", 0, orjson.dumps(data).decode())
    # Two mails that may go are an hour apart at least, so never in one hour of the clock: the key makes of a request that
    # arrives twice at the same moment one mail, whatever the database does.
    key = f"signup:{form.list}:{asked.contact}:{now // HOUR}"
    done = intake.submit(connection, letter.order(settings, spoken), [message], key, now)
    return Outcome.asked if done.added else Outcome.lately


def _is_stopped(connection: Connection, recipient: str, now: int, *, own_word: bool) -> bool:
    """Whether something stands; what is the person's own word, only without it. Also who is switched off, or bounced."""
    if contacts.status_of(connection, recipient) in (Status.inactive, Status.bounced):
        return True
    found = suppressions.matching(connection, recipient)
    return any(_holds(one, now) and not (own_word and one["reason"] in OWN) for one in found)


def _has_left(connection: Connection, recipient: str, list_id: int) -> bool:
    contact_id = contacts.ids(connection, [recipient]).get(recipient, 0)
    held = subscriptions.standing(connection, contact_id, list_id)
    return held is not None and held.state == Subscribed.unsubscribed


def _holds(one: Mapping[str, int | None], now: int) -> bool:
    ends = one["expires_at"]
    return ends is None or ends > now


def _check_network(connection: Connection, ip: str, now: int) -> None:
    """Raises SignUpBusyError."""
    mine = _network(ip)
    if mine is None:
        return
    found = consent.forms_from(connection, now - HOUR)
    if sum(count for other, count in found.items() if _network(other) == mine) >= MOST_AN_HOUR:
        raise SignUpBusyError


def _network(ip: str) -> str | None:
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))
