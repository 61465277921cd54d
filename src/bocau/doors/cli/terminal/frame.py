"""What every command is made of: nouns and verbs that speak two languages, ``--json``, the parts, exit codes.

A command module has an attribute ``command``::

    @click.group(cls=Noun, help=N_("…"))
    def command() -> None: ...

    @command.command("list", help=N_("…"))
    @option("--state", help=N_("…"))
    @pass_parts
    def list_them(parts: Parts, state: str) -> None:
        show(data, lambda: table(…))

Only ``show`` writes a result: as JSON with ``--json``, for people otherwise.
"""

import re
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar

import click

from bocau.base.words import N_, say
from bocau.doors.cli.terminal.screen import JSON, as_json, facts, show, table, tell, warn

if TYPE_CHECKING:
    from bocau.base.config import Settings
    from bocau.wiring import Parts

P = ParamSpec("P")
R = TypeVar("R")

__all__ = [
    "Argument",
    "Exit",
    "Noun",
    "Option",
    "Verb",
    "argument",
    "as_json",
    "confirm",
    "facts",
    "leave",
    "option",
    "pass_parts",
    "pass_settings",
    "show",
    "table",
    "tell",
    "warn",
]


class Exit(IntEnum):
    """What a command's exit code means."""

    ok = 0
    error = 1
    usage = 2
    open = 3
    failed = 4
    idle = 5
    interrupted = 130


PLACE = re.compile(r"(?<!\w)[A-Z]{2,}(?:[=_ ][A-Z]{2,})*(?!\w)")
"""What stands for a value in usage lines and tables of options: ADDRESS, INTEGER RANGE, COLUMN=ATTRIBUTE."""


def in_words(places: str) -> str:
    """Placeholders in the current language; they stand beside click's own words in click.po."""
    return PLACE.sub(lambda found: say(found[0]), places)


class Option(click.Option):
    """An option whose help is shown in the current language."""

    def make_metavar(self, ctx: click.Context) -> str:
        return in_words(super().make_metavar(ctx))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        written, self.help = self.help, say(self.help) if self.help else self.help
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = written


class Argument(click.Argument):
    """A positional argument whose placeholder is shown in the current language."""

    def make_metavar(self, ctx: click.Context) -> str:
        return in_words(super().make_metavar(ctx))


class Verb(click.Command):
    """A command that understands ``--json`` and speaks the current language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            Option(
                ["--json"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_note_json,
                help=N_("Print the result, or the error, as JSON."),
            )
        )

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return list(map(in_words, super().collect_usage_pieces(ctx)))

    def get_short_help_str(self, limit: int = 45) -> str:
        return say(self.short_help or self.help or "").split("\n")[0]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write(self.help, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write(self.epilog, formatter)


class Noun(click.Group):
    """A group of verbs."""

    command_class = Verb

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return list(map(in_words, super().collect_usage_pieces(ctx)))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write(self.help, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        return say(self.short_help or self.help or "").split("\n")[0]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write(self.epilog, formatter)


option: Callable[..., Callable[[Any], Any]] = partial(click.option, cls=Option)
argument: Callable[..., Callable[[Any], Any]] = partial(click.argument, cls=Argument)


def pass_settings(function: "Callable[Concatenate[Settings, P], R]") -> Callable[P, R]:
    """Give the command the settings. Raises SettingsWrongError."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(_settings(), *args, **kwargs)

    return wrapped


def pass_parts(function: "Callable[Concatenate[Parts, P], R]") -> Callable[P, R]:
    """Give the command the parts, checked: the database has our tables, of our version, and our secret key."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from bocau import wiring

        parts = wiring.parts(_settings())
        click.get_current_context().call_on_close(parts.close)
        wiring.check(parts)
        return function(parts, *args, **kwargs)

    return wrapped


def _settings() -> "Settings":
    """Read, with logging set up: what rooms log goes to standard error, and only what a person at a terminal must know."""
    from bocau.base import log
    from bocau.doors.cli.terminal.settings import read

    settings = read()
    log.configure("warning" if settings.log_level == "info" else settings.log_level, settings.log_format)
    return settings


def leave(code: Exit) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(int(code))


def confirm(question: str, *, yes: bool) -> bool:
    """Ask on the terminal; ``yes`` answers without asking. Without a terminal, and with ``--json``, nobody answers: no."""
    if yes:
        return True
    if as_json() or not sys.stdin.isatty():
        return False
    return click.confirm(question, err=True)


def _note_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.meta[JSON] = value or context.meta.get(JSON, False)


def _write(text: str | None, formatter: click.HelpFormatter) -> None:
    if text:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(say(text))
