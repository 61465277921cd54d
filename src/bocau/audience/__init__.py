"""Who may receive: contacts, lists, segments, import, consent, suppression, erasure.

Owns: contacts and their attributes, tags, lists, subscriptions, consent, suppressions, proofs of erasure, saved segments,
imports. Never: sends mail, knows what came of one. Talks to: sheets, wire, base.
Doors that keep the books use ``attributes``, ``values``, ``contacts``, ``lists``, ``tags``, ``suppressions``, ``erasure``, ``export``,
``imports`` and ``segments``; ``states`` are its closed lists.
"""

from bocau.audience.shapes import CampaignUnknown, Consent, Counted, History, Person, Target, TargetWrongError
from bocau.audience.states import How, Kind, Reason, Status, Subscribed, What

__all__ = [
    "CampaignUnknown", "Consent", "Counted", "History", "How", "Kind", "Person", "Reason", "Status", "Subscribed",
    "Target", "TargetWrongError", "What",
]  # fmt: skip
