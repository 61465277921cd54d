"""Where in HTML each template tag stands, and what that place allows and demands."""

import re
from dataclasses import dataclass
from typing import Literal

from bocau.base.words import N_, Phrase
from bocau.content.errors import TemplateWrongError
from bocau.content.markup import Attribute, Event, attribute_value
from bocau.content.masks import Found, Masks
from bocau.content.template import wrong

Place = Literal["text", "raw", "value", "tag", "comment", "hidden"]
ADDRESSES = frozenset(
    (
        "href",
        "src",
        "action",
        "formaction",
        "background",
        "poster",
        "cite",
        "longdesc",
        "xlink:href",
        "data",
        "ping",
        "srcset",
    )
)
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|[/?#]", re.IGNORECASE)
RUNS_CODE = re.compile(r"\s*(?:javascript|vbscript|data|livescript)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spot:
    """One masked tag in HTML: the token it stands in and, in an attribute, which one."""

    found: Found
    place: Place
    event: Event
    attribute: Attribute | None = None


def spots(html: str, tokens: list[Event], masks: Masks) -> list[Spot]:
    """Every masked tag of ``html`` with its place, in order."""
    made = []
    for event in tokens:
        for found in masks.find(html, event.start, event.end):
            attribute = next((one for one in event.attributes if one.start <= found.start < one.end), None)
            made.append(Spot(found, _place(event, attribute), event, attribute))
    return made


def _place(event: Event, attribute: Attribute | None) -> Place:
    if event.kind == "open":
        return "value" if attribute else "tag"
    if event.kind in ("close", "declaration"):
        return "tag"
    if event.kind == "comment":
        return "comment"
    if event.kind == "raw":
        return "raw"
    return "hidden" if event.hidden else "text"


def guard(html: str, spot: Spot, masks: Masks, part: str) -> str:
    """The filter that the value tag at ``spot`` needs; empty when escaping is enough.

    Raises TemplateWrongError where no data may stand.
    """
    if spot.found.tag.kind != "value":
        return ""
    if spot.place == "tag":
        raise forbidden(spot, masks, part, Phrase(N_("a value cannot be the name of a tag or an attribute")))
    if spot.place == "raw":
        if spot.event.name == "style":
            return "bocau_style"
        if spot.event.name in ("title", "textarea"):
            return ""
        raise forbidden(spot, masks, part, Phrase(N_("a value cannot be used in a script")))
    if spot.attribute is not None:
        return _attribute_guard(html, spot, spot.attribute, masks, part)
    return ""


def forbidden(spot: Spot, masks: Masks, part: str, problem: Phrase) -> TemplateWrongError:
    """The error for a tag that stands where it must not."""
    tag = spot.found.tag
    return wrong(part, masks.source, tag.offset, problem, len(tag.text))


def _attribute_guard(html: str, spot: Spot, attribute: Attribute, masks: Masks, part: str) -> str:
    refreshes = spot.event.name == "meta" and spot.event.attribute("http-equiv")
    if attribute.name.startswith("on") or attribute.name == "srcdoc" or refreshes:
        raise forbidden(spot, masks, part, Phrase(N_("a value cannot be used in a script")))
    before = html[attribute.start : spot.found.start]
    if attribute.name == "style":
        in_address = re.search(r"url\(\s*['\"]?[^)]*\Z", masks.strip(before), re.IGNORECASE)
        return "bocau_style_address" if in_address else "bocau_style"
    if attribute.name not in ADDRESSES:
        return ""
    static = masks.strip(attribute_value(before, whole=False)).strip()
    if RUNS_CODE.match(static):
        raise forbidden(spot, masks, part, Phrase(N_("a value cannot be used in a script")))
    blocks = any(found.tag.kind == "block" for found in masks.find(html, attribute.start, spot.found.start))
    return address_guard(static, certain=not blocks, escaped="urlencode" in spot.found.tag.text)


def address_guard(before: str, *, certain: bool = True, escaped: bool = False) -> str:
    """The filter for a value in a web address after the text ``before``.

    ``certain``: that text always stands there. ``escaped``: the author escapes the value already.
    """
    if escaped and before:
        return ""
    if "?" in before or "#" in before:
        return "urlencode"
    if not certain or not ABSOLUTE.match(before):
        return "bocau_address"
    return "bocau_mailbox" if before.lower().startswith(("mailto:", "tel:", "sms:")) else "bocau_path"
