"""What may not stand in the project's files."""

import ast
import re

from tests.house.source import ROOT, calls, modules, nothing, texts, tree, where

TESTS = ROOT / "tests"
MACHINE_PATH = re.compile(r"(?<![\w.$}~>-])/(work|farm|tmp|root|home)/[a-z.]")
REGISTRY = re.compile(r"https?://[^\s\"')]*(pypi|pythonhosted|npmjs|simple/|/index/|proxy\.golang|crates\.io)", re.I)
LEFT_OUT = re.compile(r"#\s*(fmt|yapf|isort):")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")


def lines(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    return found


def test_no_file_names_a_folder_of_one_machine() -> None:
    nothing(lines(MACHINE_PATH))


def test_no_file_names_a_registry() -> None:
    nothing(lines(REGISTRY))


def test_nothing_is_left_out_of_the_format() -> None:
    nothing([line for line in lines(LEFT_OUT) if not line.startswith("tests/house/test_tree.py")])


def test_nothing_is_left_for_later_in_the_source() -> None:
    nothing([line for line in lines(UNFINISHED) if not line.startswith("tests/house/test_tree.py")])


def test_skips_say_why() -> None:
    silent = []
    for path in modules(TESTS):
        for call in calls(path, "skip", "skipif", "xfail"):
            if not isinstance(call.func, ast.Attribute) or "pytest" not in ast.dump(call.func):
                continue
            reasons = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
            if call.func.attr == "skip" and "mark" not in ast.dump(call.func):
                reasons += call.args[:1]
            if not any(_says_something(reason) for reason in reasons):
                silent.append(where(path, call))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("skip", "xfail") and _is_bare_mark(path, node):
                silent.append(where(path, node))
    nothing(silent)


def _says_something(reason: ast.expr) -> bool:
    if isinstance(reason, ast.Constant):
        return isinstance(reason.value, str) and len(reason.value) > 10
    return isinstance(reason, ast.JoinedStr | ast.Name | ast.Call | ast.Attribute | ast.BinOp | ast.BoolOp)


def _is_bare_mark(path: object, node: ast.Attribute) -> bool:
    """``@pytest.mark.skip`` without a call."""
    return (
        isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
        and node not in [call.func for call in calls(path, "skip", "xfail")]  # type: ignore[arg-type]
    )


def test_tests_never_sleep_to_wait_for_something() -> None:
    """A sleep is either too short on a busy machine or too long on an idle one; poll with a deadline instead."""
    asleep = []
    for path in modules(TESTS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                loops = [inner for loop in ast.walk(node) if isinstance(loop, ast.While) for inner in ast.walk(loop)]
                asleep += [
                    where(path, call)
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and call not in loops and _is_sleep(call)
                ]
    nothing(asleep)


def _is_sleep(call: ast.Call) -> bool:
    zero = bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "sleep" and not zero
