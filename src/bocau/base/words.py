"""Two languages: English texts stand in the code, Vietnamese ones in translations/vi/*.po.

A text is marked with ``N_`` where it is written and turned with ``say`` where it is shown. Marked texts carry
``{named}`` fields, filled after the translation, so that word order is free in both languages.
"""

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from bocau.base.places import language_named

LANGUAGES = ("vi", "en")
SWAPPED = {ord(","): ".", ord("."): ","}
"""What stands between thousands and before a fraction, the other way round."""
language: ContextVar[str] = ContextVar("language", default="en")


def N_(text: str) -> str:
    """Mark a text for translation without translating it yet."""
    return text


def say(text: str, /, **fields: object) -> str:
    """The text in the current language with its fields filled in."""
    turned = catalogue(language.get()).get(text, text)
    return turned.format(**fields) if fields else turned


class Phrase:
    """A marked text with its fields, turned into the language of the moment it is shown; a part of a sentence."""

    def __init__(self, text: str, /, **fields: object) -> None:
        self.text, self.fields = text, fields

    def __str__(self) -> str:
        return say(self.text, **self.fields)

    def __repr__(self) -> str:
        return f"Phrase({self.text!r}, {self.fields!r})"


def figure(value: float, decimals: int | None = None) -> str:
    """12,345.5 in English, 12.345,5 in Vietnamese. ``decimals``: how many; without, one where there is a small fraction."""
    if decimals is None:
        decimals = 0 if value == int(value) or abs(value) >= 100 else 1
    text = f"{value:,.{decimals}f}"
    return text.translate(SWAPPED) if language.get() == "vi" else text


def from_environment(environ: Mapping[str, str] = os.environ) -> str:
    """The language of a terminal: BOCAU_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG; English when none is known."""
    for name in ("BOCAU_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        named = language_named(re.split("[.@]", environ.get(name, ""))[0]) or ""
        if named[:2] in LANGUAGES:
            return named[:2]
    return "en"


@cache
def catalogue(name: str) -> Mapping[str, str]:
    """English text → text in the language ``name``. English needs none."""
    if name == "en":
        return {}
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    folder = files("bocau").joinpath("translations", name)
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".po"):
            continue
        with entry.open("rb") as handle:
            for message in read_po(handle):
                if message.id and message.string:
                    texts[str(message.id)] = str(message.string)
    return texts
