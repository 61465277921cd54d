"""All rooms' tables in one place."""

import importlib
from pathlib import Path

import bocau


def load_tables() -> None:
    """Import every room's tables, so that the metadata is whole."""
    root = Path(bocau.__file__).parent
    for path in sorted(root.glob("*/tables.py")) + sorted(root.glob("base/db/instance.py")):
        importlib.import_module(".".join(("bocau", *path.relative_to(root).with_suffix("").parts)))
