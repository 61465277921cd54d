"""A tolerant HTML tokenizer: what stands where, without changing a byte (WHATWG HTML 13.2.5, the parts mail needs)."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from typing import Literal

Kind = Literal["text", "raw", "open", "close", "comment", "declaration"]
RAW_TEXT = frozenset(("script", "style", "title", "textarea", "xmp", "noembed", "iframe", "noframes"))
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_OPTIONAL_END = "p li td th tr tbody thead tfoot dd dt option optgroup colgroup rp rt body html head"
OPTIONAL_END = frozenset(_OPTIONAL_END.split())
# Outlook's conditional comments: hidden ones are comments to all others, revealed ones only look like comments.
CONDITION_OPEN = re.compile(r"<!--\[if[^\]>]{0,200}\]>(?P<revealed><!-->|<!-- -->|-->)?", re.IGNORECASE)
CONDITION_CLOSE = re.compile(r"(?:<!--)?<!\[endif\](?:-->|--!>)?", re.IGNORECASE)
COMMENT_END = re.compile(r"--!?>")
TAG_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
STRAY = re.compile(r"[\s/]*[\"'=]?")
TAG_END = re.compile(r"[\s/]*>")
REFERENCE = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9A-Fa-f]+);?|(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<end>;?))")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: ``start`` and ``end`` of its value without quotes, ``quote`` what surrounds it ('' when bare).

    ``value`` is None when it has no value.
    """

    name: str
    name_start: int
    start: int
    end: int
    quote: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One token of markup at ``start`` to ``end``. ``hidden``: only Outlook reads it.

    ``name`` is the element's (lower case), for raw text the element it is in.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    attributes_start: int = 0
    attributes_end: int = 0
    hidden: bool = False

    def attribute(self, name: str) -> str:
        """The value of an attribute as browsers read it; empty when there is none."""
        return next((attribute_value(found.value or "") for found in self.attributes if found.name == name), "")


def attribute_value(markup: str, *, whole: bool = True) -> str:
    """What the markup of an attribute's value says (WHATWG HTML 13.2.5.73): a named reference without ``;`` before ``=``,
    a letter or a digit is text, so ``&currency=`` and ``&copy=`` stay. Not ``whole``: a template tag follows."""
    if "&" not in markup:
        return markup
    return REFERENCE.sub(lambda found: _referred(found, whole=whole), markup)


def _referred(found: re.Match[str], *, whole: bool) -> str:
    name = found["name"]
    if name is None:
        return unescape(found[0])
    if found["end"]:
        return html5.get(name + ";", found[0])
    text = found.string[found.end() : found.end() + 1] == "=" or (found.end() == len(found.string) and not whole)
    return found[0] if text else html5.get(name, found[0])


def events(html: str) -> list[Event]:
    """All tokens of ``html``, which together cover it without a gap."""
    return list(_events(html))


def depth(text: str, *, xml: bool = False) -> int:
    """How deep a parser may nest the elements of ``text``; those whose end HTML lets go are not counted there."""
    open_elements: Counter[str] = Counter()
    deepest = level = 0
    for event in _events(text):
        if not xml and (event.name in VOID or event.name in OPTIONAL_END):
            continue
        if event.kind == "open" and not (xml and text.endswith("/>", event.start, event.end)):
            open_elements[event.name] += 1
            level += 1
            deepest = max(deepest, level)
        elif event.kind == "close" and open_elements[event.name]:
            open_elements[event.name] -= 1
            level -= 1
    return deepest


def _events(html: str) -> Iterator[Event]:
    at, hidden = 0, False
    while at < len(html):
        opening = html.find("<", at)
        if opening < 0:
            yield Event("text", at, len(html), hidden=hidden)
            return
        if opening > at:
            yield Event("text", at, opening, hidden=hidden)
        at = opening
        if condition := CONDITION_OPEN.match(html, at):
            yield Event("declaration", at, condition.end(), hidden=hidden)
            hidden = hidden or not condition["revealed"]
            at = condition.end()
        elif condition := CONDITION_CLOSE.match(html, at):
            yield Event("declaration", at, condition.end())
            hidden, at = False, condition.end()
        else:
            event = _token(html, at, hidden)
            yield event
            at = event.end
            hidden = hidden and not (event.kind == "comment" and event.end - event.start < 7)  # reveals what follows
            if event.kind == "open" and event.name in RAW_TEXT:
                end = _raw_end(html, at, event.name)
                if end > at:
                    yield Event("raw", at, end, event.name, hidden=hidden)
                at = end


def _token(html: str, at: int, hidden: bool) -> Event:
    if html.startswith("<!--", at):
        if html.startswith(("<!-->", "<!--->"), at):  # an empty comment to every browser
            return Event("comment", at, html.index(">", at) + 1, hidden=hidden)
        closing = COMMENT_END.search(html, at + 4)
        return Event("comment", at, closing.end() if closing else len(html), hidden=hidden)
    if html.startswith(("<!", "<?"), at):
        end = html.find(">", at)
        return Event("declaration", at, len(html) if end < 0 else end + 1, hidden=hidden)
    name = TAG_NAME.match(html, at)
    if not name:
        return Event("text", at, at + 1, hidden=hidden)
    if html.startswith("</", at):
        end = html.find(">", at)
        return Event("close", at, len(html) if end < 0 else end + 1, name[1].lower(), hidden=hidden)
    return _open(html, at, name, hidden)


def _open(html: str, start: int, name: re.Match[str], hidden: bool) -> Event:
    found: list[Attribute] = []
    at = name.end()
    while not (closing := TAG_END.match(html, at)):
        match = ATTRIBUTE.match(html, at)
        if match is None:
            if at >= len(html):
                return Event("open", start, at, name[1].lower(), tuple(found), name.end(), at, hidden)
            stray = STRAY.match(html, at)
            at = max(at + 1, stray.end() if stray else 0)
            continue
        found.append(_attribute(match))
        at = match.end()
    return Event("open", start, closing.end(), name[1].lower(), tuple(found), name.end(), closing.start(), hidden)


def _attribute(match: re.Match[str]) -> Attribute:
    for group, quote in (("double", '"'), ("single", "'"), ("bare", "")):
        if match[group] is not None:
            value, start, end = match[group], match.start(group), match.end(group)
            return Attribute(match["name"].lower(), match.start("name"), start, end, quote, value)
    end = match.end("name")
    return Attribute(match["name"].lower(), match.start("name"), end, end, "", None)


def _raw_end(html: str, at: int, name: str) -> int:
    match = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE).search(html, at)
    return match.start() if match else len(html)
