"""CSS from style elements written into style attributes, once per version; template tags come through unharmed."""

import re

import css_inline

from bocau.content.markup import Event, events
from bocau.content.masks import Masks
from bocau.content.prepare import Edit, balanced, edited
from bocau.content.spots import Spot, spots

IGNORE = ' data-css-inline="ignore"'
SCREENS = ("", "all", "screen")


def inline(html: str, masks: Masks, extra_css: str = "") -> str | None:
    """``html`` with its styles inlined; None when that would damage the template, which then keeps its style elements.

    @media, :hover, fonts and Outlook's conditional comments stay. Nothing is ever fetched.
    """
    if not balanced(html, masks):
        return None
    tokens = events(html)
    isolated, alone = isolate(html, tokens, masks)
    inliner = css_inline.CSSInliner(
        inline_style_tags=not extra_css,
        keep_style_tags=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,
        remove_inlined_selectors=not (alone or extra_css),
        extra_css=extra_css or None,
    )
    try:
        made = masks.unmask_raw(inliner.inline(isolated)).replace(IGNORE, "")
    except css_inline.InlineError:
        return None
    made = rows_first(made, html, masks)
    return made if unharmed(html, made, masks) else None


def isolate(html: str, tokens: list[Event], masks: Masks) -> tuple[str, bool]:
    """``html`` with everything the inliner must not touch hidden from it; whether any element was."""
    edits: list[Edit] = []
    places = [spot for spot in spots(html, tokens, masks) if spot.event.kind == "open"]
    touched = {spot.event.start for spot in places if _fragile(spot, masks, html)}
    alone = False
    for event in tokens:
        if event.kind != "open" or event.hidden:
            continue
        start, end = event.attributes_start, event.attributes_end
        if event.start in touched:
            edits.append((start, end, f"{IGNORE} {masks.raw_word(html[start:end].strip())}"))
            alone = True
        elif event.name == "style" and event.attribute("media").strip().lower() not in SCREENS:
            edits.append((start, start, IGNORE))
    return edited(html, edits), alone


def _fragile(spot: Spot, masks: Masks, html: str) -> bool:
    """Attributes the inliner would reorder or parse wrongly: tags between them, more than values in style."""
    if spot.place == "tag":
        return True
    if spot.attribute is None or spot.attribute.name != "style":
        return False
    declaration = html[spot.attribute.start : spot.found.start].rpartition(";")[2]
    return spot.found.tag.kind != "value" or ":" not in masks.strip(declaration)


def unharmed(html: str, made: str, masks: Masks) -> bool:
    """Whether all tags are still there, and those outside of styles in the same order."""
    before, after = spots(html, events(html), masks), spots(made, events(made), masks)
    in_styles = {spot.found.number for spot in before if spot.place == "raw" and spot.event.name == "style"}
    orders = [
        [spot.found.number for spot in places if spot.found.number not in in_styles] for places in (before, after)
    ]
    return orders[0] == orders[1] and in_styles <= {spot.found.number for spot in after}


def rows_first(made: str, html: str, masks: Masks) -> str:
    """HTML parsers add a tbody after a block tag that begins a table; it belongs before it."""
    if "<tbody" in html.lower():
        return made
    comments = rf"(?:<!--{masks.prefix}t\d+z-->\s*)+"
    return re.sub(rf"(<table[^>]*>\s*)({comments})<tbody>", r"\1<tbody>\2", made)
