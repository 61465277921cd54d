"""Secrets and trust come in by prompt, environment, standard input or file: never on the command line, never echoed."""

import os
import ssl
import sys
from pathlib import Path

import click
from pydantic import SecretStr

from bocau.base.errors import BocauError
from bocau.base.words import N_, say

VARIABLE = "BOCAU_RELAY_PASSWORD"
MOST = 10_000


class PasswordMissingError(BocauError):
    code = "password-missing"
    sentence = N_("There is no password for {user}, and no terminal to ask at. Nothing was stored.")
    hint = N_("Set BOCAU_RELAY_PASSWORD, or pipe it in with --password-stdin.")


class AuthorityFileWrongError(BocauError):
    code = "authority-file-wrong"
    sentence = N_("{file} contains no certificate that can be trusted: {reason}. Nothing was stored.")
    hint = N_("Give a PEM file with the certificate of the authority that signed the server's.")


def password(user: str, *, from_stdin: bool, keep: bool) -> SecretStr | None:
    """The password for ``user``. ``keep``: None is an answer, the known one stays. Raises PasswordMissingError."""
    stdin = sys.stdin
    if from_stdin:
        given = stdin.read(MOST).rstrip("\r\n")
    elif os.environ.get(VARIABLE):
        given = os.environ[VARIABLE]
    elif stdin.isatty():
        given = _typed(user, keep=keep)
    else:
        given = ""
    if not given and (from_stdin or not keep):
        raise PasswordMissingError(user=user)
    return SecretStr(given) if given else None


def authorities(file: Path | None) -> str | None:
    """The file's whole path, when it holds certificates. Raises AuthorityFileWrongError."""
    if file is None:
        return None
    try:
        ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise AuthorityFileWrongError(file=file, reason=error.strerror or error) from None
    return str(file.absolute())


def _typed(user: str, *, keep: bool) -> str:
    text = N_("Password of {user} (empty: as before)") if keep else N_("Password of {user}")
    usual = "" if keep else None
    return str(click.prompt(say(text, user=user), usual, hide_input=True, show_default=False, err=True))
