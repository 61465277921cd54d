"""What a look at a campaign before its launch has found."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from bocau.base.errors import BocauError
from bocau.base.words import Phrase


class Level(StrEnum):
    """Whether it stands in the way of a launch."""

    block = "block"
    warn = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is stable; ``sentence`` and ``hint`` turn into the reader's language. ``variant``: empty: of all."""

    code: str
    level: Level
    sentence: Phrase | str
    hint: Phrase | str = ""
    variant: str = ""

    def as_dict(self) -> dict[str, str]:
        """As JSON."""
        said = {"sentence": str(self.sentence), "hint": str(self.hint)}
        return {"code": self.code, "level": self.level.value, "variant": self.variant} | said


Findings = Iterator[Finding]


def blocks(code: str, sentence: Phrase | str, hint: Phrase | str = "") -> Finding:
    return Finding(code, Level.block, sentence, hint)


def warns(code: str, sentence: Phrase | str, hint: Phrase | str = "") -> Finding:
    return Finding(code, Level.warn, sentence, hint)


def of(error: BocauError) -> Finding:
    """An error that a launch would raise."""
    return Finding(error.code, Level.block, str(error), error.advice())


def guarded(findings: Findings) -> list[Finding]:
    """Up to where it breaks off: what is broken was told already, and nothing further can be said of it."""
    told = []
    with suppress(BocauError):
        for one in findings:
            told.append(one)
    return told
