"""Masked HTML made safe for what follows: block tags as comments, values in quotes, forbidden places refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from bocau.base.words import N_, Phrase
from bocau.content.markup import OPTIONAL_END, VOID, Event, events
from bocau.content.masks import Masks
from bocau.content.spots import Spot, forbidden, guard, spots
from bocau.content.tags import BRANCHES, Static, opens
from bocau.content.template import Guarded, Item

Edit = tuple[int, int, str]
MARK = "{%"


def prepare(html: str, masks: Masks, part: str) -> str:
    """``html`` with its masks in forms that survive HTML tools. Raises TemplateWrongError for forbidden places."""
    edits: list[Edit] = []
    for spot in spots(html, events(html), masks):
        found, event = spot.found, spot.event
        if event.kind in ("close", "declaration") or (event.kind == "open" and found.start < event.attributes_start):
            problem = Phrase(N_("a template tag cannot be inside the name of an element"))
            raise forbidden(spot, masks, part, problem)
        guard(html, spot, masks, part)
        if spot.place == "text" and found.tag.kind != "value":
            edits.append((found.start, found.end, masks.comment(found.number)))
        elif spot.place == "tag":
            edits.append((found.start, found.end, f" {masks.word(found.number)} "))
    return quoted(edited(html, edits), masks)


def quoted(html: str, masks: Masks) -> str:
    """``html`` with quotes around every bare attribute value that holds a tag."""
    edits: list[Edit] = []
    for event in events(html):
        for attribute in event.attributes:
            if attribute.value and not attribute.quote and masks.find(html, attribute.start, attribute.end):
                edits.append((attribute.start, attribute.end, '"' + attribute.value.replace('"', "&quot;") + '"'))
    return edited(html, edits)


def edited(text: str, edits: list[Edit]) -> str:
    """``text`` with stretches replaced; ``edits`` in order, not overlapping."""
    out: list[str] = []
    at = 0
    for start, end, replacement in edits:
        out += (text[at:start], replacement)
        at = end
    return "".join([*out, text[at:]])


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of final HTML and what stands there instead."""

    start: int
    end: int
    items: Sequence[Item] = ()


def unmask(html: str, masks: Masks, part: str, cuts: Sequence[Cut] = ()) -> list[Item]:
    """The template of final HTML: static texts, and tags with the guards their places demand.

    ``cuts`` in order, not overlapping, each around whole tags or none.
    """
    found = spots(html, events(html), masks)
    items: list[Item] = []
    at = 0
    for cut in cuts:
        items += [*unmasked(html, found, masks, part, (at, cut.start)), *cut.items]
        at = cut.end
    return joined([*items, *unmasked(html, found, masks, part, (at, len(html)))])


def unmasked(
    html: str, places: Sequence[Spot], masks: Masks, part: str, stretch: tuple[int, int]
) -> list[Static | Guarded]:
    """The items of one stretch of final HTML; ``places`` are all its spots."""
    items: list[Static | Guarded] = []
    at, end = stretch
    for spot in places:
        if not at <= spot.found.start < end:
            continue
        if spot.found.start > at:
            items.append(Static(html[at : spot.found.start]))
        items.append(Guarded(spot.found.tag, guard(html, spot, masks, part)))
        at = spot.found.end
    if at < end:
        items.append(Static(html[at:end]))
    return items


def joined(items: Sequence[Item]) -> list[Item]:
    """``items`` with static texts that stand side by side as one."""
    made: list[Item] = []
    for item in items:
        last = made[-1] if made else None
        if isinstance(item, Static) and isinstance(last, Static):
            made[-1] = Static(last.text + item.text)
        else:
            made.append(item)
    return made


def balanced(html: str, masks: Masks) -> bool:
    """Whether every branch of every block closes the elements it opens, so that HTML tools keep its borders."""
    stack: list[str] = []
    by_event: dict[int, list[Spot]] = {}
    tokens = events(html)
    for spot in spots(html, tokens, masks):
        by_event.setdefault(spot.event.start, []).append(spot)
    for event in tokens:
        if event.kind == "comment" and event.start in by_event and not event.hidden:
            if not all(_block(stack, spot) for spot in by_event[event.start]):
                return False
        elif not event.hidden and not _element(stack, event):
            return False
    return True


def _block(stack: list[str], spot: Spot) -> bool:
    tag = spot.found.tag
    if opens(tag):
        stack.append(MARK)
        return True
    if tag.word not in BRANCHES and not tag.word.startswith("end"):
        return True
    while stack and stack[-1] in OPTIONAL_END:
        stack.pop()
    if not stack or stack[-1] != MARK:
        return False
    if tag.word.startswith("end"):
        stack.pop()
    return True


def _element(stack: list[str], event: Event) -> bool:
    if event.kind == "open" and event.name not in VOID:
        stack.append(event.name)
    if event.kind != "close" or event.name not in stack:
        return True
    while stack[-1] != event.name:
        if stack[-1] == MARK or stack[-1] not in OPTIONAL_END:
            return MARK not in stack
        stack.pop()
    stack.pop()
    return True
