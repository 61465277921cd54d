"""How fast and when a campaign may send: what its options may say."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from bocau.base.words import N_, Phrase
from bocau.campaigns.errors import CampaignWrongError
from bocau.wire import address as addresses

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d\Z")
RECIPIENT = "recipient"
"""As a zone: each recipient's own."""
MOST = 100_000_000
"""Of mails, and of seconds: three years."""
EACH = "*"
"""As a domain: each that is not named."""
KNOWN = ("per_hour", "window", "per_domain", "quiet", "frequency")


def check_limits(limits: Mapping[str, Any]) -> None:
    """Raises CampaignWrongError for what could not be kept."""
    unknown = [name for name in limits if name not in KNOWN]
    right = {
        "per_hour": lambda value: _count(value),
        "window": lambda value: _parts(value, ("most", "seconds")),
        "frequency": lambda value: _parts(value, ("most", "days")),
        "per_domain": lambda value: _domains(value),
        "quiet": _quiet,
    }
    wrong = [name for name, value in limits.items() if name in right and not right[name](value)]
    for name in (*unknown, *wrong):
        raise CampaignWrongError(
            part=Phrase(N_("The limit {name}"), name=name), reason=_forms()[name] if name in right else "?"
        )


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST


def domain_key(name: str) -> str:
    """A domain as recipients' keys have it, in A-labels; ``*`` stays. Raises AddressWrongError."""
    return name if name == EACH else addresses.check("a@" + name).domain


def _domains(value: Any) -> bool:
    if not isinstance(value, Mapping) or not all(map(_count, value.values())):
        return False
    try:
        return len({domain_key(str(name)) for name in value}) == len(value)
    except addresses.AddressWrongError:
        return False


def _parts(value: Any, names: tuple[str, ...]) -> bool:
    return isinstance(value, Mapping) and set(value) == set(names) and all(map(_count, value.values()))


def _quiet(value: Any) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"from", "to", "zone"}:
        return False
    hours = all(CLOCK.match(str(value[name])) for name in ("from", "to")) and value["from"] != value["to"]
    return hours and (value["zone"] == RECIPIENT or value["zone"] in available_timezones())


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
