"""The text part of a mail made from its HTML: once per version, with template tags kept, so it renders per person.

Read in one pass from top to bottom, so block tags stay around exactly what they were around, also in tables.
"""

import re
from dataclasses import dataclass, field
from html import unescape

from bocau.content.markup import Attribute, Event, attribute_value, events
from bocau.content.masks import Found, Masks
from bocau.content.spots import guard, spots
from bocau.content.tags import BRANCHES, Static, Tag, opens
from bocau.content.template import Guarded
from bocau.content.visible import LINES, PARAGRAPHS, Seen, seen

BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
Item = Static | Guarded


@dataclass(slots=True)
class Fork:
    """An open block tag: the line breaks that stood before it and those its branches ended with."""

    before: int
    ends: list[int] = field(default_factory=list)
    always: bool = False  # it has an else: one of its branches is taken


class Writer:
    """Collects text and tags; spaces and line breaks wait until something follows them."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.space = False
        self.breaks = 0  # asked for and not written yet
        self.written = 2  # line breaks that stand before what comes next, on every way through the blocks
        self.cell = False
        self.forks: list[Fork] = []

    def text(self, text: str) -> None:
        """Running text: blanks collapse as in HTML."""
        collapsed = BLANKS.sub(" ", text)
        self.space = self.space or collapsed.startswith(" ")
        if collapsed.strip():
            self.exact(collapsed.strip())
            self.space = collapsed.endswith(" ")

    def exact(self, text: str) -> None:
        """Text whose blanks count."""
        if text:
            self.flush()
            self._static(text)
            self.written = len(text) - len(text.rstrip("\n"))

    def tag(self, item: Guarded) -> None:
        """A template tag: a value is like a word, a block has no width."""
        self.flush()
        self.items.append(item)
        if item.tag.kind == "value":
            self.written = 0
        else:
            self._fork(item.tag)

    def _fork(self, tag: Tag) -> None:
        """Keep account of line breaks over branches."""
        if opens(tag):
            self.forks.append(Fork(self.written))
        elif self.forks and tag.word in BRANCHES:
            self.forks[-1].ends.append(self.written)
            self.forks[-1].always = self.forks[-1].always or tag.word == "else"
            self.written = self.forks[-1].before
        elif self.forks and tag.word.startswith("end"):
            fork = self.forks.pop()
            ways = [*fork.ends, self.written] if fork.always else [*fork.ends, self.written, fork.before]
            self.written = min(ways)

    def line(self, breaks: int) -> None:
        """At least so many line breaks before what follows."""
        self.breaks, self.space, self.cell = max(self.breaks, breaks), False, False

    def flush(self) -> None:
        """Write what waits."""
        if self.breaks > self.written:
            self._static("\n" * (self.breaks - self.written))
            self.written = self.breaks
        elif self.cell and not self.written:
            self._static(" | ")
        elif self.space and not self.written:
            self._static(" ")
        self.breaks, self.space, self.cell = 0, False, False

    def _static(self, text: str) -> None:
        if self.items and isinstance(self.items[-1], Static):
            self.items[-1] = Static(self.items[-1].text + text)
        else:
            self.items.append(Static(text))


class Reader:
    """Walks through the tokens of prepared HTML and writes their text."""

    def __init__(self, html: str, masks: Masks, part: str) -> None:
        self.html, self.masks, self.out = html, masks, Writer()
        self.tokens = events(html)
        self.guards = {spot.found.start: guard(html, spot, masks, part) for spot in spots(html, self.tokens, masks)}
        self.seen = seen(html, self.tokens, masks)
        self.links: list[tuple[str, list[Item], list[str]]] = []  # address, its items, the text shown for it
        self.exact = 0

    def read(self) -> list[Item]:
        """The whole text as template items, ending in a line break."""
        for event in self.tokens:
            how = Seen.gone if event.hidden else self.seen.get(event.start, Seen.whole)
            if event.kind == "text" and how is Seen.whole:
                self._text(event)
            elif event.kind == "open" and how is not Seen.gone:
                self._open(event, how)
            elif event.kind == "close" and how is not Seen.gone:
                self._close(event)
            elif event.kind != "declaration":
                self._blocks(event)
        self.out.breaks = 1
        self.out.flush()
        return self.out.items

    def _blocks(self, event: Event) -> None:
        """Of what is not shown, the block tags: they must stay in pairs, and may set what is used later."""
        for found in self.masks.find(self.html, event.start, event.end):
            if found.tag.kind == "block":
                self.out.tag(Guarded(found.tag))

    def _text(self, event: Event) -> None:
        write = self.out.exact if self.exact else self.out.text
        at = event.start
        for found in self.masks.find(self.html, event.start, event.end):
            write(unescape(self.html[at : found.start]))
            self.out.tag(Guarded(found.tag))
            at = found.end
        write(unescape(self.html[at : event.end]))
        if self.links:
            self.links[-1][2].append(unescape(self.html[event.start : event.end]))

    def _open(self, event: Event, how: Seen) -> None:
        name = event.name
        if name == "br":
            self.out.line(self.out.breaks + 1)
        elif name in PARAGRAPHS or name in LINES:
            self._border(name)
        elif name == "a":
            self._link(event, shown=how is Seen.whole)
        elif name == "img" and how is not Seen.invisible:
            self._attribute(event, "alt")
        self.exact += name == "pre"

    def _border(self, name: str) -> None:
        self.out.line(2 if name in PARAGRAPHS else 1)
        if name == "li":
            self.out.exact("-")
            self.out.space = True
        elif name == "hr":
            self.out.exact("-" * 20)
            self.out.line(1)

    def _close(self, event: Event) -> None:
        name = event.name
        if name in PARAGRAPHS or name in LINES:
            self.out.line(2 if name in PARAGRAPHS else 1)
        elif name in ("td", "th") and not self.out.breaks:
            self.out.cell = True
        elif name == "a" and self.links:
            self._link_end()
        self.exact -= name == "pre" and self.exact > 0

    def _link(self, event: Event, *, shown: bool) -> None:
        found = next((one for one in event.attributes if one.name == "href" and one.value and shown), None)
        items = self._value(found) if found else []
        address = attribute_value(found.value or "") if found else ""
        self.links.append(("" if address.startswith("#") else address.removeprefix("mailto:"), items, []))

    def _link_end(self) -> None:
        address, items, shown = self.links.pop()
        if not address or address == "".join(shown).strip():
            return
        self.out.space = True
        self.out.exact("<")
        for item in items:
            if isinstance(item, Static):
                self.out.exact(item.text)
            else:
                self.out.tag(item)
        self.out.exact(">")

    def _attribute(self, event: Event, name: str) -> None:
        found = next((one for one in event.attributes if one.name == name and one.value), None)
        for item in self._value(found) if found else []:
            if isinstance(item, Static):
                self.out.text(item.text)
            else:
                self.out.tag(item)

    def _value(self, attribute: Attribute) -> list[Item]:
        """An attribute's value as template items, block tags included."""
        items: list[Item] = []
        at = attribute.start
        for found in self.masks.find(self.html, attribute.start, attribute.end):
            items.append(Static(attribute_value(self.html[at : found.start], whole=False)))
            items.append(self._guarded(found))
            at = found.end
        items.append(Static(attribute_value(self.html[at : attribute.end])))
        return [item for item in items if isinstance(item, Guarded) or item.text]

    def _guarded(self, found: Found) -> Guarded:
        return Guarded(found.tag, self.guards.get(found.start, ""))


def plain(html: str, masks: Masks, part: str) -> list[Item]:
    """The text of prepared HTML, as template items."""
    return Reader(html, masks, part).read()
