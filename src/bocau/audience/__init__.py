"""Who may receive: contacts, lists, segments, import, consent, suppression, erasure.

Owns: contacts and their attributes, tags, lists, subscriptions, consent, suppressions, proofs of erasure, saved segments,
imports. Never: sends mail, knows what came of one. Talks to: sheets, wire, base.
Doors that keep the books use ``attributes``, ``values``, ``contacts``, ``lists``, ``tags``, ``subscriptions``,
``suppressions``, ``erasure``, ``export``, ``imports`` and ``segments``; ``states`` are its closed lists, ``requests`` what
may be asked of them, ``shown`` what is shown of them.
Campaigns also use ``attributes`` and ``freezing``, signing up ``consent``, tracking ``contacts``.
"""

from bocau.audience.blocked import blocked
from bocau.audience.contacts import person
from bocau.audience.erasure import Proof, erase
from bocau.audience.export import export_person
from bocau.audience.preferences import Preferences, preferences, set_preferences
from bocau.audience.shapes import CampaignUnknown, Consent, Counted, History, Person, Target, TargetWrongError
from bocau.audience.states import How, Kind, Reason, Status, Subscribed, What
from bocau.audience.subscriptions import Asked, confirm, subscribe, unsubscribe
from bocau.audience.suppressions import suppress, unsuppress
from bocau.audience.target import count_rule, count_target, slice_target, target_where, zones

__all__ = [
    "Asked",
    "CampaignUnknown",
    "Consent",
    "Counted",
    "History",
    "How",
    "Kind",
    "Person",
    "Preferences",
    "Proof",
    "Reason",
    "Status",
    "Subscribed",
    "Target",
    "TargetWrongError",
    "What",
    "blocked",
    "confirm",
    "count_rule",
    "count_target",
    "erase",
    "export_person",
    "person",
    "preferences",
    "set_preferences",
    "slice_target",
    "subscribe",
    "suppress",
    "target_where",
    "unsubscribe",
    "unsuppress",
    "zones",
]
