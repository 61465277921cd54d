"""Versions compiled to templates, and a bounded cache of them for the whole process."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypedDict, Unpack

from bocau.base.words import N_, Phrase
from bocau.content.errors import SourceWrongError
from bocau.content.links import Track
from bocau.content.page import Body, Page, lay_out
from bocau.content.spots import address_guard
from bocau.content.tags import Static
from bocau.content.template import FUEL, Guarded, Template, parse
from bocau.content.versions import Version

KEPT = 64  # compiled versions a process keeps


@dataclass(frozen=True, slots=True)
class Rendered:
    """One person's mail: ``html`` is empty for a mail of text only."""

    subject: str
    html: str
    text: str


class Asked(TypedDict):
    """What all templates of a version share."""

    strict: bool
    fuel: int
    language: str


class Compiled:
    """A version ready to be rendered. ``html`` is None for a mail of text only; there is always a text."""

    def __init__(self, version: Version, fuel: int = FUEL, track: Track | None = None) -> None:
        source = version.source
        strict = not source.allow_missing
        self.version = version
        self.page: Page = lay_out(source, track)
        asked: Asked = {"strict": strict, "fuel": fuel, "language": self.page.language}
        self.subject = subject_template(source.subject, **asked)
        self.text = template(self.page.text, html=False, **asked)
        self.html = template(self.page.html, html=True, **asked) if self.page.html else None

    def render(self, data: dict[str, Any]) -> Rendered:
        """The whole mail for one person's ``data``: dict, list, str, numbers, bool, None. Raises RenderError."""
        html = self.html.text(data) if self.html else ""
        return Rendered(self.subject.text(data), html, self.text.text(data))


def guarded(pieces: list[Any]) -> list[Static | Guarded]:
    """Pieces whose tags need no guard: plain text."""
    return [piece if isinstance(piece, Static) else Guarded(piece) for piece in pieces]


def template(body: Body, *, html: bool, **asked: Unpack[Asked]) -> Template:
    """The template of one body."""
    return Template(body.part, body.source, body.items, html=html, **asked)


def subject_template(subject: str, **asked: Unpack[Asked]) -> Template:
    """The template of a subject, which is one line. Raises SourceWrongError, TemplateWrongError."""
    line = subject.strip()
    if not line:
        raise SourceWrongError(problem=Phrase(N_("it has no subject")))
    return Template("subject", line, guarded(parse("subject", line)), html=False, **asked)


_kept: OrderedDict[tuple[str, int, Track | None], Compiled] = OrderedDict()
_lock = Lock()


def compile(version: Version, fuel: int = FUEL, track: Track | None = None) -> Compiled:  # noqa: A001 - the verb the design names
    """``version`` compiled; the last ones are kept for the process. Raises TemplateWrongError, SourceWrongError.

    ``fuel`` bounds the steps a template may take for one text. With ``track`` the HTML is followed: whoever renders it
    gives the message's word under ``content.links.TOKEN``.
    """
    key = (version.digest, fuel, track)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = Compiled(version, fuel, track)
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def address_template(part: str, url: str) -> Template:
    """A web address with tags, as a template whose data cannot leave its place in the address."""
    items: list[Static | Guarded] = []
    before = ""
    for piece in parse(part, url):
        if isinstance(piece, Static):
            items.append(piece)
            before += piece.text
        elif piece.kind == "value":
            items.append(Guarded(piece, address_guard(before, escaped="urlencode" in piece.text)))
        else:
            items.append(Guarded(piece))
    return Template(part, url, items, html=False, strict=True)
