"""Pictures that travel with the mail: ``cid:logo.png`` calls the attached file of that name (RFC 2392).

The Content-ID is the file's own name, so that what an author wrote stands in the mail; a name that no Content-ID may have
gets one made from it, and the address in the page is changed.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bocau.content.markup import Event, attribute_value, events
from bocau.content.masks import Masks
from bocau.content.prepare import Edit, edited

PLACES = frozenset(("src", "background", "poster"))
CALL = re.compile(r"\s*cid:(.{1,500})\Z", re.IGNORECASE | re.DOTALL)
STYLED = re.compile(r"url\(\s*([\"']?)(cid:([^\"'()\\]{1,500}?))\1\s*\)", re.IGNORECASE)
BARE = re.compile(r"[A-Za-z0-9._+-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Pictures:
    """``shared``: place among the version's attachments → Content-ID. ``awaited``: the same by ``key`` of the name, for
    what is called and is no attachment of all; ``names``: these as the author wrote them."""

    shared: Mapping[int, str]
    awaited: Mapping[str, str]
    names: tuple[str, ...] = ()


NONE = Pictures({}, {})


def key(name: str) -> str:
    """File names are equal whatever their case and however their marks are encoded."""
    return unicodedata.normalize("NFC", name).casefold()


def content_id(name: str) -> str:
    """The Content-ID of a file of this name, without brackets."""
    if BARE.match(name):
        return name
    return hashlib.sha256(key(name).encode("utf-8", "replace")).hexdigest()[:24] + "@picture.bocau"


def placed(html: str, masks: Masks, attachments: Sequence[Mapping[str, Any]]) -> tuple[str, Pictures]:
    """Final HTML with its calls as Content-IDs are, and what it calls. Calls that hold tags are not understood."""
    known: dict[str, int] = {}
    for at, file in enumerate(attachments):
        known.setdefault(key(str(file["name"])), at)
        known.setdefault(content_id(str(file["name"])), at)  # a page whose calls were changed before
    given = {str(file["cid"]): place for place, file in enumerate(attachments) if file.get("cid")}
    shared = {place: cid for cid, place in given.items()}
    awaited: dict[str, str] = {}
    names: list[str] = []
    edits: list[Edit] = []
    for start, end, called in _calls(html):
        if masks.find(called):
            continue
        name = unquote(called).strip()
        place = given.get(called, known.get(key(name)))
        if place is not None:
            cid = shared.setdefault(place, content_id(str(attachments[place]["name"])))
        else:
            cid = awaited.setdefault(key(name), content_id(name))
            names.append(name)
        if html[start:end] != (call := f"cid:{cid}"):
            edits.append((start, end, call))
    return edited(html, edits), Pictures(shared, awaited, tuple(dict.fromkeys(names)))


def _calls(html: str) -> Iterator[tuple[int, int, str]]:
    """Where each call begins and ends, and the name it calls."""
    if "cid" not in html.lower():
        return
    for event in events(html):
        if event.kind == "raw" and event.name == "style":
            yield from _styled(html, event.start, event.end)
        elif event.kind == "open":
            yield from _of_element(html, event)


def _of_element(html: str, event: Event) -> Iterator[tuple[int, int, str]]:
    for one in event.attributes:
        if one.name == "style":
            yield from _styled(html, one.start, one.end)
        elif one.name in PLACES and one.value and (match := CALL.match(attribute_value(one.value))):
            yield one.start, one.end, match[1]


def _styled(html: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for match in STYLED.finditer(html, start, end):
        yield match.start(2), match.end(2), attribute_value(match[3])
