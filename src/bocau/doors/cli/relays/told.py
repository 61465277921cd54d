"""Relays in words: a table, one whole; and known services. No password, not even its length."""

from collections.abc import Sequence

from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.relays import SANDBOX, URL_RELAY
from bocau.relays.presets import Preset
from bocau.relays.view import RelayView


def standing(one: RelayView) -> str:
    """Whether mail goes through it now, and if not, why."""
    circuit = one.circuit
    if not one.enabled:
        return say(N_("switched off"))
    if not one.in_use:
        return say(N_("not used: BOCAU_RELAY_URL is set"))
    if circuit is None:
        return say(N_("in use"))
    reason = harmless(circuit.sentence)
    if circuit.wait == 0:
        return say(N_("being tried again: {reason}"), reason=reason)
    return say(N_("not tried until {time}: {reason}"), time=moment(circuit.until), reason=reason)


def list_for_people(found: Sequence[RelayView]) -> None:
    order, name, server, tls = map(say, (N_("Order"), N_("Name"), N_("Server"), N_("Encryption")))
    user, connections, rate, state = map(say, (N_("User"), N_("Connections"), N_("Mails/s"), N_("State")))
    lines = [
        (
            f"{one.priority}",
            one.name,
            f"{one.host}:{one.port}",
            one.tls,
            harmless(one.username) or "—",
            one.max_connections,
            f"{one.rate:g}" if one.rate else "—",
            standing(one),
        )
        for one in found
    ]
    table((f">{order}", name, server, tls, user, f">{connections}", f">{rate}", state), lines)
    if any(one.id == SANDBOX for one in found):
        tell(say(N_("No relay is stored: the sandbox mailbox catches every mail. Add one: bocau relays add")))
    elif any(one.id == URL_RELAY for one in found):
        tell(say(N_("The relay comes from BOCAU_RELAY_URL.")))
    elif not any(one.in_use for one in found):
        tell(say(N_("All relays are switched off: mails wait in the queue.")))


def one_for_people(one: RelayView) -> None:
    tell(f"{one.name}: {one.host}:{one.port}")
    none = say(N_("no limit"))
    facts = [
        (N_("Encryption"), one.tls + ("" if one.verify else say(N_(", any certificate accepted")))),
        (N_("User"), harmless(one.username) or "—"),
        (N_("Password"), say(N_("stored, encrypted")) if one.has_password else "—"),
        (N_("Certificates trusted"), harmless(one.ca_file) or say(N_("the system's"))),
        (N_("We introduce ourselves as"), one.helo_name),
        (N_("Order and weight"), f"{one.priority}, {one.weight}"),
        (N_("Connections across all workers"), one.max_connections),
        (N_("Mails per second across all workers"), f"{one.rate:g}" if one.rate else none),
        (N_("Mails per connection"), _per_connection(one)),
        (N_("Largest mail in bytes"), one.max_size or none),
        (N_("State"), standing(one)),
    ]
    for title, value in facts:
        tell(f"  {say(title)}: {value}")
    if one.circuit is not None and one.circuit.detail:
        tell(f"  {say(N_('It said'))}: {harmless(one.circuit.detail)}")


def _per_connection(one: RelayView) -> object:
    """The least of what was set and what was seen."""
    if one.session_limit is None or one.session_limit >= one.mails_per_connection:
        return one.mails_per_connection
    return say(
        N_("{limit} (its server takes no more, as was seen; set: {set})"),
        limit=one.session_limit,
        set=one.mails_per_connection,
    )


def presets_for_people(services: Sequence[Preset], *, whole: bool) -> None:
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
        for one in services
    ]
    table((name, service, host, f">{port}", f">{connections}", f">{rate}", f">{day}"), lines)
    if whole:
        tell(f"{services[0].note}\n{services[0].source}")
    else:
        tell(say(N_("More about one: bocau relays presets NAME")))
        tell(say(N_("Use it: bocau relays add NAME --preset NAME --user USER")))
