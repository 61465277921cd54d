"""What is said of a relay on the command line: the options that storing and changing share, and what they come to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.words import N_
from bocau.doors.cli.terminal.frame import option
from bocau.doors.cli.terminal.secret_input import authorities, password
from bocau.relays.plan import BOUNDS, MECHANISMS, RATES
from bocau.relays.requests import RelayChange
from bocau.relays.view import RelayView
from bocau.wire.smtp import TlsPolicy

POLICIES = [policy.value for policy in TlsPolicy]
OPTIONS = (
    option("--host", help=N_("Name or address of the server.")),
    option(
        "--port",
        type=click.IntRange(*BOUNDS["port"]),
        help=N_("Its port; 587 with a user, 465 with --tls implicit, otherwise 25."),
    ),
    option(
        "--tls",
        type=click.Choice(POLICIES),
        help=N_("required: STARTTLS or nothing; implicit: from the first byte; opportunistic: when offered; off."),
    ),
    option("--user", "username", help=N_("User name to sign in with.")),
    option("--password-stdin", is_flag=True, help=N_("Read the password from standard input.")),
    option(
        "--auth",
        type=click.Choice(MECHANISMS, case_sensitive=False),
        help=N_("How to sign in; by default what the server offers."),
    ),
    option("--priority", type=click.IntRange(*BOUNDS["priority"]), help=N_("Lower is tried first; default 10.")),
    option(
        "--weight",
        type=click.IntRange(*BOUNDS["weight"]),
        help=N_("Share among relays of the same priority; default 100."),
    ),
    option(
        "--connections",
        "max_connections",
        type=click.IntRange(*BOUNDS["max_connections"]),
        help=N_("At most this many connections across all workers."),
    ),
    option("--rate", type=click.FloatRange(*RATES), help=N_("At most this many mails per second across all workers.")),
    option(
        "--mails-per-connection",
        type=click.IntRange(*BOUNDS["mails_per_connection"]),
        help=N_("A connection is closed after this many mails."),
    ),
    option("--max-size", type=click.IntRange(*BOUNDS["max_size"]), help=N_("Largest mail in bytes.")),
    option(
        "--ca-file", type=click.Path(path_type=Path), help=N_("Certificates to trust instead of the system's (PEM).")
    ),
    option("--helo", "helo_name", help=N_("The name we introduce ourselves with.")),
)


class ChangeMissingError(BocauError):
    code = "change-missing"
    sentence = N_("Nothing was said that is to change. Nothing was changed.")
    hint = N_("Give what shall be different, for example --connections 5; --help shows all of it.")


class ChangeContradictoryError(BocauError):
    code = "change-contradictory"
    sentence = N_("{one} and {other} contradict each other. Nothing was changed.")
    hint = N_("Give one of them.")


def particulars(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what is said of a relay; None: not said."""
    for one in reversed(OPTIONS):
        function = one(function)
    return function


def asked(said: dict[str, Any]) -> dict[str, Any]:
    """Fields of a request; None: not given."""
    if said["tls"] is not None:
        said["tls"] = TlsPolicy(said["tls"])
    return {field: NOT_GIVEN if value is None else value for field, value in said.items()}


def changed(known: RelayView, said: dict[str, Any]) -> RelayChange:
    """``said``: the options, one to one. The password is asked for when it is to be another, and when host or user become
    others, with which it goes.

    Raises ChangeMissingError, ChangeContradictoryError, PasswordMissingError, AuthorityFileWrongError.
    """
    nothing = {field: said.pop(flag) for flag, field in (("no_rate", "rate"), ("no_max_size", "max_size"))}
    from_stdin, other = said.pop("password_stdin"), said.pop("new_password")
    said["ca_file"] = _authorities(said["ca_file"], system=said.pop("system_ca"))
    said["password"] = _password(known, said, from_stdin=from_stdin, other=other)
    given = asked(said)
    for field, none in nothing.items():
        if none and said[field] is not None:
            flag = field.replace("_", "-")
            raise ChangeContradictoryError(one=f"--{flag}", other=f"--no-{flag}")
        if none:
            given[field] = None
    if all(value is NOT_GIVEN for value in given.values()):
        raise ChangeMissingError
    return RelayChange(**given)


def _authorities(file: Path | None, *, system: bool) -> str | None:
    if file is not None and system:
        raise ChangeContradictoryError(one="--ca-file", other="--system-ca")
    return "" if system else authorities(file)


def _password(known: RelayView, said: dict[str, Any], *, from_stdin: bool, other: bool) -> Any:
    """None: as it was."""
    user = known.username if said["username"] is None else said["username"]
    moved = any(said[name] not in (None, was) for name, was in (("host", known.host), ("username", known.username)))
    if user and (from_stdin or other or moved):
        return password(user, from_stdin=from_stdin, keep=False)
    return None
