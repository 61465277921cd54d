"""The law of imports: rooms only import downwards, and only what a room's face offers."""

import ast
import configparser
import re

from importlinter.api import use_cases
from importlinter.cli import lint_imports

from tests.house.source import ROOT, SRC, modules, nothing, tree, where

ROOMS = sorted(path.name for path in SRC.iterdir() if (path / "__init__.py").exists())
TOOLS = {"base", "wire", "doors", "migrations"}
"""Not rooms: made of tools to be imported one by one, or imported by nobody."""
FACE_MOST = 32
"""Names a face offers: about a dozen verbs, and the shapes they take and return."""


def test_contracts_are_kept() -> None:
    assert use_cases is not None
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def test_contracts_name_every_room() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    for name in ("door-libraries", "celery", "network"):
        section = contracts[f"importlinter:contract:{name}"]
        named = {line.split(".")[1] for line in section["source_modules"].split() if "." in line}
        assert set(ROOMS) - named <= {"doors", "wire", "bell"}, name


def test_rooms_are_entered_by_their_face() -> None:
    """``bocau.<room>.<file>`` may be imported elsewhere only when the room's face names it; tables never."""
    wrong = []
    for path in modules():
        room = path.relative_to(SRC).parts[0]
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("bocau."):
                continue
            for target in _targets(node):
                other, _, inner = target.partition(".")
                if other in ROOMS and other not in TOOLS and other != room and inner and not _offered(other, inner):
                    wrong.append(f"{where(path, node)} bocau.{target}")
    nothing(wrong)


def _targets(node: ast.ImportFrom) -> list[str]:
    """``room.file`` for each module this statement imports."""
    module = (node.module or "").removeprefix("bocau.")
    if "." in module:
        return [module]
    files = [alias.name for alias in node.names if (SRC / module / f"{alias.name}.py").exists()]
    return [f"{module}.{name}" for name in files]


def _offered(room: str, inner: str) -> bool:
    told = ast.get_docstring(tree(SRC / room / "__init__.py")) or ""
    named = re.search(rf"``(bocau\.{room}\.)?{inner.split('.')[0]}``", told)
    return inner != "tables" and named is not None


def test_every_room_says_what_it_owns_never_does_and_talks_to() -> None:
    silent = []
    for room in set(ROOMS) - {"base", "doors"}:
        told = ast.get_docstring(tree(SRC / room / "__init__.py")) or ""
        if not re.search(r"(?s)Owns.*Never.*Talks to", told):
            silent.append(room)
    nothing(silent)


def test_faces_stay_small() -> None:
    wide = []
    for room in set(ROOMS) - TOOLS:
        for node in tree(SRC / room / "__init__.py").body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                assert isinstance(node.value, ast.List)
                if len(node.value.elts) > FACE_MOST:
                    wide.append(f"{room}: {len(node.value.elts)}")
    nothing(wide)


def test_verbs_never_commit() -> None:
    """Doors own the transactions; the delivery loop, which must commit around the network, is the one exception."""
    wrong = []
    for path in modules():
        room = path.relative_to(SRC).parts[0]
        if room in {"doors", "base", "delivery", "migrations", "sandbox"}:
            continue
        wrong += [
            where(path, node)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute)
            and node.attr in ("commit", "rollback")
            and getattr(node.value, "id", "") in ("session", "connection")
        ]
    nothing(wrong)


def test_only_a_room_names_its_own_tables_in_sql() -> None:
    """No SQL in doors."""
    wrong = []
    for path in modules(SRC / "doors"):
        for node in ast.walk(tree(path)):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sa"
            if (
                isinstance(node, ast.Attribute)
                and named
                and node.attr in ("insert", "update", "delete", "text", "Table")
            ):
                wrong.append(where(path, node))
    nothing(wrong)
