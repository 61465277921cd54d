"""Write docs/reference from the code: settings, commands, error codes, metrics, event kinds. ``--check``: only compare.

A test runs this and fails when a page is not what the code says.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, SecretStr

import bocau
from bocau.base import metrics
from bocau.base.config import Settings
from bocau.base.errors import BocauError
from bocau.doors.cli import NOUNS, command
from bocau.doors.cli.terminal.frame import Exit
from bocau.events.kinds import Kind

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Written by `make docs` from the code. -->\n\n"


def pages() -> dict[str, str]:
    """File name → text."""
    made: dict[str, Callable[[], Iterator[str]]] = {
        "settings.md": settings,
        "commands.md": commands,
        "errors.md": errors,
        "metrics.md": counted,
        "events.md": kinds,
    }
    return {name: MADE + "\n".join(make()) + "\n" for name, make in made.items()}


def settings() -> Iterator[str]:
    """Every setting with its default."""
    yield "# Settings\n"
    yield "Read from the environment (`BOCAU_…`), else from a file named by `BOCAU_…_FILE`, else from `bocau.toml` in the"
    yield "data folder (or the file `BOCAU_CONFIG` names), else the default. Times in seconds, sizes in bytes."
    yield "`bocau config` shows each value and where it comes from.\n"
    yield "| variable | in bocau.toml | default | meaning |\n|---|---|---|---|"
    for name, field in Settings.model_fields.items():
        yield f"| `BOCAU_{name.upper()}` | `{name}` | {_default(name, field)} | {field.description} |"
        if isinstance(value := field.get_default(), BaseModel):
            for inner, given in value.model_dump().items():
                yield f"| `BOCAU_{name.upper()}__{inner.upper()}` | `[{name}] {inner}` | `{given:g}` | |"
    yield "\n## Streams\n"
    yield "| stream | setting | default |\n|---|---|---|"
    for stream, found in Settings.model_fields["streams"].get_default().items():
        for inner, given in found.model_dump().items():
            yield f"| {stream} | `[streams.{stream}] {inner}` | `{given}` |"


def _default(name: str, field: Any) -> str:
    if name == "home":
        return "`~/.local/share/bocau`"
    value = field.get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, BaseModel | dict):
        return "below"
    return "" if value in ("", None) else f"`{value}`"


def commands() -> Iterator[str]:
    """Every command with its options."""
    yield "# Commands\n"
    yield "Every command takes `--json` (the result, or the error, for programs) and `--help`.\n"
    yield "| exit code | means |\n|---|---|"
    for code, meaning in EXITS.items():
        yield f"| {int(code)} | {meaning} |"
    context = click.Context(command, info_name="bocau")
    for noun in NOUNS:
        found = command.get_command(context, noun)
        assert found is not None
        yield from _command(found, ["bocau", noun])


EXITS = {
    Exit.ok: "Done; for `send`: all were sent",
    Exit.error: "An error; a sentence says which and what to do",
    Exit.usage: "The command was written wrongly",
    Exit.open: "Ended, and some mails are deferred or still open",
    Exit.failed: "Ended, and some mails failed",
    Exit.idle: "No worker is running",
    Exit.interrupted: "Stopped by Ctrl-C; sending continues",
}


def _command(found: click.Command, words: list[str]) -> Iterator[str]:
    arguments = [
        parameter.make_metavar(click.Context(found))
        for parameter in found.params
        if isinstance(parameter, click.Argument)
    ]
    yield f"\n## `{' '.join([*words, *arguments])}`\n"
    yield found.help or ""
    options = [
        parameter for parameter in found.params if isinstance(parameter, click.Option) and parameter.name != "json"
    ]
    if options:
        yield "\n| option | meaning |\n|---|---|"
        for option in options:
            yield f"| `{_written(option)}` | {(option.help or '').replace('|', '·')}{_preset(option)} |"
    if isinstance(found, click.Group):
        for name, verb in sorted(found.commands.items()):
            yield from _command(verb, [*words, name])


def _written(option: click.Option) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} {option.make_metavar(click.Context(command))}".replace("|", "/")


def _preset(option: click.Option) -> str:
    shown = option.show_default and isinstance(option.default, str | int) and not option.is_flag
    return f" (`{option.default}`)" if shown else ""


def errors() -> Iterator[str]:
    """Every error code with its sentence and hint."""
    yield "# Errors\n"
    yield "Told as `[code]` behind the sentence, and as `error.code` with `--json`. Codes do not change.\n"
    yield "| code | sentence | what to do |\n|---|---|---|"
    for one in told_errors():
        yield f"| `{one.code}` | {one.sentence} | {one.hint} |".replace("\n", " ")


def every_error() -> list[type[BocauError]]:
    """All error classes of the package, by code."""
    for module in pkgutil.walk_packages(bocau.__path__, "bocau."):
        if "versions" not in module.name and not module.name.endswith(("__main__", ".env")):
            importlib.import_module(module.name)
    found, waiting = set(), [BocauError]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one.__module__.startswith("bocau."):
                found.add(one)
                waiting.append(one)
    return sorted(found, key=lambda one: one.code)


def told_errors() -> list[type[BocauError]]:
    """Without those that only hold others together: nobody is ever told their sentence."""
    made = constructed()
    return [one for one in every_error() if one.__name__ in made or not one.__subclasses__()]


def constructed() -> set[str]:
    """Names of what the package calls or raises anywhere: ``raise X``, ``X(…)``, ``(X if … else Y)(…)``."""
    found: set[str] = set()
    for path in Path(bocau.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            one = node.exc if isinstance(node, ast.Raise) else node.func if isinstance(node, ast.Call) else None
            for inner in ast.walk(one) if one is not None else ():
                found.add(getattr(inner, "attr", "") or getattr(inner, "id", ""))
    return found


def counted() -> Iterator[str]:
    """Every metric."""
    yield "# Metrics\n"
    yield "Served at `/metrics` in the Prometheus text format, summed over all processes of one machine.\n"
    yield "| metric | kind | labels | meaning |\n|---|---|---|---|"
    for meter in sorted(metrics.METERS, key=lambda meter: meter.name):
        labels = ", ".join(f"`{label}`" for label in meter.labels)
        yield f"| `{meter.name}` | {meter.kind} | {labels} | {meter.help} |"


def kinds() -> Iterator[str]:
    """Every kind of event."""
    yield "# Events\n"
    yield "What happened to a message, as `bocau messages show` tells it. Queued and sent are read from the message itself;"
    yield "every other fact is an event.\n"
    yield "| kind | meaning |\n|---|---|"
    for kind in Kind:
        yield f"| `{kind.value}` | {kind.sentence} |"


def main(check: bool) -> int:
    """Write the pages, or say which differ."""
    wrong = [name for name, text in pages().items() if _read(FOLDER / name) != text]
    if check:
        sys.stderr.write("".join(f"docs/reference/{name} is not what the code says: make docs\n" for name in wrong))
        return bool(wrong)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
