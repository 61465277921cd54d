"""What an author should look at before sending. Nothing here stops a mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bocau.base.words import N_, Phrase
from bocau.content.compiled import Compiled, compile  # noqa: A004
from bocau.content.markup import Event, events
from bocau.content.tags import Static
from bocau.content.versions import Version

CLIPPED = 90 * 1024  # bytes of HTML; Gmail cuts near 102 KB
LONG_SUBJECT = 120  # characters; most clients show fewer
_SHORTENERS = "bit.ly t.co tinyurl.com goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly t.ly tiny.cc shorturl.at rb.gy"
SHORTENERS = frozenset(_SHORTENERS.split())
_DROPPED = "script form input button iframe object embed video audio"
DROPPED = frozenset(_DROPPED.split())
LOCAL = re.compile(r"file:|[a-z]:|\\\\", re.IGNORECASE)
"""A file of somebody's machine: file:///C:/logo.png, C:\\logo.png, \\\\server\\logo.png."""
STYLED = re.compile(r"url\(\s*[\"']?((?:file:|[a-z]:|\\\\)[^\"')]{1,500})", re.IGNORECASE)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
OTHER_TAGS = re.compile(r"(?<![{\w])(?:\{\w{2,30}\}|\*\|\w+\|\*|%%\w+%%|\[\[\w+\]\])")


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: a stable ``code`` and what to look at."""

    code: str
    problem: Phrase

    def __str__(self) -> str:
        return str(self.problem)


def lint(version: Version) -> list[Note]:
    """Remarks on a version. Raises what ``compile`` raises."""
    compiled = compile(version)
    notes = [*_notes(compiled), *(_html(compiled) if compiled.html else ())]
    return list({(note.code, str(note)): note for note in notes}.values())


def _notes(compiled: Compiled) -> Iterator[Note]:
    yield from (Note("styles_not_inlined", problem) for problem in compiled.page.notes)
    if len(compiled.subject.source) > LONG_SUBJECT:
        yield Note("subject_long", Phrase(N_("the subject is longer than {limit} characters"), limit=LONG_SUBJECT))
    if not any(isinstance(item, Static) and item.text.strip() for item in compiled.page.text.items):
        yield Note("text_missing", Phrase(N_("there is no text: some readers and most spam filters want one")))
    for item in compiled.page.text.items:
        match = OTHER_TAGS.search(item.text) if isinstance(item, Static) else None
        if match:
            problem = Phrase(N_("{text} is not a merge field; write {example}"), text=match[0], example="{{ name }}")
            yield Note("field_unlike", problem)


def _html(compiled: Compiled) -> Iterator[Note]:
    assert compiled.page.html is not None
    items = compiled.page.html.items
    html = "".join(item.text if isinstance(item, Static) else "\ue000" for item in items)
    size = len(html.encode())
    if size > CLIPPED:
        problem = Phrase(N_("the HTML has {size} KB; Gmail cuts mails near 102 KB"), size=size // 1024)
        yield Note("html_large", problem)
    for name in compiled.page.pictures.names:
        yield Note("image_missing", Phrase(N_("the picture {name} is not attached"), name=_shown(name)))
    for event in events(html):
        if event.kind == "raw" and event.name == "style":
            yield from _styled(html[event.start : event.end])
        elif event.kind == "open" and not event.hidden:
            yield from _element(event)


def _styled(css: str) -> Iterator[Note]:
    for match in STYLED.finditer(css):
        yield _local(match[1])


def _local(address: str) -> Note:
    said = N_("the image {address} is a file of your own machine: nobody else can see it")
    return Note("image_local", Phrase(said, address=_shown(address)))


def _element(event: Event) -> Iterator[Note]:
    yield from _styled(event.attribute("style"))
    if LOCAL.match(background := event.attribute("background").strip()):
        yield _local(background)
    if event.name in DROPPED:
        yield Note("element_dropped", Phrase(N_("most mail programs drop <{name}>"), name=event.name))
    elif event.name == "a":
        yield from _link(event.attribute("href").strip())
    elif event.name == "img":
        yield from _image(event)


def _link(address: str) -> Iterator[Note]:
    if address in ("", "#"):
        yield Note("link_empty", Phrase(N_("a link leads nowhere")))
        return
    if address.startswith(("\ue000", "#")):
        return
    if LOCAL.match(address):
        problem = Phrase(N_("the link {address} works only on this machine"), address=_shown(address))
        yield Note("link_local", problem)
        return
    if not SCHEME.match(address):
        yield Note("link_broken", Phrase(N_("the link {address} is not a full address"), address=_shown(address)))
        return
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    if address.lower().startswith("http") and (not host or " " in address):
        yield Note("link_broken", Phrase(N_("the link {address} is not a full address"), address=_shown(address)))
    elif host in SHORTENERS:
        problem = Phrase(N_("the link {address} is shortened; spam filters dislike that"), address=_shown(address))
        yield Note("link_shortened", problem)
    elif host in ("localhost", "127.0.0.1"):
        problem = Phrase(N_("the link {address} works only on this machine"), address=_shown(address))
        yield Note("link_local", problem)


def _image(event: Event) -> Iterator[Note]:
    source = event.attribute("src").strip()
    if not any(one.name == "alt" for one in event.attributes):
        problem = Phrase(N_("the image {address} has no alt text"), address=_shown(source))
        yield Note("image_without_alt", problem)
    if LOCAL.match(source):
        yield _local(source)
    elif source.startswith("data:"):
        yield Note("image_embedded", Phrase(N_("Gmail and Outlook do not show images inside the address (data:)")))
    elif not source or not (SCHEME.match(source) or source.startswith("\ue000")):
        problem = Phrase(N_("the image {address} has no full address"), address=_shown(source))
        yield Note("image_broken", problem)


def _shown(address: str) -> str:
    shown = address.replace("\ue000", "…")
    return shown if len(shown) <= 80 else shown[:77] + "…"
