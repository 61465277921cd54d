"""From what an author wrote to the two bodies of a mail: HTML laid out and guarded, and its text."""

import re
from dataclasses import dataclass

from bocau.base.words import N_
from bocau.content.errors import Problem, SourceWrongError
from bocau.content.source import Source
from bocau.content.tags import Static
from bocau.content.template import Guarded, parse

Items = list[Static | Guarded]


@dataclass(slots=True)
class Page:
    html: Items
    html_part: str
    html_source: str
    text: Items
    text_part: str
    text_source: str


def lay_out(source: Source) -> Page:
    if not (source.html or source.markdown or source.mjml or source.text):
        raise SourceWrongError(problem=Problem(N_("it has no body")))
    html = [p if isinstance(p, Static) else Guarded(p) for p in parse("html", source.html)]
    if source.text:
        text = [p if isinstance(p, Static) else Guarded(p) for p in parse("text", source.text)]
        return Page(html, "html", source.html, text, "text", source.text)
    text = [
        Static(re.sub(r"<[^>]*>", "", p.text)) if isinstance(p, Static) else Guarded(p)
        for p in parse("html", source.html)
    ]
    return Page(html, "html", source.html, text, "html", source.html)
