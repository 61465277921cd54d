"""Names say what a thing is; a name that fits everything says nothing."""

import ast
import importlib
import pkgutil
import re

import bocau
from bocau.base import metrics
from bocau.base.errors import BocauError
from tests.house.source import SRC, calls, modules, nothing, tree, where

BANNED = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "service",
    "services",
    "models",
    "views",
    "core",
}
LOGS = {"log", "logger", "events"}
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
UNITS = "total|seconds|bytes|ratio|info|mails|batches|up|open|sendings"


def errors() -> list[type[BocauError]]:
    """Every error class of the package."""
    for module in pkgutil.walk_packages(bocau.__path__, "bocau."):
        if "versions" not in module.name and not module.name.endswith(("__main__", ".env")):
            importlib.import_module(module.name)
    found: list[type[BocauError]] = []
    waiting = [BocauError]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one.__module__.startswith("bocau."):
                found.append(one)
                waiting.append(one)
    return sorted(set(found), key=lambda one: one.__name__)


def test_no_file_has_a_name_that_fits_everything() -> None:
    nothing([where(path) for path in modules() if path.stem in BANNED])
    nothing([path.name for path in SRC.rglob("*") if path.is_dir() and path.name in BANNED])


def test_errors_are_named_for_what_went_wrong() -> None:
    assert [one.__name__ for one in errors() if not re.fullmatch(r"([A-Z][a-z0-9]+){1,}Error", one.__name__)] == []


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [one.__dict__.get("code", "") for one in errors()]
    nothing([code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)])
    nothing(sorted(code for code in set(codes) if codes.count(code) > 1))


def test_every_error_says_what_to_do() -> None:
    silent = [one.__name__ for one in errors() if not one.sentence or not one.hint]
    nothing(silent)


def test_metrics_tell_room_what_and_unit() -> None:
    names = [meter.name for meter in metrics.METERS]
    nothing([name for name in names if not re.fullmatch(rf"bocau_[a-z]+(_[a-z]+)*_({UNITS})", name)])
    assert len(set(names)) == len(names)


def test_log_events_are_static_names() -> None:
    wrong = []
    for path in modules():
        for call in calls(path, *LEVELS):
            assert isinstance(call.func, ast.Attribute | ast.Name)
            if not isinstance(call.func, ast.Attribute) or getattr(call.func.value, "id", "") not in LOGS:
                continue
            first = call.args[0] if call.args else None
            static = isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", str(first.value))
            variable = isinstance(first, ast.Name)  # passed down from a static name
            if not (static or variable) or len(call.args) > 1:
                wrong.append(where(path, call))
    nothing(wrong)


def test_a_face_takes_no_foreign_name_that_a_file_beside_it_bears() -> None:
    """Whoever imports that file later would put it in the name's place."""
    found = []
    for face in (path for path in modules() if path.name == "__init__.py"):
        beside = {path.stem for path in face.parent.iterdir()}
        room = ".".join(face.relative_to(SRC.parent).parent.parts)
        for node in tree(face).body:
            if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(room):
                found += [
                    f"{where(face, node)}: {alias.name}"
                    for alias in node.names
                    if (alias.asname or alias.name) in beside
                ]
    nothing(found)
