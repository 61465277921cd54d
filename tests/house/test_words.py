"""Both languages are complete: every English text in code and pages has its Vietnamese."""

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from tests.house.source import SRC, calls, modules, nothing, where

VIETNAMESE = SRC / "translations" / "vi"
CLICK = VIETNAMESE / "click.po"
SIGNS = frozenset("ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")


def catalogue() -> dict[str, list[tuple[str, str]]]:
    """English → [(file, Vietnamese)]."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(VIETNAMESE.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    found.setdefault(str(message.id), []).append((path.name, str(message.string or "")))
    return found


def spoken() -> Iterator[tuple[str, str]]:
    """(where, text) of every text that people see: N_ and say in code, say and many in pages."""
    for path in modules():
        for call in calls(path, "N_", "say", "many", "Phrase"):
            for argument in call.args if isinstance(call.func, ast.Name) else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield where(path, call), argument.value
    for path in sorted(SRC.rglob("*.html")) + sorted(SRC.rglob("*.txt")):
        page = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(path.read_text(encoding="utf-8"))
        for line, _, found in extract_from_ast(page, ("say", "many", "N_"), babel_style=False):
            for text in found if isinstance(found, tuple) else (found,):
                if text is not None:
                    yield f"{where(path).rsplit(':', 1)[0]}:{line}", text


def says(text: str) -> bool:
    """Whether there are words in it besides its fields."""
    return any(letter.isalpha() for letter in re.sub(r"\{.*?\}", "", text))


def fields(text: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_has_its_vietnamese() -> None:
    known = catalogue()
    missing = [f"{place} {text!r}" for place, text in spoken() if says(text) and text not in known]
    nothing(missing)


def test_translations_have_the_fields_of_their_texts() -> None:
    wrong = [
        f"{name}: {text!r} → {turned!r}"
        for text, entries in catalogue().items()
        for name, turned in entries
        if not turned.strip() or (name != CLICK.name and fields(text) != fields(turned))
    ]
    nothing(wrong)


def test_a_text_has_one_translation() -> None:
    wrong = [text for text, entries in catalogue().items() if len({turned for _, turned in entries}) > 1]
    nothing(wrong)


def test_no_translation_is_left_over() -> None:
    used = {text for _, text in spoken()}
    left = [
        f"{entries[0][0]}: {text!r}"
        for text, entries in catalogue().items()
        if text not in used and entries[0][0] != CLICK.name
    ]
    nothing(left)


def test_texts_are_never_put_together_before_they_are_translated() -> None:
    wrong = [
        where(path, call)
        for path in modules()
        for call in calls(path, "N_", "say", "Phrase")
        for argument in call.args[:1]
        if isinstance(call.func, ast.Name) and isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    nothing(wrong)


def test_commands_mark_their_help_for_translation() -> None:
    wrong = [
        where(path, call)
        for path in modules(SRC / "doors" / "cli")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg in ("help", "short_help", "epilog") and isinstance(keyword.value, ast.Constant)
    ]
    nothing(wrong)


def test_vietnamese_is_written_with_its_signs() -> None:
    """A file of translations typed without diacritics would pass every other test."""
    bare = []
    for path in sorted(VIETNAMESE.glob("*.po")):
        text = path.read_text(encoding="utf-8")
        turned = " ".join(re.findall(r'msgstr "(.+)"', text))
        signs = sum(
            letter in "ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ" for letter in turned.lower()
        )
        if signs < len(turned) / 12:
            bare.append(f"{path.name}: {signs} of {len(turned)}")
    nothing(bare)


@pytest.mark.parametrize("name", ["en", "vi"])
def test_every_language_can_say_every_text(name: str) -> None:
    from bocau.base.words import catalogue as loaded

    assert name == "en" or set(catalogue()) <= set(loaded(name))
