"""How commands write: results to standard output, everything else to standard error."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from bocau.base.words import figure

JSON = "bocau.json"


def as_json() -> bool:
    """Whether this command was called with ``--json``."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(JSON, False))


def show(data: Any, human: Callable[[], None]) -> None:
    """The result: ``data`` (anything orjson takes) with ``--json``, else whatever ``human`` writes."""
    if not as_json():
        human()
        return
    import orjson

    click.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table on standard output. ``columns`` beginning with ``>`` are aligned right. Values are never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(
        title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False
    )
    for column in columns:
        grid.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", overflow="fold"
        )
    for row in rows:
        grid.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(grid)


def facts(lines: Iterable[tuple[str, object]]) -> None:
    """Labels, and what is to be said of each, below each other; those without a value are left out.

    No line is broken here, so that an address can be copied out of a narrow terminal.
    """
    from rich.cells import cell_len

    told = [(f"  {label}:", str(value)) for label, value in lines if value is not None and value != ""]
    width = max((cell_len(label) for label, _ in told), default=0)
    for label, value in told:
        click.echo(label + " " * (width - cell_len(label) + 2) + value)


def part_of(done: int, total: int | None) -> str:
    """How far a bar is: 1,200/10,000."""
    return f"{figure(done)}/{figure(total) if total else '?'}"


def console(*, stderr: bool = False) -> Any:
    """A rich console on standard output or error; full width when it is not a terminal."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=200)


def tell(text: str) -> None:
    """A line for people, on standard output; silent with ``--json``."""
    if not as_json():
        click.echo(text)


def warn(text: str) -> None:
    """A line on standard error, also with ``--json``."""
    click.echo(text, err=True)
