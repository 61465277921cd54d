"""docs/reference says what the code says, and everything a person may meet stands in it."""

import importlib.util
from types import ModuleType

import pytest

from bocau.base import metrics
from bocau.base.config import Settings
from bocau.doors.cli import NOUNS
from bocau.events.kinds import Kind
from tests.house.source import ROOT


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return tool("reference")


def page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def test_reference_is_up_to_date(reference: ModuleType) -> None:
    stale = [name for name, text in reference.pages().items() if page(name) != text]
    assert stale == [], "run: make docs"


def test_picture_of_the_tables_is_up_to_date() -> None:
    assert page("tables.md") == tool("tables").page(), "run: make docs"


def test_map_is_what_the_imports_say() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    assert text == tool("called_by").page(text), "run: make docs"


def test_map_tells_when_a_room_has_no_row_and_when_a_row_has_no_room() -> None:
    written = tool("called_by").table
    head = "| room | owns | never | called by |\n|---|---|---|---|\n"
    made = written(head + "| `ledger` | rows | reads a \\| clock | who was it |\n", {"ledger": "`intake`"})
    assert made == head + "| `ledger` | rows | reads a \\| clock | `intake` |\n"
    with pytest.raises(SystemExit, match="no row for: flows"):
        written(head, {"flows": "`doors/web`"})
    with pytest.raises(SystemExit, match="row for flows"):
        written(head + "| `flows` | a | b | c |\n", {})


def test_everything_a_person_may_meet_is_in_it(reference: ModuleType) -> None:
    told = {name: page(name) for name in reference.pages()}
    assert [name for name in Settings.model_fields if f"`BOCAU_{name.upper()}`" not in told["settings.md"]] == []
    assert [noun for noun in NOUNS if f"`bocau {noun}" not in told["commands.md"]] == []
    assert [one.code for one in reference.told_errors() if f"`{one.code}`" not in told["errors.md"]] == []
    assert [meter.name for meter in metrics.METERS if f"`{meter.name}`" not in told["metrics.md"]] == []
    assert [kind for kind in Kind if f"`{kind.value}`" not in told["events.md"]] == []


def test_no_error_is_documented_that_nobody_raises(reference: ModuleType) -> None:
    made = reference.constructed()
    assert [one.__name__ for one in reference.told_errors() if one.__name__ not in made] == []


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
