"""`bocau relays`: SMTP servers mail is handed to."""

from pathlib import Path
from typing import Any

import click

from bocau import relays
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.relays.told import describe, describe_preset, list_for_people, one_for_people, presets_for_people
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, tell, warn
from bocau.doors.cli.terminal.secret_input import authorities, password
from bocau.doors.cli.terminal.telling import harmless
from bocau.relays import presets, stored, trial
from bocau.relays.plan import plan
from bocau.wire.smtp import TlsPolicy
from bocau.wiring import Parts

MECHANISMS = ("PLAIN", "LOGIN", "XOAUTH2")
POLICIES = [policy.value for policy in TlsPolicy]


class RemoveUnconfirmedError(BocauError):
    code = "remove-unconfirmed"
    sentence = N_("“{name}” was not removed: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.group(cls=Noun, help=N_("SMTP servers that mail is handed to."))
def command() -> None:
    """The noun."""


@command.command(
    "add",
    help=N_("Store an SMTP server. The password is asked for, or read from BOCAU_RELAY_PASSWORD or standard input."),
    epilog=N_("Example: bocau relays add gmail --preset gmail --user hen@clinic.vn"),
)
@argument("name")
@option("--preset", help=N_("Start from the preset of a service; see: bocau relays presets"))
@option("--region", default="", help=N_("Region, where the service has one host for each (Amazon SES)."))
@option("--host", help=N_("Name or address of the server."))
@option(
    "--port",
    type=click.IntRange(1, 65535),
    help=N_("Its port; 587 with a user, 465 with --tls implicit, otherwise 25."),
)
@option(
    "--tls",
    type=click.Choice(POLICIES),
    help=N_("required: STARTTLS or nothing; implicit: from the first byte; opportunistic: when offered; off."),
)
@option("--user", "username", help=N_("User name to sign in with."))
@option("--password-stdin", is_flag=True, help=N_("Read the password from standard input."))
@option(
    "--auth",
    type=click.Choice(MECHANISMS, case_sensitive=False),
    help=N_("How to sign in; by default what the server offers."),
)
@option("--priority", type=click.IntRange(0, 1000), help=N_("Lower is tried first; default 10."))
@option("--weight", type=click.IntRange(0, 1000), help=N_("Share among relays of the same priority; default 100."))
@option(
    "--connections",
    "max_connections",
    type=click.IntRange(1, 10_000),
    help=N_("At most this many connections across all workers."),
)
@option("--rate", type=click.FloatRange(0.001, 1e6), help=N_("At most this many mails per second across all workers."))
@option(
    "--mails-per-connection", type=click.IntRange(1, 10**6), help=N_("A connection is closed after this many mails.")
)
@option("--max-size", type=click.IntRange(1000, 10**9), help=N_("Largest mail in bytes."))
@option("--ca-file", type=click.Path(path_type=Path), help=N_("Certificates to trust instead of the system's (PEM)."))
@option("--no-verify", is_flag=True, help=N_("Accept any certificate. Only for a server you know by other means."))
@option("--no-chunking", is_flag=True, help=N_("Do not use BDAT, even if it is offered."))
@option("--helo", "helo_name", help=N_("The name we introduce ourselves with."))
@option("--disabled", is_flag=True, help=N_("Store it, but send nothing through it yet."))
@option("--replace", is_flag=True, help=N_("Change the relay of this name."))
@pass_parts
def add(parts: Parts, /, *, preset: str | None, region: str, password_stdin: bool, replace: bool, **said: Any) -> None:
    """Store a relay."""
    known = presets.preset(preset) if preset else None
    for flag, field in (("no_verify", "verify"), ("no_chunking", "chunking"), ("disabled", "enabled")):
        said[field] = not said.pop(flag)
    said["ca_file"] = authorities(said["ca_file"])
    if said["username"]:
        said["password"] = password(said["username"], from_stdin=password_stdin, keep=replace)
    new = plan(said, known, region)
    with transaction(parts.db) as connection:
        number = stored.add_relay(connection, new, parts.secret, now_ms(), replace=replace)
        found = stored.stored(connection, parts.settings, parts.secret)
    one = next(relay for relay in found if relay.id == number)
    text = N_("The relay “{name}” was stored. Try it: bocau relays test {name}")
    show(describe(one, None), lambda: tell(say(text, name=new.name)))
    if known is not None:
        tell(f"{known.title}: {known.note}")
    _warn(parts, new)


def _warn(parts: Parts, new: stored.NewRelay) -> None:
    if parts.settings.relay_url.get_secret_value():
        warn(say(N_("BOCAU_RELAY_URL is set: stored relays are not used until it is removed.")))
    if not new.verify:
        warn(say(N_("Any certificate is accepted: anyone in between can read mails and password.")))


@command.command("list", help=N_("List the relays in the order they are tried."))
@pass_parts
def list_relays(parts: Parts) -> None:
    """All relays, and which are in use."""
    with reading(parts.db) as connection:
        found = stored.stored(connection, parts.settings, parts.secret)
        used = relays.active(connection, parts.settings, parts.secret)
        circuits = relays.circuits(connection)
    everything = [*(relay for relay in used if relay.id <= relays.URL_RELAY), *found]
    using = {relay.id for relay in used}
    data = [describe(relay, circuits.get(relay.id)) | {"in_use": relay.id in using} for relay in everything]
    show({"relays": data}, lambda: list_for_people(everything, using, circuits))


@command.command("show", help=N_("Show one relay with all its limits, and its last problem."))
@argument("name")
@pass_parts
def show_relay(parts: Parts, name: str) -> None:
    """One relay."""
    relay, used = _named(parts, name)
    with reading(parts.db) as connection:
        circuit = relays.circuits(connection).get(relay.id)
    show(describe(relay, circuit) | {"in_use": used}, lambda: one_for_people(relay, circuit, used=used))


@command.command("remove", help=N_("Remove a relay and its password."))
@argument("name")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, name: str, yes: bool) -> None:
    """Forget one."""
    with reading(parts.db) as connection:
        stored.find(connection, name)
    if not confirm(say(N_("Remove the relay “{name}”?"), name=name), yes=yes):
        raise RemoveUnconfirmedError(name=name)
    with transaction(parts.db) as connection:
        stored.remove_relay(connection, name)
        left = stored.stored(connection, parts.settings, parts.secret)
    show({"removed": name}, lambda: tell(say(N_("The relay “{name}” was removed."), name=name)))
    if not left and not parts.settings.relay_url.get_secret_value():
        warn(say(N_("No relay is left: from now on the sandbox mailbox catches every mail.")))


@command.command("enable", help=N_("Use a relay again; its earlier problems are forgotten."))
@argument("name")
@pass_parts
def enable(parts: Parts, name: str) -> None:
    """Switch one on."""
    _switch(parts, name, True, N_("The relay “{name}” is used from now on."))


@command.command("disable", help=N_("Send nothing more through a relay. With all disabled, mails wait."))
@argument("name")
@pass_parts
def disable(parts: Parts, name: str) -> None:
    """Switch one off."""
    _switch(parts, name, False, N_("The relay “{name}” is no longer used."))


def _switch(parts: Parts, name: str, enabled: bool, text: str) -> None:
    with transaction(parts.db) as connection:
        stored.set_enabled(connection, name, enabled)
    show({"name": name, "enabled": enabled}, lambda: tell(say(text, name=name)))


@command.command("presets", help=N_("Show the known services, or one of them in full."))
@argument("name", required=False)
def list_presets(name: str | None) -> None:
    """Known services."""
    found = [presets.preset(name)] if name else list(presets.presets().values())
    data = {"presets": [describe_preset(one) for one in found]}
    show(data, lambda: presets_for_people(found, whole=bool(name)))


@command.command(
    "test",
    help=N_("Connect, encrypt and sign in now; with --to also send a mail."),
    epilog=N_("Exit codes: 0 it works; 1 it does not, with the reason."),
)
@argument("name", required=False)
@option("--to", "recipient", help=N_("Send a test mail to this address."))
@option("--from", "sender", help=N_("Its From address; by default the user name or the first sender domain."))
@option(
    "--patience", type=click.FloatRange(0.1, 600), default=20.0, help=N_("Seconds to wait for each answer; default 20.")
)
@pass_parts
def test(parts: Parts, /, *, name: str | None, recipient: str | None, sender: str | None, patience: float) -> None:
    """Try one; the one asked first when none is named."""
    from bocau.doors.cli.relays.tried import compose, run

    relay, _ = _named(parts, name)
    mail = compose(parts, relay, recipient, sender) if recipient else None
    run(parts, relay, mail, trial.patience(patience))


def _named(parts: Parts, name: str | None) -> tuple[relays.Relay, bool]:
    """A relay, and whether it is in use; None is the one asked first. Raises RelayUnknownError."""
    with reading(parts.db) as connection:
        used = relays.active(connection, parts.settings, parts.secret)
        found = [*used, *stored.stored(connection, parts.settings, parts.secret)]
    for relay in found:
        if name is None or relay.name == name:
            return relay, relay in used
    raise stored.RelayUnknownError(name=harmless(name or "")[:80])
