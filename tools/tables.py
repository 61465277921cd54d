"""Write docs/reference/tables.md from the rooms' tables: a picture and a list for each room. ``--check``: only compare."""

import ast
import importlib
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau.base.db import metadata

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "bocau"
PAGE = ROOT / "docs" / "reference" / "tables.md"
HEAD = """<!-- Written by `make docs` from the code. -->

# Tables

Each table belongs to the room whose file defines it, and only that room touches it; what each column means stands there.
A line leads from a table to the one whose number it keeps. The database is not told of these references (there are no
foreign keys); a number may be that of a row that is gone. The sandbox keeps its mails in a file of its own.
"""


def page() -> str:
    """The whole file."""
    found = [(path, metadata.tables[name]) for path, name in defined()]
    lines = [HEAD]
    for path, group in groupby(found, key=lambda pair: pair[0]):
        tables = [table for _, table in group]
        lines += [f"## `{path.relative_to(SRC)}`\n", *picture(tables), ""]
        lines += [line for table in tables for line in (*series(table), *together(table))]
    return "\n".join(lines).rstrip() + "\n"


def defined() -> Iterator[tuple[Path, str]]:
    """(file, table) of every ``name = sa.Table("name", …)``, in the order of the files; of a series of tables (``f"name_{…}"``)
    the first."""
    for path in sorted(SRC.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "sa.Table(" not in text or "versions" in path.parts:
            continue
        importlib.import_module(".".join(("bocau", *path.relative_to(SRC).with_suffix("").parts)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sa.Table":
                yield path, named(node.args[0])


def named(node: ast.expr) -> str:
    """A table's name; of a series, which is numbered, the lowest."""
    if isinstance(node, ast.JoinedStr):
        start = ast.unparse(node.values[0]).strip("'")
        return min(name for name in metadata.tables if name.startswith(start))
    return str(ast.literal_eval(node))


def series(table: sa.Table) -> Iterator[str]:
    """A line about further tables of the same form, of which the picture shows the first."""
    start = table.name.rstrip("0123456789")
    last = max(name for name in metadata.tables if name.rstrip("0123456789") == start)
    if last != table.name:
        yield f"`{table.name}` is the first of a series of tables of the same form; `{last}` is the last.\n"


def picture(tables: list[sa.Table]) -> Iterator[str]:
    """One diagram; tables of other rooms stand in it by their name only."""
    yield "```mermaid\nerDiagram"
    for table in tables:
        yield f"    {table.name} {{"
        yield from (f"        {line}" for line in columns(table))
        yield "    }"
    for table in tables:
        for column in table.columns:
            if other := referred(column):
                yield f"    {other} ||--{'o|' if alone(column) else 'o{'} {table.name} : {column.name}"
    yield "```"


def columns(table: sa.Table) -> Iterator[str]:
    """A line for each column; of numbered ones (``t01`` … ``t24``) the first and the last."""
    for _, group in groupby(table.columns, key=lambda column: (column.name.rstrip("0123456789"), kind(column))):
        first, *others = group
        name = f"{first.name}-{others[-1].name}" if others else first.name
        true = {"PK": first.primary_key, "FK": referred(first), "UK": first.unique}
        keys = ", ".join(key for key, holds in true.items() if holds)
        yield " ".join(word for word in (kind(first), name, keys, '"may be NULL"' if first.nullable else "") if word)


def together(table: sa.Table) -> Iterator[str]:
    """A line for each rule that several columns are unique together."""
    for rule in table.constraints:
        if isinstance(rule, sa.UniqueConstraint) and len(rule.columns) > 1:
            yield f"Unique together in `{table.name}`: {', '.join(f'`{column.name}`' for column in rule.columns)}.\n"


def kind(column: sa.Column[Any]) -> str:
    return str(column.type.compile()).lower()


def alone(column: sa.Column[Any]) -> bool:
    """Whether no two rows of its table have the same value in it."""
    return bool(column.unique) or list(column.table.primary_key) == [column]


def referred(column: sa.Column[Any]) -> str | None:
    """The table whose number the column keeps: a foreign key, the table's name, or one word of it (``list``)."""
    for key in column.foreign_keys:
        return str(key.column.table.name)
    if not isinstance(column.type, sa.Integer) or isinstance(column.type, sa.SmallInteger):
        return None
    if column.name in metadata.tables:
        return column.name if column.name != column.table.name else None
    near = [name for name in metadata.tables if column.name in (name.split("_")[0], name.split("_")[-1])]
    return near[0] if len(near) == 1 and isinstance(column.type, sa.BigInteger) else None


def main(check: bool) -> int:
    """Write the page, or say that it differs."""
    new = page()
    if check and new != (PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""):
        sys.stderr.write("docs/reference/tables.md is not what the code says: make docs\n")
        return 1
    if not check:
        PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
