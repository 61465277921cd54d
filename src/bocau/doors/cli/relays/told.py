"""Relays in words: a table, one whole, and the same for programs. No password, not even its length."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import exact, harmless, moment
from bocau.relays import SANDBOX, URL_RELAY, Circuit, Relay, Trouble
from bocau.relays.presets import Preset


def describe(relay: Relay, circuit: Circuit | None) -> dict[str, Any]:
    """A relay for programs. ``rate`` in mails a second, ``max_size`` in bytes."""
    profile = relay.profile
    return {
        "name": relay.name,
        "kind": relay.kind,
        "enabled": relay.enabled,
        "host": profile.host,
        "port": profile.port,
        "tls": str(profile.tls),
        "user": profile.username,
        "has_password": bool(profile.password.get_secret_value()),
        "auth": profile.auth,
        "helo": profile.helo_name,
        "verify": profile.verify,
        "ca_file": profile.ca_file,
        "chunking": profile.chunking,
        "priority": relay.priority,
        "weight": relay.weight,
        "connections": relay.max_connections,
        "rate": relay.rate,
        "mails_per_connection": profile.mails_per_connection,
        "max_size": relay.max_size,
        "circuit": None if circuit is None else _circuit(circuit),
    }


def _circuit(circuit: Circuit) -> dict[str, Any]:
    return {
        "until": exact(circuit.until),
        "reason": circuit.reason,
        "detail": circuit.detail,
        "failures": circuit.failures,
        "sentence": trouble(circuit),
    }


def trouble(circuit: Circuit) -> str:
    """Why the relay is left alone."""
    known = circuit.reason in Trouble.__members__
    return say(Trouble[circuit.reason].sentence) if known else harmless(circuit.reason)


def standing(relay: Relay, circuit: Circuit | None, *, used: bool) -> str:
    """Whether mail goes through it now, and if not, why."""
    if not relay.enabled:
        return say(N_("switched off"))
    if not used:
        return say(N_("not used: BOCAU_RELAY_URL is set"))
    if circuit is None:
        return say(N_("in use"))
    if circuit.wait == 0:
        return say(N_("being tried again: {reason}"), reason=trouble(circuit))
    return say(N_("not tried until {time}: {reason}"), time=moment(circuit.until), reason=trouble(circuit))


def list_for_people(found: Collection[Relay], using: Collection[int], circuits: Mapping[int, Circuit]) -> None:
    order, name, server, tls = map(say, (N_("Order"), N_("Name"), N_("Server"), N_("Encryption")))
    user, connections, rate, state = map(say, (N_("User"), N_("Connections"), N_("Mails/s"), N_("State")))
    lines = [
        (
            f"{relay.priority}",
            relay.name,
            f"{relay.profile.host}:{relay.profile.port}",
            relay.profile.tls,
            harmless(relay.profile.username) or "—",
            relay.max_connections,
            f"{relay.rate:g}" if relay.rate else "—",
            standing(relay, circuits.get(relay.id), used=relay.id in using),
        )
        for relay in found
    ]
    table((f">{order}", name, server, tls, user, f">{connections}", f">{rate}", state), lines)
    if any(relay.id == SANDBOX for relay in found):
        tell(say(N_("No relay is stored: the sandbox mailbox catches every mail. Add one: bocau relays add")))
    elif any(relay.id == URL_RELAY for relay in found):
        tell(say(N_("The relay comes from BOCAU_RELAY_URL.")))
    elif not using:
        tell(say(N_("All relays are switched off: mails wait in the queue.")))


def one_for_people(relay: Relay, circuit: Circuit | None, *, used: bool) -> None:
    profile = relay.profile
    tell(f"{relay.name}: {profile.host}:{profile.port}")
    none = say(N_("no limit"))
    facts = [
        (N_("Encryption"), profile.tls + ("" if profile.verify else say(N_(", any certificate accepted")))),
        (N_("User"), harmless(profile.username) or "—"),
        (N_("Password"), say(N_("stored, encrypted")) if profile.password.get_secret_value() else "—"),
        (N_("Certificates trusted"), harmless(profile.ca_file) or say(N_("the system's"))),
        (N_("We introduce ourselves as"), profile.helo_name),
        (N_("Order and weight"), f"{relay.priority}, {relay.weight}"),
        (N_("Connections across all workers"), relay.max_connections),
        (N_("Mails per second across all workers"), f"{relay.rate:g}" if relay.rate else none),
        (N_("Mails per connection"), profile.mails_per_connection),
        (N_("Largest mail in bytes"), relay.max_size or none),
        (N_("State"), standing(relay, circuit, used=used)),
    ]
    for title, value in facts:
        tell(f"  {say(title)}: {value}")
    if circuit is not None and circuit.detail:
        tell(f"  {say(N_('It said'))}: {harmless(circuit.detail)}")


def describe_preset(one: Preset) -> dict[str, Any]:
    """A known service for programs."""
    return {
        "name": one.name,
        "title": one.title,
        "host": one.host,
        "port": one.port,
        "tls": one.tls,
        "user": one.username,
        "connections": one.connections,
        "rate": one.rate,
        "per_day": one.per_day,
        "max_size": one.max_size,
        "mails_per_connection": one.mails_per_connection,
        "spf": one.spf,
        "note": one.note,
        "source": one.source,
    }


def presets_for_people(found: Sequence[Preset], *, whole: bool) -> None:
    name, service, host, port = map(say, (N_("Name"), N_("Service"), N_("Host"), N_("Port")))
    connections, rate, day = map(say, (N_("Connections"), N_("Mails/s"), N_("People a day")))
    lines = [
        (
            one.name,
            one.title,
            one.host,
            one.port,
            one.connections,
            f"{one.rate:g}" if one.rate else "—",
            one.per_day or "—",
        )
        for one in found
    ]
    table((name, service, host, f">{port}", f">{connections}", f">{rate}", f">{day}"), lines)
    if whole:
        tell(f"{found[0].note}\n{found[0].source}")
    else:
        tell(say(N_("More about one: bocau relays presets NAME")))
        tell(say(N_("Use it: bocau relays add NAME --preset NAME --user USER")))
