"""The little of CSS that decides whether an element is seen: declarations, and rules with simple selectors.

Selectors of elements, classes and ids are understood, below each other or as children; others match nothing, and so does
what stands under a condition (``@media``): whether it holds is the reader's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

PROPERTIES = frozenset(
    "display visibility opacity font-size max-height max-width height width overflow mso-hide".split()  # noqa: SIM905
)
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
COMPOUND = re.compile(r"(?P<tag>\*|[A-Za-z][\w-]*)?(?P<marks>(?:[.#][\w-]+)*)\Z")
BRACE = re.compile("[{}]")
MARK = re.compile(r"[.#][^.#]+")
MOST = 100  # selectors of one page
LONGEST = 8  # steps of one selector
LONGEST_VALUE = 100  # characters of a declaration's value
KEPT = 1000  # kinds of elements whose part in the rules is remembered
Declarations = dict[str, tuple[str, bool]]
"""Property → value and whether it is ``!important``."""
Ranked = dict[str, tuple[tuple[bool, bool, tuple[int, ...]], str]]
"""Property → what its value prevails by, and the value."""


class Element(NamedTuple):
    """What selectors ask of an element. ``marks``: ``.class`` and ``#id``."""

    name: str
    marks: frozenset[str]


class Step(NamedTuple):
    """One compound of a selector; ``child``: what is before it must be the very parent."""

    name: str
    marks: frozenset[str]
    child: bool

    def fits(self, element: Element) -> bool:
        return self.name in ("", element.name) and self.marks <= element.marks


class Path(NamedTuple):
    """Which selectors lead to an element, as bits, one for each step of each rule: those whose way down to that step ends at
    the element itself, and those whose way ends there or at an element around it."""

    here: int = 0
    around: int = 0


class Rule(NamedTuple):
    last: int  # the bit of its last step
    weight: tuple[int, int, int, int]  # ids, classes, elements, and the place in the page
    said: Declarations


@dataclass(slots=True)
class Sheet:
    """All rules of a page that may hide something. An element's path is made from that of its parent in one step for all
    rules together, so a page costs the same however deep it is and whatever its selectors ask."""

    rules: list[Rule] = field(default_factory=list)
    asks: dict[str, list[tuple[int, Step]]] = field(default_factory=dict)
    """What an element may have → the steps that ask for it first, each with its bit."""
    begin: int = 0
    child: int = 0
    end: int = 0
    steps: int = 0
    fits: dict[Element, int] = field(default_factory=dict)
    said: dict[int, Ranked] = field(default_factory=dict)

    def add(self, css: str) -> None:
        """Take in the text of a style element."""
        for selectors, body in _blocks(COMMENT.sub(" ", css)):
            said = declarations(body)
            for selector in selectors.split(",") if said else ():
                if len(self.rules) >= MOST:
                    return
                self._rule(_steps(selector), said)

    def _rule(self, steps: tuple[Step, ...], said: Declarations) -> None:
        if not steps:
            return
        self.begin |= 1 << self.steps
        for step in steps:
            bit = 1 << self.steps
            self.child |= bit * step.child
            self.asks.setdefault(min(step.marks, default=step.name), []).append((bit, step))
            self.steps += 1
        self.end |= bit
        self.rules.append(Rule(bit, (*_weight(steps), len(self.rules)), said))

    def path(self, element: Element, parent: Path) -> Path:
        """The element's path, from its parent's."""
        led = self.begin | (parent.here << 1 & self.child) | (parent.around << 1 & ~self.child)
        here = self._fitting(element) & led
        return Path(here, parent.around | here)

    def of(self, path: Path, inline: Declarations) -> dict[str, str]:
        """The declared values of an element."""
        met = path.here & self.end
        best = self.said.get(met)
        if best is None:
            best = {}
            for rule in self.rules:
                if rule.last & met:
                    _take(best, rule.said, inline=False, weight=rule.weight)
            if len(self.said) < KEPT:
                self.said[met] = best
        if inline:
            best = best.copy()
            _take(best, inline, inline=True, weight=())
        return {name: value for name, (_, value) in best.items()}

    def _fitting(self, element: Element) -> int:
        """The steps whose own demands the element meets."""
        bits = self.fits.get(element)
        if bits is None:
            bits = 0
            for key in ("", element.name, *element.marks):
                for bit, step in self.asks.get(key, ()):
                    bits |= bit * step.fits(element)
            if len(self.fits) < KEPT:
                self.fits[element] = bits
        return bits


def _take(best: Ranked, said: Declarations, *, inline: bool, weight: tuple[int, ...]) -> None:
    for name, (value, important) in said.items():
        rank = (important, inline, weight)
        if name not in best or best[name][0] <= rank:
            best[name] = (rank, value)


def declarations(body: str) -> Declarations:
    """What a style says of the properties that hide; names and values in lower case."""
    made: Declarations = {}
    for one in body.split(";"):
        name, colon, value = one.partition(":")
        name, value = name.strip().lower(), value.strip().lower()
        plain = value.removesuffix("important").rstrip()
        important = plain != value and plain.endswith("!")
        if (
            colon
            and name in PROPERTIES
            and len(value) <= LONGEST_VALUE
            and (important or not made.get(name, ("", False))[1])
        ):
            made[name] = (plain[:-1].rstrip() if important else value, important)
    return made


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and body of every rule that stands under no condition."""
    at = 0
    while (opening := css.find("{", at)) >= 0:
        head = css[at:opening].rpartition(";")[2].strip()
        end = _end(css, opening + 1) if head.startswith("@") else css.find("}", opening)
        end = len(css) if end < 0 else end
        if not head.startswith("@"):
            yield head, css[opening + 1 : end]
        at = end + 1


def _end(css: str, at: int) -> int:
    """Where the block ends that holds ``at``."""
    depth = 1
    for sign in BRACE.finditer(css, at):
        depth += 1 if sign[0] == "{" else -1
        if not depth:
            return sign.start()
    return -1


def _steps(selector: str) -> tuple[Step, ...]:
    """A selector's compounds; none when it asks for more than is understood."""
    made: list[Step] = []
    child = False
    for word in selector.replace(">", " > ").split(maxsplit=2 * LONGEST):
        if word == ">":
            child = True
            continue
        match = COMPOUND.match(word)
        if match is None:
            return ()
        name = (match["tag"] or "").lower().replace("*", "")
        made.append(Step(name, frozenset(MARK.findall(match["marks"])), child))
        child = False
    return tuple(made) if len(made) <= LONGEST and not child else ()


def _weight(steps: Iterable[Step]) -> tuple[int, int, int]:
    marks = [mark for step in steps for mark in step.marks]
    ids = sum(mark.startswith("#") for mark in marks)
    return ids, len(marks) - ids, sum(bool(step.name) for step in steps)
