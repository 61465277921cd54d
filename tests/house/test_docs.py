"""Docs say what is so: their links lead somewhere, their commands exist, the files they name are there."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import click
import pytest

from bocau.doors.cli import NOUNS, command
from tests.house.source import ROOT, SRC, nothing, tree

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PLACES = (ROOT, SRC, ROOT / "tests")
YOURS = {"bocau.toml"}
"""Files that are not the project's but its user's."""
FENCE = re.compile(r"(?ms)^```.*?^```")
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[a-z_.<*][\w.<>*-]*/[\w.<>*/-]*")
FILE = re.compile(r"[A-Za-z_<*][\w<>*/-]*\.(?:py|toml|md|html|css|js|po|ini|sh|txt)|Makefile")
MODULE = re.compile(r"[a-z_]+(?:\.\w+)+")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def test_links_lead_somewhere() -> None:
    nothing(
        [
            f"{page.relative_to(ROOT)}: {target}"
            for page in PAGES
            for target in LINK.findall(page.read_text(encoding="utf-8"))
            if not (page.parent / target).exists()
        ]
    )


def test_paths_and_modules_in_backticks_are_there() -> None:
    """Written whole, from the project's folder, ``src/bocau`` or ``tests``; ``<name>`` and ``*`` stand for something."""
    nothing(
        [
            f"{page.relative_to(ROOT)}: `{name}`"
            for page in PAGES
            for span in SPAN.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
            for name in named(span)
            if not is_there(name)
        ]
    )


@pytest.mark.parametrize(
    ("span", "wrong"),
    [
        ("ledger/fill.py", []),
        ("fill.py", ["fill.py"]),
        ("ledger/full.py", ["ledger/full.py"]),
        ("doors/cli/<noun>.py", []),
        ("doors/<noun>/none.py", ["doors/<noun>/none.py"]),
        ("translations/vi/*.po", []),
        ("bell.broker", []),
        ("bell.brokers", ["bell.brokers"]),
        ("base.db.transaction", []),
        ("bocau.ledger.protocol", []),
        ("python -m bench.none", ["bench.none"]),
        ("python tools/none.py --check", ["tools/none.py"]),
        ("/healthz", []),
        ("example.com", []),
        ("Asia/Ho_Chi_Minh", []),
    ],
)
def test_a_name_that_leads_nowhere_is_found(span: str, wrong: list[str]) -> None:
    assert [name for name in named(span) if not is_there(name)] == wrong


def named(span: str) -> list[str]:
    """The paths and modules in what stands between two backticks: alone there, or a file or module in a command."""
    words = span.split()
    modules = [after for before, after in pairwise(words) if before == "-m"]
    alone = words if len(words) == 1 and (PATH.fullmatch(span) or MODULE.fullmatch(span)) else []
    files = [word for word in words if FILE.fullmatch(word)]
    return [name for name in dict.fromkeys([*alone, *files, *modules]) if name not in YOURS]


def is_there(name: str) -> bool:
    """Whether a file, a folder, a module or something in one has this name."""
    if MODULE.fullmatch(name) and not FILE.fullmatch(name):
        return _is_said(name.removeprefix("bocau."))
    pattern = re.sub(r"<[a-z_]+>", "*", name).rstrip("/")
    return any(any(place.glob(pattern)) for place in PLACES)


def _is_said(name: str) -> bool:
    """``ledger.fill``, ``bell.broker``; a dotted name that begins with no package of ours is somebody else's."""
    first, *others = name.split(".")
    for place in PLACES:
        if (place / first).is_dir() or (place / f"{first}.py").exists():
            path = place.joinpath(first, *others)
            return path.is_dir() or path.with_suffix(".py").exists() or others[-1] in _bound(path.parent)
    return True


def _bound(module: Path) -> set[str]:
    """The names that a module, given without ``.py``, or a package's face offers."""
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    if not file.exists():
        return set()
    bound = {
        alias.asname or alias.name
        for node in ast.walk(tree(file))
        for alias in getattr(node, "names", ())
        if isinstance(node, ast.ImportFrom)
    }
    for node in tree(file).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        bound |= {getattr(node, "name", "")} | {getattr(target, "id", "") for target in targets}
    return bound


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_docs_exist_with_their_options(page: Path) -> None:
    wrong = []
    for block in re.findall(r"(?s)```\n(.+?)```", page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("./bocau "):
                wrong += [f"{page}: {line}"] if not exists(line.removeprefix("./bocau ").split()) else []
            elif line.startswith("make "):
                target = line.split()[1]
                wrong += [] if re.search(rf"(?m)^{target}:", (ROOT / "Makefile").read_text()) else [f"{page}: {line}"]
    nothing(wrong)


def exists(words: list[str]) -> bool:
    """Whether the noun, the verb and every option are known."""
    if words[0] not in NOUNS:
        return False
    found = command.get_command(click.Context(command), words[0])
    if isinstance(found, click.Group):
        found = found.commands.get(words[1])
    known = {name for parameter in (found.params if found else ()) for name in parameter.opts}
    return found is not None and all(word in known for word in words if re.fullmatch(r"--[a-z-]+", word))


def test_both_readmes_show_the_same_commands() -> None:
    def shown(name: str) -> list[str]:
        blocks = re.findall(r"(?s)```\n(.+?)```", (ROOT / name).read_text(encoding="utf-8"))
        return [" ".join(re.findall(r"^[./a-z ]+|--[a-z-]+", line)) for block in blocks for line in block.splitlines()]

    assert shown("README.md") == shown("README.vi.md")
