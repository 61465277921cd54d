"""What of a page is seen: not what is hidden by an attribute, a style or a style sheet (WHATWG HTML 15.3.1, CSS 2.2 9.2.4, 11).

Many mails begin with words that only the list of an inbox is to show. They are no text of the mail.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from bocau.content.css import Element, Path, Sheet, declarations
from bocau.content.markup import VOID, Event, events
from bocau.content.masks import Masks, mask
from bocau.content.tags import BRANCHES, Static, opens

_PARAGRAPHS = "p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table figure form"
PARAGRAPHS = frozenset(_PARAGRAPHS.split())
_LINES = "div section article header footer main nav aside address li dt dd tr caption center fieldset figcaption hr"
LINES = frozenset(_LINES.split())
_SILENT = "head mj-head style script title textarea select object svg noscript template"
SILENT = frozenset(_SILENT.split())
_HEAD = "title meta link style script base noscript template"
IN_HEAD = frozenset(_HEAD.split())
SCREENS = ("", "all", "screen")
ZERO = re.compile(r"[+-]?0*(?:\.0*)?(?:%|[a-z]{1,4})?\Z")
RELATIVE = re.compile(r"[\d.]+(?:%|r?em|ex|ch)\Z|inherit\Z|unset\Z|smaller\Z|larger\Z")
_CELL = frozenset(("td", "th"))
_ROW = _CELL | {"tr"}
ENDS = {
    **dict.fromkeys(PARAGRAPHS | LINES - {"tr", "caption"}, frozenset(("p",))),
    "li": frozenset(("li", "p")),
    "dt": frozenset(("dt", "dd", "p")),
    "dd": frozenset(("dt", "dd", "p")),
    "td": _CELL,
    "th": _CELL,
    "tr": _ROW,
    **dict.fromkeys(("tbody", "thead", "tfoot"), _ROW | {"tbody", "thead", "tfoot", "caption", "colgroup"}),
    "option": frozenset(("option",)),
    "optgroup": frozenset(("option", "optgroup")),
    "rt": frozenset(("rt", "rp")),
    "rp": frozenset(("rt", "rp")),
    "colgroup": frozenset(("colgroup", "caption")),
}
"""Which open elements an opening one ends, as HTML lets their ends go (WHATWG HTML 13.1.2.4)."""
TABLE_PARTS = frozenset(("tbody", "thead", "tfoot", "tr", "td", "th", "caption", "colgroup", "table"))
PAGE = frozenset(("html", "body", "table"))
LISTS = {"li": frozenset(("ul", "ol")), "dt": frozenset(("dl",)), "dd": frozenset(("dl",))}
WALLS = {name: PAGE | LISTS.get(name, frozenset()) | (_CELL - names) for name, names in ENDS.items()}
"""Elements beyond which an opening one ends nothing."""
DEEPEST = 500  # elements that are kept account of


class Seen(IntEnum):
    """How much of an element is seen: a picture also where letters have no size."""

    whole = 0
    letters_gone = 1
    invisible = 2
    gone = 3


class Open(NamedTuple):
    """An open element; ``seen`` counts for what it holds. ``path``: which rules of style sheets lead to it."""

    name: str
    seen: Seen
    path: Path


ROOT = Open("", Seen.whole, Path())
"""What is around the outermost elements."""


def seen(html: str, tokens: Sequence[Event], masks: Masks) -> dict[int, Seen]:
    """For each token that is not wholly seen, by its start, how much of it is. Elements hidden from all but Outlook have
    no part in it."""
    walk = _Walk(html, masks)
    for event in tokens:
        if event.kind == "raw" and event.name == "style" and not event.hidden and walk.screen:
            walk.sheet.add(masks.strip(html[event.start : event.end]))
        walk.screen = event.name == "style" and event.attribute("media").strip().lower() in SCREENS
    made: dict[int, Seen] = {}
    for event in tokens:
        if event.kind == "comment":
            walk.blocks(event)
        how = Seen.whole if event.hidden else walk.step(event)
        if how is not Seen.whole:
            made[event.start] = how
    return made


def visible_text(html: str) -> str:
    """What is read of a page as its author wrote it, the texts with blanks between them; template tags are text here."""
    whole, masks = mask(html, [Static(html)])
    tokens = events(whole)
    less = seen(whole, tokens, masks)
    shown = [one for one in tokens if one.kind == "text" and not one.hidden and one.start not in less]
    return " ".join([whole[one.start : one.end] for one in shown])


class _Walk:
    """The open elements on the way through a page."""

    def __init__(self, html: str, masks: Masks) -> None:
        self.html, self.masks = html, masks
        self.sheet, self.screen = Sheet(), False
        self.stack: list[Open] = []
        self.forks: list[list[Open]] = []  # what was open where each block of the template began

    def step(self, event: Event) -> Seen:
        """How much of ``event`` is seen."""
        if event.kind == "open":
            return self._open(event)
        now = self._parent.seen
        if event.kind == "close":
            self._close(event.name)
        return now

    @property
    def _parent(self) -> Open:
        return self.stack[-1] if self.stack else ROOT

    def blocks(self, event: Event) -> None:
        """Each branch of a block begins with what was open before it."""
        for found in self.masks.find(self.html, event.start, event.end):
            if opens(found.tag):
                self.forks.append(self.stack.copy())
            elif self.forks and found.tag.word in BRANCHES:
                self.stack = self.forks[-1].copy()
            elif self.forks and found.tag.word.startswith("end"):
                self.forks.pop()

    def _open(self, event: Event) -> Seen:
        name = event.name
        if name not in IN_HEAD and self._parent.name == "head":
            self.stack.pop()
        if name in ENDS:
            self._end(ENDS[name], WALLS[name])
        parent = self._parent
        path, how = parent.path, Seen.gone
        if parent.seen is not Seen.gone and name not in SILENT:
            if self.sheet.rules:
                path = self.sheet.path(_element(event), path)
            how = self._how(event, path, parent.seen)
        if name not in VOID and len(self.stack) < DEEPEST:
            self.stack.append(Open(name, how, path))
        return how

    def _how(self, event: Event, path: Path, before: Seen) -> Seen:
        style = declarations(event.attribute("style")) if event.attributes else {}
        hidden = any(one.name == "hidden" for one in event.attributes)
        said = self.sheet.of(path, style)
        if _gone(said, event.name, hidden=hidden):
            return Seen.gone
        return _inherited(said, before) if said else before

    def _close(self, name: str) -> None:
        self._end(frozenset((name,)), PAGE - {name} if name in TABLE_PARTS else PAGE | _CELL)

    def _end(self, names: frozenset[str], walls: frozenset[str]) -> None:
        """End the outermost open element of ``names`` inside the nearest wall, and all in it."""
        end = None
        for at in range(len(self.stack) - 1, -1, -1):
            name = self.stack[at].name
            if name in names:
                end = at
            if name in walls or (end is not None and len(names) == 1):
                break
        if end is not None:
            del self.stack[end:]


def _element(event: Event) -> Element:
    if not event.attributes:
        return Element(event.name, frozenset())
    marks = [f".{word}" for word in event.attribute("class").split()[:50]]
    if identity := event.attribute("id").strip():
        marks.append(f"#{identity}")
    return Element(event.name, frozenset(marks))


def _gone(said: dict[str, str], name: str, *, hidden: bool) -> bool:
    """Whether the element takes no place. ``mso-hide`` hides links from Outlook alone, which draws buttons of its own."""
    if said.get("display", "none" if hidden else "") == "none":
        return True
    if not said:
        return False
    if _zero(said, "opacity") or _zero(said, "max-height") or (said.get("mso-hide") == "all" and name != "a"):
        return True
    return said.get("overflow") == "hidden" and any(_zero(said, side) for side in ("height", "width", "max-width"))


def _zero(said: dict[str, str], name: str) -> bool:
    value = said.get(name, "")
    return bool(value) and ZERO.match(value) is not None


def _inherited(said: dict[str, str], before: Seen) -> Seen:
    """Size of letters and visibility are inherited, and may be given back inside."""
    invisible = before is Seen.invisible
    if visibility := said.get("visibility"):
        invisible = visibility in ("hidden", "collapse") or (invisible and visibility != "visible")
    size = said.get("font-size", "inherit")
    no_size = ZERO.match(size) is not None or (before is Seen.letters_gone and RELATIVE.match(size) is not None)
    return Seen.invisible if invisible else Seen.letters_gone if no_size else Seen.whole
