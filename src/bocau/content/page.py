"""From what an author wrote to the two bodies of a mail: HTML laid out and guarded, and its text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

from bocau.base.words import N_, Phrase
from bocau.content import mjml_html
from bocau.content.errors import SourceWrongError
from bocau.content.inline import inline
from bocau.content.links import Link, Track, followed
from bocau.content.markup import depth
from bocau.content.masks import Masks, mask
from bocau.content.pictures import NONE, Pictures, placed
from bocau.content.plain import plain
from bocau.content.prepare import prepare, unmask
from bocau.content.source import Source
from bocau.content.tags import Static
from bocau.content.template import Guarded, Item, parse

BODIES = ("html", "markdown", "mjml")
MAX_SOURCE = 1_000_000  # characters
DEEPEST = 200  # the libraries recurse in native code, where too deep a nesting would end the process
STYLES = re.compile(r"<style[\s>]", re.IGNORECASE)
LANGUAGE = re.compile(r"<html\b[^<>]{0,500}?\slang\s*=\s*[\"']?([a-z]{1,8})\b", re.IGNORECASE)
HEAD = 20_000  # characters in which a page says what it is
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
MARKDOWN_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 Arial,Helvetica,sans-serif;color:#222}} .page{{max-width:600px;margin:0 auto;padding:16px}}
a{{color:#0a6d46}} blockquote{{margin:0 0 16px;padding-left:12px;border-left:3px solid #ccc}} img{{max-width:100%}}
pre,code{{font-family:Consolas,Menlo,monospace;font-size:14px}} td,th{{padding:4px 10px;border:1px solid #ccc}}
table{{border-collapse:collapse}}</style></head>
<body><div class="page">
{body}</div></body></html>
"""


@dataclass(frozen=True, slots=True)
class Body:
    """One body as template items; ``part`` and ``source`` are whose tags they are, for errors."""

    part: str
    source: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Page:
    """The bodies of one source. ``html`` is None for mails of text only; ``notes`` are warnings for the author, ``links``
    what can be clicked and followed."""

    html: Body | None
    text: Body
    notes: list[Phrase] = field(default_factory=list)
    links: tuple[Link, ...] = ()
    pictures: Pictures = NONE
    language: str = ""  # as the page itself says it: vi, en, …


def lay_out(source: Source, track: Track | None = None) -> Page:
    """Make both bodies; with ``track`` the links of the HTML lead by way of us.

    Raises SourceWrongError, TemplateWrongError.
    """
    given = [part for part in BODIES if getattr(source, part).strip()]
    if len(given) > 1:
        raise SourceWrongError(problem=Phrase(N_("it has more than one of HTML, Markdown and MJML")))
    if not given:
        if not source.text.strip():
            raise SourceWrongError(problem=Phrase(N_("it has no body")))
        return Page(None, plain_body(source.text))
    notes: list[Phrase] = []
    part = given[0]
    written = getattr(source, part)
    if len(written) > MAX_SOURCE:
        raise SourceWrongError(problem=Phrase(N_("it is longer than {limit} characters"), limit=MAX_SOURCE))
    masked, masks = mask(written, parse(part, written))
    prepared, extra_css = convert(part, masked, masks)
    final = styled(part, prepared, masks, extra_css, notes)
    final, pictures = placed(final, masks, source.attachments)
    links, cuts = followed(final, masks, part, track)
    html = Body(part, written, unmask(final, masks, part, cuts))
    text = plain_body(source.text) if source.text.strip() else Body(part, written, plain(prepared, masks, part))
    return Page(html, text, notes, links, pictures, language_of(final, masks))


def language_of(html: str, masks: Masks) -> str:
    """What ``<html lang="…">`` says, unless it is a field or says that it is not known."""
    match = LANGUAGE.search(html[:HEAD])
    found = match[1].lower() if match else ""
    return "" if found == "und" or masks.find(found) else found


def plain_body(text: str) -> Body:
    """A body of text as its author wrote it."""
    pieces = parse("text", text)
    return Body("text", text, [piece if isinstance(piece, Static) else Guarded(piece) for piece in pieces])


def convert(part: str, masked: str, masks: Masks) -> tuple[str, str]:
    """The masked source as prepared HTML, and CSS that is to be inlined besides its own."""
    if part != "markdown" and depth(masked, xml=part == "mjml") > DEEPEST:
        raise SourceWrongError(problem=Phrase(N_("its elements are nested more than {limit} deep"), limit=DEEPEST))
    if part == "markdown":
        return prepare(markdown_page(masked, masks), masks, part), ""
    if part == "mjml":
        converted = mjml_html.to_html(masked, masks)
        return prepare(converted.html, masks, part), converted.css
    return prepare(masked, masks, part), ""


def markdown_page(masked: str, masks: Masks) -> str:
    """A whole page from masked Markdown; block tags that stand alone do not become paragraphs."""
    body = str(MARKDOWN.render(masked))

    def bare(found: re.Match[str]) -> str:
        tags = masks.find(found[1])
        return found[1] + "\n" if tags and all(one.tag.kind != "value" for one in tags) else found[0]

    words = rf"(?:{masks.prefix}t\d+z\s*)+"
    return MARKDOWN_PAGE.format(body=re.sub(rf"<p>({words})</p>", bare, body))


def styled(part: str, prepared: str, masks: Masks, extra_css: str, notes: list[Phrase]) -> str:
    """CSS inlined: the page's own for HTML and Markdown, for MJML what its author asked for."""
    wanted = bool(extra_css.strip()) if part == "mjml" else STYLES.search(prepared) is not None
    if not wanted:
        return prepared
    made = inline(prepared, masks, extra_css)
    if made is None:
        notes.append(Phrase(N_("styles were not inlined, because template blocks cut across HTML elements")))
    return made or prepared
