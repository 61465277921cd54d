"""The little of CSS that decides whether an element is seen: declarations, and rules with simple selectors.

Selectors of elements, classes and ids are understood, below each other or as children; others match nothing, and so does
what stands under a condition (``@media``): whether it holds is the reader's.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

PROPERTIES = frozenset(
    "display visibility opacity font-size max-height max-width height width overflow mso-hide".split()  # noqa: SIM905
)
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
COMPOUND = re.compile(r"(?P<tag>\*|[A-Za-z][\w-]*)?(?P<marks>(?:[.#][\w-]+)*)\Z")
MARK = re.compile(r"[.#][^.#]+")
MOST = 100  # selectors of one page
LONGEST = 8  # steps of one selector
Declarations = dict[str, tuple[str, bool]]
"""Property → value and whether it is ``!important``."""


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


class Rule(NamedTuple):
    steps: tuple[Step, ...]
    weight: tuple[int, int, int, int]  # ids, classes, elements, and the place in the page
    said: Declarations


@dataclass(slots=True)
class Sheet:
    """All rules of a page that may hide something, by what their last step asks for."""

    rules: dict[str, list[Rule]] = field(default_factory=dict)
    count: int = 0

    def add(self, css: str) -> None:
        """Take in the text of a style element."""
        for selectors, body in _blocks(COMMENT.sub(" ", css)):
            said = declarations(body)
            for steps in map(_steps, selectors.split(",")) if said else ():
                if steps and self.count < MOST:
                    self.count += 1
                    key = min(steps[-1].marks, default=steps[-1].name)
                    self.rules.setdefault(key, []).append(Rule(steps, (*_weight(steps), self.count), said))

    def of(self, element: Element, parents: Sequence[Element], inline: Declarations) -> dict[str, str]:
        """The declared values of an element; ``parents`` from the outermost."""
        best: dict[str, tuple[tuple[bool, bool, tuple[int, ...]], str]] = {}
        for key in ("", element.name, *element.marks):
            for rule in self.rules.get(key, ()):
                if _matches(rule.steps, element, parents):
                    _take(best, rule.said, inline=False, weight=rule.weight)
        _take(best, inline, inline=True, weight=())
        return {name: value for name, (_, value) in best.items()}


def _take(
    best: dict[str, tuple[tuple[bool, bool, tuple[int, ...]], str]],
    said: Declarations,
    *,
    inline: bool,
    weight: tuple[int, ...],
) -> None:
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
        if colon and name in PROPERTIES and (important or not made.get(name, ("", False))[1]):
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
    for sign in re.finditer("[{}]", css[at:]):
        depth += 1 if sign[0] == "{" else -1
        if not depth:
            return at + sign.start()
    return -1


def _steps(selector: str) -> tuple[Step, ...]:
    """A selector's compounds; none when it asks for more than is understood."""
    made: list[Step] = []
    child = False
    for word in selector.replace(">", " > ").split():
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


def _matches(steps: tuple[Step, ...], element: Element, parents: Sequence[Element]) -> bool:
    """From the element outwards; a step that is no child's takes the nearest parent that fits."""
    if not steps[-1].fits(element):
        return False
    at = len(parents)
    for place in range(len(steps) - 2, -1, -1):
        at -= 1
        if steps[place + 1].child:
            if at < 0 or not steps[place].fits(parents[at]):
                return False
            continue
        while at >= 0 and not steps[place].fits(parents[at]):
            at -= 1
        if at < 0:
            return False
    return True
