"""One person's data, whole (GDPR article 15 and 20): for the person, in a form that people and programs read."""

from typing import Any

from bocau.audience import contacts, erasure, suppressions
from bocau.base.db import Connection

INSIDE = ("id", "origin")


def export_person(connection: Connection, recipient: str) -> dict[str, Any]:
    """Everything the audience holds about a recipient key, also about one who is no contact. Times are ms.

    ``contact`` is None for no contact; else its row with attributes, tags, lists, history. ``suppressions`` of the address
    and its domain; ``erasures``: proofs of earlier ones.
    """
    held: dict[str, Any] = {"recipient": recipient, "contact": None}
    try:
        told = contacts.show(connection, recipient)
    except contacts.ContactUnknownError:
        held["suppressions"] = suppressions.matching(connection, recipient)
    else:
        held["suppressions"] = told.pop("suppressions")
        held["contact"] = {name: value for name, value in told.items() if name not in INSIDE}
    held["erasures"] = [proof._asdict() for proof in erasure.proofs(connection, recipient)]
    return held
