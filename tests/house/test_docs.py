"""Docs say what is so: their links lead somewhere, their commands exist, the files they name are there."""

import re

import click
import pytest

from bocau.doors.cli import NOUNS, command
from tests.house.source import ROOT, SRC, nothing

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
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


def test_files_the_tour_and_the_map_name_are_there() -> None:
    """Paths stand whole (``ledger/fill.py``), or as a name in the folder of the path before."""
    missing = []
    for page in (ROOT / "docs" / "tour.md", ROOT / "docs" / "map.md"):
        folder = SRC
        for name in re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|toml))`", page.read_text(encoding="utf-8")):
            places = [SRC / name, ROOT / name, folder / name]
            found = next((place for place in places if place.exists()), None)
            if found is None and not any(SRC.rglob(name)):
                missing.append(f"{page.name}: {name}")
            folder = found.parent if found is not None else folder
    nothing(missing)


@pytest.mark.parametrize("page", ["README.md", "README.vi.md", "CONTRIBUTING.md"])
def test_commands_in_the_docs_exist_with_their_options(page: str) -> None:
    wrong = []
    for block in re.findall(r"(?s)```\n(.+?)```", (ROOT / page).read_text(encoding="utf-8")):
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
