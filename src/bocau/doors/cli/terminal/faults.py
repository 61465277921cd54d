"""When a command ends badly: a sentence, what to do, a code, an exit code. Never a traceback for what we foresaw."""

import errno
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import click

from bocau.base.errors import BocauError
from bocau.base.words import N_, from_environment, language, say
from bocau.doors.cli.terminal.clicks import speak
from bocau.doors.cli.terminal.frame import Exit


class DatabaseAwayError(BocauError):
    code = "database-away"
    sentence = N_("The database does not answer: {reason}. Accepted mails are safe in it.")
    hint = N_("Start it, or correct BOCAU_DATABASE_URL; `bocau doctor` checks both.")


class DatabaseSlowError(BocauError):
    code = "database-slow"
    sentence = N_("The database is there, but this took it too long: {reason}. Accepted mails are safe in it.")
    hint = N_("Try again in a minute; if it stays so, look at what else the database is doing.")


class DiskFullError(BocauError):
    code = "disk-full"
    sentence = N_(
        "The disk is full: {reason}. What was accepted before is safe; what was being written is not accepted."
    )
    hint = N_("Free some space, then run the same command again: it continues where it stopped.")


class UnforeseenError(BocauError):
    code = "unforeseen"
    sentence = N_("This is a fault in Bồ Câu itself: {kind}: {reason}")
    hint = N_("What was committed is safe. Please report the lines above.")


def guarded(command: click.Command, arguments: list[str]) -> int:
    """Run ``command``, present what goes wrong, and return the exit code."""
    before = language.set(from_environment())
    speak()
    try:
        return _guarded(command, arguments)
    finally:
        language.reset(before)


def _guarded(command: click.Command, arguments: list[str]) -> int:
    try:
        code = command.main(arguments, prog_name="bocau", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        click.echo("", err=True)
        return Exit.interrupted
    except BrokenPipeError:  # the reader has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.error
    except Exception as error:  # noqa: BLE001 - the last line of defence: everything becomes a sentence
        return _present(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else Exit.ok


def _present(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, click.ClickException):
        return _usage(error, as_json=as_json)
    known = _known(error)
    if isinstance(known, UnforeseenError):
        click.echo("".join(traceback.format_exception(error)), err=True)
    _write(known.code, str(known), known.advice(), as_json=as_json, questions=known.questions)
    return Exit.usage if known.questions else Exit.error


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = say(N_("See: {command} --help"), command=error.ctx.command_path)
    _write("usage", error.format_message(), hint, as_json=as_json)
    return Exit.usage


def _known(error: Exception) -> BocauError:
    if isinstance(error, BocauError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(reason=error.filename or error.strerror)
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

        if isinstance(error, DBAPIError) and (
            isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
        ):
            if "disk is full" in str(error.orig):  # as SQLite says it
                return DiskFullError(reason=error.orig)
            reason = str(error.orig).strip().splitlines()[0].rstrip(".")
            return DatabaseSlowError(reason=reason) if took_too_long(error.orig) else DatabaseAwayError(reason=reason)
    return UnforeseenError(kind=type(error).__name__, reason=error)


def took_too_long(error: object) -> bool:
    """A statement, or a wait for a lock, that the database itself ended: PostgreSQL's query_canceled and
    lock_not_available, MariaDB's ER_STATEMENT_TIMEOUT, MySQL's ER_QUERY_TIMEOUT, both's ER_LOCK_WAIT_TIMEOUT; SQLite's
    SQLITE_BUSY."""
    arguments = getattr(error, "args", ())
    code = arguments[0] if arguments else None
    named = (
        getattr(error, "sqlstate", "") in ("57014", "55P03") or getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY"
    )
    return named or code in (1969, 3024, 1205)


def _write(code: str, sentence: str, hint: str, *, as_json: bool, questions: Sequence[Mapping[str, Any]] = ()) -> None:
    if as_json:
        import orjson

        told = {"code": code, "sentence": sentence, "hint": hint}
        body = {"error": told | {"questions": list(questions)} if questions else told}
        click.echo(orjson.dumps(body).decode(), err=True)
        return
    click.secho(say(N_("Error: {sentence}"), sentence=sentence) + f" [{code}]", fg="red", err=True)
    for one in questions:
        click.echo(f"  {one['question']}", err=True)
        for answer in one["answers"]:
            click.echo(f"    {answer['option']}  → {answer['value'] or '?'}", err=True)
    if hint:
        click.echo(f"  → {hint}", err=True)
