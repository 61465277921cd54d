"""MJML made HTML by the mjml library, which is strict in odd places and silent in others: both are made up for here."""

import re
from dataclasses import dataclass
from xml.parsers import expat

import mjml

from bocau.base.words import N_, Phrase
from bocau.content.errors import TemplateWrongError
from bocau.content.markup import events
from bocau.content.masks import Masks
from bocau.content.prepare import edited
from bocau.content.spots import spots
from bocau.content.template import wrong

PART = "mjml"
_KNOWN = (
    "mjml mj-head mj-body mj-attributes mj-all mj-class mj-breakpoint mj-font mj-html-attributes "
    "mj-selector mj-html-attribute mj-preview mj-style mj-title mj-accordion mj-accordion-element "
    "mj-accordion-title mj-accordion-text mj-button mj-carousel mj-carousel-image mj-column mj-divider "
    "mj-group mj-hero mj-image mj-navbar mj-navbar-link mj-raw mj-section mj-social mj-social-element "
    "mj-spacer mj-table mj-text mj-wrapper"
)
KNOWN = frozenset(_KNOWN.split())
ELEMENT = re.compile(r"</?(mj[\w-]*)", re.IGNORECASE)
TEXT_ONLY = re.compile(r"<(mj-style|mj-title|mj-preview)\b[^>]*>.*?</\1>", re.DOTALL)
INLINE_STYLE = re.compile(r"<mj-style\b[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style>", re.DOTALL)
POSITION = re.compile(r" at position (\d+)")
ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#x[0-9A-Fa-f]+);")


@dataclass(frozen=True, slots=True)
class Converted:
    """HTML from MJML, and the CSS its author wants inlined."""

    html: str
    css: str


def to_html(masked: str, masks: Masks) -> Converted:
    """Masked MJML as masked HTML. Raises TemplateWrongError with the place in the author's source."""
    check_elements(masked, masks)
    css = "\n".join(INLINE_STYLE.findall(masked))
    safe = INLINE_STYLE.sub("", comments_for_blocks(masked, masks))
    try:
        # No fonts: the library's default would make every reader's client call a font server.
        return Converted(mjml.mjml2html(safe, fonts={}), css)
    except ValueError as error:
        raise _wrong(masked, safe, masks, str(error)) from None


def check_elements(masked: str, masks: Masks) -> None:
    """Refuse elements the library would pass through silently."""
    for found in ELEMENT.finditer(masked):
        name = found[1].lower()
        if name == "mj-include":
            raise _at(masks, found.start(), Phrase(N_("mj-include is not available here")))
        if name not in KNOWN:
            raise _at(masks, found.start(), Phrase(N_("there is no MJML element {name}"), name=name))


def comments_for_blocks(masked: str, masks: Masks) -> str:
    """Block tags between elements as comments, which the library keeps where they are."""
    text_only = [found.span() for found in TEXT_ONLY.finditer(masked)]
    edits = []
    for spot in spots(masked, events(masked), masks):
        inside = any(start <= spot.found.start < end for start, end in text_only)
        if spot.place == "text" and spot.found.tag.kind != "value" and not inside:
            edits.append((spot.found.start, spot.found.end, masks.comment(spot.found.number)))
    return edited(masked, edits)


def _wrong(masked: str, safe: str, masks: Masks, detail: str) -> TemplateWrongError:
    position = POSITION.search(detail)
    problem = Phrase(N_("this is not MJML: {detail}"), detail=POSITION.split(detail)[0])
    if position:
        raw = safe.encode()[: int(position[1])].decode("utf-8", "replace")
        return _at(masks, min(len(raw), len(masked)), problem)
    place = _not_xml(masked)
    if place is not None:
        return _at(masks, place[0], Phrase(N_("this is not MJML: {detail}"), detail=place[1]))
    return _at(masks, 0, problem)


def _not_xml(masked: str) -> tuple[int, str] | None:
    """Where the text stops being XML, and why: the likeliest cause when the library says nothing useful."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(ENTITY.sub(lambda found: " " * len(found[0]), masked), True)
    except expat.ExpatError as error:
        lines = masked.split("\n")
        offset = sum(len(line) + 1 for line in lines[: error.lineno - 1])
        raw = lines[min(error.lineno, len(lines)) - 1].encode()[: error.offset]
        return offset + len(raw.decode("utf-8", "replace")), expat.ErrorString(error.code)
    return None


def _at(masks: Masks, masked_offset: int, problem: Phrase) -> TemplateWrongError:
    offset = min(masks.source_offset(masked_offset), max(0, len(masks.source) - 1))
    return wrong(PART, masks.source, offset, problem)
