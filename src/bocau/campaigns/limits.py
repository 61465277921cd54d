"""How fast and when a campaign may send: what its options may say."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from bocau.base.words import N_, Phrase
from bocau.campaigns.errors import CampaignWrongError
from bocau.ledger.options import Limits, QuietHours
from bocau.wire import address as addresses

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d\Z")
RECIPIENT = "recipient"
"""As a zone: each recipient's own."""
MOST = 100_000_000
"""Of mails, and of seconds: three years."""
EACH = "*"
"""As a domain: each that is not named."""


def check_limits(limits: Limits) -> None:
    """Raises CampaignWrongError for what could not be kept."""
    unknown = [*limits.other, *(["key"] if limits.key is not None else [])]
    right = {
        "per_hour": limits.per_hour is None or _count(limits.per_hour),
        "window": limits.window is None or _counts(limits.window.most, limits.window.seconds),
        "per_domain": limits.per_domain is None or _domains(limits.per_domain),
        "quiet": limits.quiet is None or _quiet(limits.quiet),
        "frequency": limits.frequency is None or _counts(limits.frequency.most, limits.frequency.days),
    }
    forms = _forms()
    for name in (*unknown, *(name for name, good in right.items() if not good)):
        raise CampaignWrongError(part=Phrase(N_("The limit {name}"), name=name), reason=forms.get(name, "?"))


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST


def domain_key(name: str) -> str:
    """A domain as recipients' keys have it, in A-labels; ``*`` stays. Raises AddressWrongError."""
    return name if name == EACH else addresses.check("a@" + name).domain


def _counts(*values: Any) -> bool:
    return all(map(_count, values))


def _domains(limits: Mapping[str, Any]) -> bool:
    if not _counts(*limits.values()):
        return False
    try:
        return len({domain_key(name) for name in limits}) == len(limits)
    except addresses.AddressWrongError:
        return False


def _quiet(quiet: QuietHours) -> bool:
    hours = CLOCK.match(quiet.start) and CLOCK.match(quiet.end) and quiet.start != quiet.end
    zone = quiet.zone == RECIPIENT or quiet.zone in available_timezones()
    return bool(hours) and zone and quiet.default is None


def _forms() -> dict[str, Phrase]:
    number = Phrase(N_("it must be a whole number above 0"))
    domains = Phrase(N_("it must be domains, each once and with a whole number above 0"))
    return {
        "per_hour": number,
        "per_domain": domains,
        "window": number,
        "frequency": number,
        "quiet": Phrase(N_("it must be two different times of the day and a time zone")),
    }
