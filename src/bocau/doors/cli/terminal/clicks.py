"""Click's own words (usage errors, headings) in our two languages.

Its names of types (path, file, directory) are set once, when a command is imported; they stay English here, and the
placeholders that are made of them are turned when they are shown (see ``frame.in_words``).
"""

import gettext
from importlib import import_module

from bocau.base.words import catalogue, language

MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types", "utils")


def speak() -> None:
    """Let click look its texts up in our catalogues. Click binds gettext's functions to module names; so do we."""
    for name in MODULES:
        module = import_module(f"click.{name}")
        for bound, ours in (("_", turned), ("ngettext", turned_many)):
            if hasattr(module, bound):
                setattr(module, bound, ours)


def turned(text: str) -> str:
    """Click's text in the current language."""
    return catalogue(language.get()).get(text) or gettext.gettext(text)


def turned_many(one: str, many: str, count: int) -> str:
    """Click's text for a number of things; Vietnamese has one form."""
    return catalogue(language.get()).get(many) or gettext.ngettext(one, many, count)
