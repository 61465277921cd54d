"""Small functions, small files: what grows past a bound is where every project like this starts to hurt."""

import ast
from pathlib import Path
from statistics import median

from tests.house.source import modules, nothing, tree, where

FUNCTION_MOST, FUNCTION_MEDIAN = 60, 10
FILE_MOST, FILE_MEDIAN = 500, 150
POSITIONAL_MOST = 5
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> list[tuple[Path, Function]]:
    found = [(path, node) for path in modules() for node in ast.walk(tree(path)) if isinstance(node, Function)]
    assert found
    return found


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_have_at_most_sixty_lines() -> None:
    long = [
        f"{where(path, node)} {node.name}: {length(node)}" for path, node in functions() if length(node) > FUNCTION_MOST
    ]
    nothing(long)


def test_the_median_function_has_at_most_ten_lines() -> None:
    assert median(length(node) for _, node in functions()) <= FUNCTION_MEDIAN


def test_functions_take_at_most_five_positional_parameters() -> None:
    wide = []
    for path, node in functions():
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        if any("command" in ast.dump(mark) for mark in node.decorator_list):
            continue  # a command's parameters are its options
        if len([name for name in names if name not in ("self", "cls")]) > POSITIONAL_MOST:
            wide.append(f"{where(path, node)} {node.name}")
    nothing(wide)


def test_files_have_at_most_five_hundred_lines() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in modules()}
    nothing([f"{where(path)}: {size}" for path, size in sizes.items() if size > FILE_MOST])


def test_the_median_file_has_at_most_150_lines() -> None:
    assert median(len(path.read_text().splitlines()) for path in modules()) <= FILE_MEDIAN
