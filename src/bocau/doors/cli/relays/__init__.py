"""`bocau relays`: SMTP servers mail is handed to."""

from typing import Any

import click

from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.relays.asked import asked, changed, particulars
from bocau.doors.cli.relays.told import list_for_people, one_for_people, presets_for_people
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, tell, warn
from bocau.doors.cli.terminal.secret_input import authorities, password
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import removing
from bocau.relays import presets, stored, trial, view
from bocau.relays.requests import RelayChange, RelayCreation
from bocau.relays.view import RelayView
from bocau.wiring import Parts


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
@particulars
@option("--no-verify", is_flag=True, help=N_("Accept any certificate. Only for a server you know by other means."))
@option("--no-chunking", is_flag=True, help=N_("Do not use BDAT, even if it is offered."))
@option("--disabled", is_flag=True, help=N_("Store it, but send nothing through it yet."))
@option("--replace", is_flag=True, help=N_("Change the relay of this name."))
@pass_parts
def add(parts: Parts, /, *, name: str, password_stdin: bool, replace: bool, **said: Any) -> None:
    """Store a relay."""
    known = presets.preset(said["preset"]) if said["preset"] else None
    said["ca_file"] = authorities(said["ca_file"])
    if said["username"]:
        said["password"] = password(said["username"], from_stdin=password_stdin, keep=replace)
    creation = _creation(name, said)
    with transaction(parts.db) as connection:
        stored.create_relay(connection, creation, parts.secret, now_ms(), replace=replace)
        made = next(one for one in stored.stored(connection, parts.settings, parts.secret) if one.name == name)
    found = view.view_of(made, {})
    text = N_("The relay “{name}” was stored. Try it: bocau relays test {name}")
    show(found.as_dict(), lambda: tell(say(text, name=name)))
    if known is not None:
        tell(f"{known.title}: {known.note}")
    _warn(parts, found)


def _creation(name: str, said: dict[str, Any]) -> RelayCreation:
    """``said``: the options, one to one; None: not given."""
    for flag, field in (("no_verify", "verify"), ("no_chunking", "chunking"), ("disabled", "enabled")):
        said[field] = not said.pop(flag)
    service = said.pop("preset") or ""
    return RelayCreation(name=name, preset=service, **asked(said))


def _warn(parts: Parts, relay: RelayView) -> None:
    if parts.settings.relay_url.get_secret_value():
        warn(say(N_("BOCAU_RELAY_URL is set: stored relays are not used until it is removed.")))
    if not relay.verify:
        warn(say(N_("Any certificate is accepted: anyone in between can read mails and password.")))


@command.command(
    "change",
    help=N_("Change a stored relay. What is not given stays; its earlier problems are forgotten."),
    epilog=N_("Example: bocau relays change gmail --connections 5 --no-rate"),
)
@argument("name")
@particulars
@option("--new-password", is_flag=True, help=N_("Ask for another password."))
@option("--no-rate", is_flag=True, help=N_("No limit of mails per second."))
@option("--no-max-size", is_flag=True, help=N_("No limit of a mail's size but the server's own."))
@option("--system-ca", is_flag=True, help=N_("Trust the system's certificates again."))
@option("--verify/--no-verify", default=None, help=N_("Whether the server's certificate must be one that is trusted."))
@option("--chunking/--no-chunking", default=None, help=N_("Whether BDAT is used where it is offered."))
@pass_parts
def change(parts: Parts, /, *, name: str, **said: Any) -> None:
    """Change a relay."""
    with reading(parts.db) as connection:
        known = view.view(connection, parts.settings, parts.secret, harmless(name))
    wanted = changed(known, said)
    with transaction(parts.db) as connection:
        stored.change_relay(connection, name, wanted, parts.secret)
    with reading(parts.db) as connection:
        found = view.view(connection, parts.settings, parts.secret, name)
    show(found.as_dict(), lambda: _changed(found))
    _warn(parts, found)


def _changed(relay: RelayView) -> None:
    one_for_people(relay)
    tell(say(N_("The relay “{name}” was changed. Try it: bocau relays test {name}"), name=relay.name))


@command.command("list", help=N_("List the relays in the order they are tried."))
@pass_parts
def list_relays(parts: Parts) -> None:
    """All relays, and which are in use."""
    with reading(parts.db) as connection:
        found = view.every(connection, parts.settings, parts.secret)
    show({"relays": [one.as_dict() for one in found]}, lambda: list_for_people(found))


@command.command("show", help=N_("Show one relay with all its limits, and its last problem."))
@argument("name")
@pass_parts
def show_relay(parts: Parts, name: str) -> None:
    """One relay."""
    with reading(parts.db) as connection:
        found = view.view(connection, parts.settings, parts.secret, harmless(name))
    show(found.as_dict(), lambda: one_for_people(found))


@command.command("remove", help=N_("Remove a relay and its password."))
@argument("name")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, name: str, yes: bool) -> None:
    """Forget one."""
    with reading(parts.db) as connection:
        removing.free_relay(connection, name)
    if not confirm(say(N_("Remove the relay “{name}”?"), name=name), yes=yes):
        raise RemoveUnconfirmedError(name=name)
    with transaction(parts.db) as connection:
        removing.remove_relay(connection, name)
    with reading(parts.db) as connection:
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
        stored.change_relay(connection, name, RelayChange(enabled=enabled), parts.secret)
    show({"name": name, "enabled": enabled}, lambda: tell(say(text, name=name)))


@command.command("presets", help=N_("Show the known services, or one of them in full."))
@argument("name", required=False)
def list_presets(name: str | None) -> None:
    """Known services."""
    found = [presets.preset(name)] if name else list(presets.presets().values())
    data = {"presets": [one.as_dict() for one in found]}
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

    with reading(parts.db) as connection:
        relay, _ = stored.named(connection, parts.settings, parts.secret, None if name is None else harmless(name))
    mail = compose(parts, relay, recipient, sender) if recipient else None
    run(parts, relay, mail, trial.patience(patience))
