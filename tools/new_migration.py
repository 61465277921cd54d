"""Write the next migration step from what the rooms' tables have become: python tools/new_migration.py "what it does".

The step is written against an empty SQLite that has all earlier steps. Read it before it is committed.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateIndexOp, MigrateOperation, OpContainer
from sqlalchemy.dialects import postgresql

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bocau import migrations
from bocau.base.db import make_engine, metadata
from tests.fakes.tables import load_tables

STEPS = migrations.run.FOLDER / "versions"
WHERE = "postgresql_where"


def render(kind: str, thing: Any, context: Any) -> str | Literal[False]:
    """Truth values as each database writes them; everything else as Alembic does."""
    if kind == "server_default" and isinstance(thing, sa.DefaultClause):
        if isinstance(thing.arg, sa.False_):
            return "sa.false()"
        if isinstance(thing.arg, sa.True_):
            return "sa.true()"
    return False


def say_in_postgresql(operations: Iterable[MigrateOperation]) -> None:
    """Let PostgreSQL's predicates of partial indexes be as it writes them: the step is written against a SQLite, which
    has no truth values."""
    for operation in operations:
        if isinstance(operation, OpContainer):
            say_in_postgresql(operation.ops)
        elif isinstance(operation, CreateIndexOp) and operation.kw.get(WHERE) is not None:
            words = {"literal_binds": True, "include_table": False}
            said = operation.kw[WHERE].compile(dialect=postgresql.dialect(), compile_kwargs=words)
            operation.kw = {**operation.kw, WHERE: sa.text(str(said))}


def body(engine: sa.Engine) -> tuple[str, set[str]]:
    """The step's code and the imports it needs."""
    imports: set[str] = set()
    options = {"version_table": migrations.TABLE, "compare_type": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        found = produce_migrations(context, metadata).upgrade_ops
        assert found is not None
        say_in_postgresql(found.ops)
        code = render_python_code(
            found, migration_context=context, render_as_batch=True, render_item=render, imports=imports
        )
    return "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("# ###")), imports


def main(what: str) -> None:
    """Write the file and say where."""
    load_tables()
    before = sorted(path.name[:4] for path in STEPS.glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db")
        migrations.upgrade(engine)
        code, imports = body(engine)
        engine.dispose()
    number = f"{int(before[-1]) + 1:04d}"
    name = re.sub(r"[^a-z0-9]+", "_", what.lower()).strip("_")[:40]
    path = STEPS / f"{number}_{name}.py"
    lines = [
        f'"""{what}."""\n',
        "import sqlalchemy as sa",
        "from alembic import op",
        "from sqlalchemy.dialects import mysql",
        *sorted(imports - {"from sqlalchemy.dialects import mysql"}),
        "",
        f'revision = "{number}"',
        f"down_revision = {before[-1]!r}",
        "\n",
        "def upgrade() -> None:",
        code.rstrip(),
        "",
    ]
    text = "\n".join(lines)
    text = text.replace(", schema=None)", ', schema=None, recreate="never")')  # or SQLite forgets AUTOINCREMENT
    path.write_text(text)
    ruff = str(Path(sys.executable).with_name("ruff"))
    subprocess.run([ruff, "format", "--quiet", str(path)], check=True)
    subprocess.run([ruff, "check", "--quiet", "--select", "F,I", "--fix", str(path)], check=True)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1])
