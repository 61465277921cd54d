"""The person's own word: what a confirmation link says, and what pressing the button does.

Looking changes nothing: mail scanners follow every link.
"""

from enum import StrEnum
from typing import NamedTuple

from bocau import audience
from bocau.audience import Consent, Reason, Subscribed, contacts, lists, subscriptions, suppressions
from bocau.base.db import Connection
from bocau.signup.forms import Form, form_of
from bocau.signup.words import Claim, Words, mark

LIFE = 7 * 86_400_000
"""Ms in which a mail's question can be answered."""
LEFT = frozenset((Reason.unsubscribed.value, Reason.erased.value))


class State(StrEnum):
    """How a link stands."""

    open = "open"  # the button may be pressed
    done = "done"  # the person is on the list
    late = "late"  # too old, or the person has left since they were asked


class Standing(NamedTuple):
    """``form``: the list it is about. ``again``: the word of its sign-up form; empty when it has none."""

    form: Form
    state: State
    recipient: str
    again: str


def look(connection: Connection, secret: bytes, word: str, now: int) -> Standing | None:
    """How the link stands; None when the word is not ours, or the list or the person is gone. ``now`` in ms."""
    words = Words(secret)
    claim = words.claim_of(word)
    one = None if claim is None else lists.with_id(connection, claim.list)
    recipient = None if claim is None else contacts.recipient_of(connection, claim.contact)
    if claim is None or one is None or recipient is None or mark(recipient) != claim.mark:
        return None
    again = "" if one.hidden else words.form(one.id)
    return Standing(form_of(one), _state(connection, claim, recipient, now), recipient, again)


def confirm(connection: Connection, secret: bytes, word: str, consented: Consent, now: int) -> Standing | None:
    """The button was pressed: the person is on the list, with this as the record. The same again is no harm.

    How the link stands afterwards: ``done``, or ``late`` when nothing was changed; None as ``look`` says.
    """
    found = look(connection, secret, word, now)
    if found is None or found.state != State.open:
        return found
    done = audience.confirm(connection, found.recipient, [found.form.list], consented, now)
    return found._replace(state=State.done) if done else None


def _state(connection: Connection, claim: Claim, recipient: str, now: int) -> State:
    held = subscriptions.standing(connection, claim.contact, claim.list)
    stops = [
        one["created_at"]
        for one in suppressions.matching(connection, recipient)
        if one["reason"] in LEFT and one["scope"] == "bulk" and one["value"] != recipient.rpartition("@")[2]
    ]
    if held is not None and held.state == Subscribed.subscribed and not stops:
        return State.done
    if held is not None and held.state == Subscribed.unsubscribed:
        stops.append(held.at)
    late = not 0 <= now - claim.asked_at <= LIFE or any(at > claim.asked_at for at in stops)
    return State.late if late else State.open
