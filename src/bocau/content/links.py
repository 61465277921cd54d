"""Links that can be followed: numbered once per version, and led by way of our own site for a tracked submission.

A link's number depends on the content alone, so it means the same in every submission of a version. A static address is
sealed once; one with template tags is sealed for each person, once it is whole. What stands in the page is
``<base>/c/<the message's word>/<the link's word>``: no address to redirect to can be read from it or put into it.

Not followed: everything but http and https, our own pages, what an author marked ``data-bocau-track="off"`` (the mark
never leaves the house), addresses longer than 2,000 characters. Links in a mail's text part stay as they are.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import quote, unquote_plus

from bocau.base.seals import Seal
from bocau.content.guards import ADDRESS_SAFE
from bocau.content.markup import Attribute, Event, attribute_value, events
from bocau.content.masks import Masks
from bocau.content.prepare import Cut, unmasked
from bocau.content.spots import Spot, spots
from bocau.content.tags import BRANCHES, Static, Tag, opens
from bocau.content.template import Guarded, Item, Linked
from bocau.content.visible import Seen, seen

TOKEN = "bocau_" + secrets.token_hex(8)
"""The variable of the message's word; its name is made anew in each process, so no data can set it."""
OPT_OUT = "data-bocau-track"
OUR_PAGES = ("/u/", "/p/")
OURS = re.compile(r"\s*\b(?:unsubscribe_url|preferences_url)\b")
WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
DROPPED = re.compile(r"[\t\r\n]")  # by every browser (WHATWG URL 4.4)
LONGEST = 2000
MOST = 65_535
TEXT_MOST = 80
PIXEL_STYLE = 'width="1" height="1" alt="" style="border:0;width:1px;height:1px"'


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a version: its ``number`` from 1 in the order of the page, its address as written, what it shows."""

    number: int
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """How a submission's HTML is followed. ``base``: our site, without a slash at its end; ``seal``: for links.

    ``utm``: names without ``utm_`` and their values, added to followed addresses that do not have them.
    ``anonymous``: the word is one for all, not a message's own.
    """

    base: str
    seal: Seal
    opens: bool = True
    clicks: bool = True
    utm: tuple[tuple[str, str], ...] = ()
    anonymous: bool = False

    @property
    def rewrites(self) -> bool:
        """Whether any link is to be changed."""
        return self.clicks or bool(self.utm)

    def target(self, address: str) -> str:
        """Where a link really leads, with its UTM parameters; empty when it is not to be followed."""
        url = DROPPED.sub("", address.strip())
        if not WEB.match(url) or url.startswith(tuple(self.base + page for page in OUR_PAGES)):
            return ""
        url = with_utm(quote(url, safe=ADDRESS_SAFE), self.utm)
        return url if len(url) <= LONGEST else ""

    def word(self, number: int, url: str) -> str:
        """The link's word."""
        return self.seal.seal(number.to_bytes(2, "big") + url.encode("ascii"))


def open_link(seal: Seal, word: str) -> tuple[int, str] | None:
    """Number and address of a link's word; None when it is not ours."""
    raw = seal.open(word)
    if raw is None or len(raw) < 3:
        return None
    return int.from_bytes(raw[:2], "big"), raw[2:].decode("ascii", "replace")


def with_utm(url: str, utm: Sequence[tuple[str, str]]) -> str:
    """``url`` with the parameters it does not have yet; what it has, its order and its fragment stay."""
    if not utm:
        return url
    rest, mark, fragment = url.partition("#")
    before, _, query = rest.partition("?")
    there = {unquote_plus(part.partition("=")[0]).lower() for part in query.split("&")}
    new = [f"utm_{name}={quote(value, safe='')}" for name, value in utm if f"utm_{name}" not in there]
    if not new:
        return url
    return before + "?" + "&".join(([query.rstrip("&")] if query.rstrip("&") else []) + new) + mark + fragment


def followed(html: str, masks: Masks, part: str, track: Track | None) -> tuple[tuple[Link, ...], list[Cut]]:
    """The links of final HTML, and what is to be changed in it."""
    tokens = events(html)
    found = spots(html, tokens, masks)
    unseen = seen(html, tokens, masks)
    links: list[Link] = []
    cuts: list[Cut] = []
    for i, event in enumerate(tokens):
        if event.kind != "open" or not _clickable(event):
            continue
        mark = next((one for one in event.attributes if one.name == OPT_OUT), None)
        href = next((one for one in event.attributes if one.name == "href" and one.value), None)
        here = []
        if mark is not None:
            here.append(Cut(*_whole(html, mark)))
        if href is not None and event.attribute(OPT_OUT).lower() != "off" and _can_be(html, href, masks):
            link = Link(
                len(links) + 1, _shown(attribute_value(href.value or ""), masks), _text(html, tokens, i, masks, unseen)
            )
            links.append(link)
            if track is not None and track.rewrites and link.number <= MOST:
                items = _items(html, (found, masks, part), href, link.number, track)
                here += [Cut(href.start, href.end, items)] if items else []
        cuts += sorted(here, key=lambda cut: cut.start)
    if track is not None and track.opens:
        cuts.append(_pixel(html, tokens, track))
    return tuple(links), sorted(cuts, key=lambda cut: cut.start)


def _clickable(event: Event) -> bool:
    """Links, and the buttons Outlook draws from VML."""
    return event.name in ("a", "area") or (event.hidden and event.name.startswith("v:"))


def _whole(html: str, mark: Attribute) -> tuple[int, int]:
    """The stretch of an attribute with the blanks before it and its quotes."""
    start, end = mark.name_start, mark.end + len(mark.quote)
    while html[start - 1 : start].isspace():
        start -= 1
    return start, end


def _can_be(html: str, href: Attribute, masks: Masks) -> bool:
    """Whether the address may become one that is followed, whatever the data is."""
    tags = masks.find(html, href.start, href.end)
    if any(OURS.match(one.tag.inner) for one in tags):
        return False
    static = attribute_value(html[href.start : tags[0].start if tags else href.end], whole=not tags).lstrip()
    if not tags or WEB.match(static):
        return bool(WEB.match(static))
    return not static or "http://".startswith(static.lower()) or "https://".startswith(static.lower())


def _items(
    html: str, known: tuple[Sequence[Spot], Masks, str], href: Attribute, number: int, track: Track
) -> list[Item]:
    """What stands in the attribute instead of the address; nothing when it stays."""
    found, masks, part = known
    items = unmasked(html, found, masks, part, (href.start, href.end))
    if all(isinstance(item, Static) for item in items):
        return _static(attribute_value(html[href.start : href.end]), number, track)
    if not _balanced([item.tag for item in items if isinstance(item, Guarded)]):
        return []

    def turn(address: str, token: str) -> str:
        url = track.target(address)
        if not url:
            return escape(address)
        return f"{track.base}/c/{token}/{track.word(number, url)}" if track.clicks else escape(url)

    return [Linked(tuple(items), turn, TOKEN)]


def _static(address: str, number: int, track: Track) -> list[Item]:
    url = track.target(address)
    if not url:
        return []
    if not track.clicks:
        return [Static(escape(url))]
    return [Static(f"{track.base}/c/"), _token(), Static("/" + track.word(number, url))]


def _balanced(tags: Sequence[Tag]) -> bool:
    """Whether every block that opens in the address closes in it."""
    depth = 0
    for tag in tags:
        if opens(tag):
            depth += 1
        elif tag.word.startswith("end"):
            depth -= 1
        if depth < 0 or (not depth and tag.word in BRANCHES):
            return False
    return depth == 0


def _token() -> Guarded:
    return Guarded(Tag("value", f"{{{{ {TOKEN} }}}}", 0))


def _pixel(html: str, tokens: Sequence[Event], track: Track) -> Cut:
    """The picture at the end of the body that is fetched when the mail is shown."""
    ends = [one.start for one in tokens if one.kind == "close" and one.name in ("body", "html") and not one.hidden]
    at = ends[0] if ends else len(html)
    image: list[Item] = [Static(f'<img src="{track.base}/o/'), _token(), Static(f'.gif" {PIXEL_STYLE}>')]
    return Cut(at, at, image)


def _shown(value: str, masks: Masks) -> str:
    """A text with its tags as their author wrote them."""
    return masks.pattern.sub(lambda found: masks.tags[int(found[1] or found[2])].text, value).strip()


def _text(html: str, tokens: Sequence[Event], at: int, masks: Masks, unseen: Mapping[int, Seen]) -> str:
    """What a person clicks on: the link's text, else its picture's."""
    words: list[str] = []
    for event in tokens[at + 1 :]:
        if event.kind == "close" and event.name == tokens[at].name:
            break
        how = unseen.get(event.start, Seen.whole)
        if event.kind == "text" and how is Seen.whole:
            words.append(unescape(html[event.start : event.end]))
        elif event.name == "img" and how < Seen.invisible:
            words.append(f" {event.attribute('alt')} ")
    return " ".join(_shown("".join(words), masks).split())[:TEXT_MOST]
