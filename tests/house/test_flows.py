"""What joins rooms is written once, in flows: a door calls the flow, and cannot do half of it by itself."""

import ast
import importlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tests.house.source import SRC, modules, nothing, tree, where

DOORS = modules(SRC / "doors")
PIECES = {
    "bocau.audience.erase": "erasing.erase",
    "bocau.audience.erasure.erase": "erasing.erase",
    "bocau.audience.export_person": "erasing.write_out",
    "bocau.campaigns.change": "renaming.change_campaign",
    "bocau.campaigns.delete": "removing.remove_campaign",
    "bocau.campaigns.filed.drop_file": "renaming.change_campaign",
    "bocau.campaigns.filed.forget": "erasing.erase",
    "bocau.ledger.forget": "erasing.erase",
    "bocau.audience.suppress": "stopping.stop",
    "bocau.audience.suppressions.suppress": "stopping.stop",
    "bocau.audience.suppressions.suppress_many": "stopping.stop",
    "bocau.audience.suppressions.unsuppress": "stopping.allow",
    "bocau.audience.unsuppress": "stopping.allow",
    "bocau.tracking.withdraw_everywhere": "stopping.stop",
    "bocau.relays.stored.remove_relay": "removing.remove_relay",
    "bocau.ledger.withdraw": "stopping.stop",
    "bocau.audience.attributes.change": "renaming.change_attribute",
    "bocau.audience.attributes.remove": "removing.remove_attribute",
    "bocau.audience.lists.change": "renaming.change_list",
    "bocau.audience.lists.delete": "removing.remove_list",
    "bocau.audience.segments.change": "renaming.change_segment",
    "bocau.audience.segments.remove": "removing.remove_segment",
    "bocau.audience.subscribe": "asking.ask_by_mail",
    "bocau.audience.subscriptions.subscribe": "asking.ask_by_mail",
    "bocau.audience.subscriptions.put_on": "asking.put_on",
}
"""Verbs that are a part of a flow: what a door calls instead."""
READS = {"active", "every", "find", "history", "of_contact", "order_of", "page", "relay_names", "show", "some_people"}
"""Verbs that change nothing: a door may look at one room and change another in one transaction."""


def test_doors_leave_to_flows_what_is_a_part_of_one() -> None:
    wrong = []
    for path in DOORS:
        for node in ast.walk(tree(path)):
            for name in _used(path, node):
                if name in PIECES:
                    wrong.append(f"{where(path, node)} {name}: flows.{PIECES[name]} does it whole")
    nothing(wrong)


def test_pieces_and_their_flows_are_there() -> None:
    names = [*PIECES, *(f"bocau.flows.{name}" for name in PIECES.values())]
    nothing([name for name in names if not callable(_there(name))])


def test_a_door_changes_one_room_in_a_transaction() -> None:
    """What changes several is a flow, so that the next door need not know which."""
    wrong = []
    for path in DOORS:
        for node, block in _transactions(path):
            verbs = {verb for verb in _verbs(path, block, set()) if verb.rpartition(".")[2] not in READS}
            rooms = {verb.split(".")[1] for verb in verbs}
            if len(rooms) > 1:
                wrong.append(f"{where(path, node)} {', '.join(sorted(verbs))}")
    nothing(wrong)


def test_transactions_of_doors_are_seen() -> None:
    """The rule above looks at something: also at what helpers and functions of other files do."""
    seen = {verb for path in DOORS for _, block in _transactions(path) for verb in _verbs(path, block, set())}
    assert {"bocau.flows.erasing.erase", "bocau.tracking.unsubscribe", "bocau.signup.confirm"} <= seen
    assert {"bocau.schedules.create", "bocau.campaigns.find", "bocau.audience.lists.find"} <= seen


def _transactions(path: Path) -> Iterator[tuple[ast.AST, Sequence[ast.AST]]]:
    """Each block or function that runs in a transaction that may write, and what stands in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.With):
            calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
            if any(getattr(call.func, "id", "") == "transaction" for call in calls):
                yield node, node.body
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "again":
            yield node, [_function(path, one.id) if isinstance(one, ast.Name) else one for one in node.args[1:]]


def _verbs(path: Path, block: Sequence[ast.AST], seen: set[tuple[Path, str]]) -> Iterator[str]:
    """Full names of the rooms' verbs that get a connection in ``block``, and in the doors' own functions it calls."""
    for call in (node for part in block for node in ast.walk(part) if isinstance(node, ast.Call)):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not any(isinstance(one, ast.Name) and one.id == "connection" for one in given):
            continue
        name = _full(path, call.func)
        if name is None:
            continue
        if not name.startswith("bocau.doors."):
            yield from [name] * name.startswith("bocau.")
            continue
        other, function = _file(name.rpartition(".")[0]), name.rpartition(".")[2]
        if (other, function) not in seen:
            seen.add((other, function))
            yield from _verbs(other, [_function(other, function)], seen)


def _function(path: Path, name: str) -> ast.AST:
    found = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[0] if found else ast.Pass()


def _used(path: Path, node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [_full(path, node) or ""] if isinstance(node, ast.Attribute) else []


def _full(path: Path, node: ast.AST) -> str | None:
    """``bocau.room.file.verb`` of a name as a door writes it; None for what is no name, or somebody else's."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    own = None if parts else f"{_module(path)}.{node.id}"
    root = _imported(path).get(node.id, own)
    return None if root is None else ".".join([root, *reversed(parts)])


@cache
def _imported(path: Path) -> dict[str, str]:
    """Name → full name of what a file imports."""
    return {
        alias.asname or alias.name: f"{one.module}.{alias.name}"
        for one in ast.walk(tree(path))
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SRC.parent).with_suffix("").parts).removesuffix(".__init__")


def _file(module: str) -> Path:
    place = SRC.parent.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _there(name: str) -> object:
    module, _, verb = name.rpartition(".")
    return getattr(importlib.import_module(module), verb, None)
