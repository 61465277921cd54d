"""The project's own source, read for the house's rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "bocau"
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".po", ".in", ".txt", ".cfg", ".ini", ".sh", ".yml", ".svg", ""}


def modules(*folders: Path) -> list[Path]:
    """Python files below ``folders`` (the package when none is given), without generated migration steps."""
    found = [path for folder in folders or (SRC,) for path in sorted(folder.rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def where(path: Path, node: ast.AST | None = None) -> str:
    """``file:line`` as a terminal can follow it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """Calls of functions or methods of one of these names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names:
                yield node


def tracked() -> list[Path]:
    """Every file of the project as git knows it; in an unpacked archive, every file."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not _is_made(path.relative_to(ROOT))]
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _is_made(path: Path) -> bool:
    """Caches, environments, git's own files."""
    return any(part.startswith(".") and part != ".ci" for part in path.parts[:-1]) or "__pycache__" in path.parts


def texts() -> list[Path]:
    """Tracked files that people wrote as text; generated locks are none."""
    return [
        path
        for path in tracked()
        if path.suffix in TEXT and not (path.parent.name == "requirements" and path.suffix == ".txt")
    ]


def nothing(found: list[str]) -> None:
    """Fail with a line for each thing found."""
    assert not found, "\n" + "\n".join(found)
