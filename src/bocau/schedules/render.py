"""A report as a finished mail: its template rendered with the data, and made into a text without tags.

The template is the same for all recipients, so it is rendered once, here, with far more fuel than one mail of many gets;
what comes out is frozen as the mail's content, with whatever looks like a template tag in it made harmless.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from bocau import content
from bocau.attachments import Store
from bocau.base import clock
from bocau.cells import Shown
from bocau.cells.single import VALUES, kept_apart
from bocau.content import Source
from bocau.schedules import chart, sheets_out
from bocau.schedules.data import Data
from bocau.schedules.shapes import Report
from bocau.sheets.headings import slug

FUEL = 20_000_000
MOST_SHOWN = 500
"""Rows of the mail's own table; attachments have all."""
OPENS = re.compile(r"\{(?=[{%#])")
STYLE = re.compile(r"(?is)<style\b.*?</style>")
CID = "chart@report.bocau"
CELL = "border:1px solid #d0d4da;padding:4px 8px;"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished mail; ``rows``: how many the data had; ``empty``: nothing is to be sent."""

    source: Source
    rows: int
    empty: bool = False


def make(report: Report, data: Data, files: Store, name: str, time: str) -> Made:
    """``name`` and ``time``: of the schedule, for the template. Raises what is wrong with template, chart or files."""
    source = Source.from_json(report.content)
    if not data.rows and report.skip_empty:
        return Made(source, 0, empty=True)
    table, picture = (f"bocau{secrets.token_hex(12)}" for _ in range(2))
    rendered = content.Compiled(content.Version.unsaved(source), FUEL).render(
        _fields(data) | {"table": table, "chart": picture if report.chart else "", "report": name, "time": time}
    )
    drawn = bool(report.chart and data.rows)
    html = _put(rendered.html, table, html_table(data))
    html = _put(html, picture, f'<img src="cid:{CID}" alt="" style="max-width:100%">' if drawn else "")
    text = rendered.text.replace(table, text_table(data)).replace(picture, "")
    subject = " ".join(rendered.subject.replace(table, "").replace(picture, "").split())
    attached = [*source.attachments, *_attached(report, data, files, name, drawn=drawn)]
    made = Source(subject=literal(subject), html=literal_html(html), text=literal(text), attachments=tuple(attached))
    return Made(made, len(data.rows))


def literal(text: str) -> str:
    """The text as a template that says it."""
    return OPENS.sub("{{ '{' }}", text)


def literal_html(html: str) -> str:
    """HTML as a template that says it; in styles, where a brace has no other name, a blank keeps braces apart."""
    kept, at = [], 0
    for style in STYLE.finditer(html):
        kept += [OPENS.sub("&#123;", html[at : style.start()]), OPENS.sub("{ ", style[0])]
        at = style.end()
    return "".join([*kept, OPENS.sub("&#123;", html[at:])])


def html_table(data: Data) -> str:
    """The first rows as an HTML table; every value escaped."""
    head = "".join(f'<th align="left" style="{CELL}background:#f2f4f7">{escape(name)}</th>' for name in data.columns)
    lines = ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in data.rows[:MOST_SHOWN]]
    rest = len(data.rows) - MOST_SHOWN
    more = f'<tr><td colspan="{len(data.columns)}" style="{CELL}">… +{rest}</td></tr>' if rest > 0 else ""
    style = "border-collapse:collapse;font-size:14px"
    return f'<table cellspacing="0" style="{style}"><tr>{head}</tr>{"".join(lines)}{more}</table>'


def text_table(data: Data) -> str:
    """The first rows in columns of letters."""
    lines = [data.columns, *([shown(value) for value in row] for row in data.rows[:MOST_SHOWN])]
    tidy = [[" ".join(cell.split())[:40] for cell in line] for line in lines]
    widths = [max(len(line[at]) for line in tidy) for at in range(len(data.columns))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in tidy]
    rest = len(data.rows) - MOST_SHOWN
    return "\n".join([*drawn, *([f"… +{rest}"] if rest > 0 else [])])


def shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def _cell(value: Any) -> str:
    number = value.value if isinstance(value, Shown) else value
    side = ' align="right"' if isinstance(number, int | float) and not isinstance(number, bool) else ""
    return f'<td{side} style="{CELL}">{escape(shown(value))}</td>'


def _fields(data: Data) -> dict[str, Any]:
    """What a template finds: ``row.so_tien`` and ``row["Số tiền"]``."""
    names = [(name, slug(name)) for name in data.columns]
    rows = [
        {key: _value(value) for (name, short), value in zip(names, row, strict=True) for key in (name, short) if key}
        for row in data.rows
    ]
    found = {"rows": rows, "columns": data.columns, "count": len(data.rows)}
    zone = clock.zone().key
    days = [one for row in data.rows for one in row if isinstance(one, Shown) and isinstance(one.value, date)]
    apart = {str(one).strip(): value for one in days if (value := kept_apart(one, zone)) is not None}
    return found | {VALUES: apart} if apart else found


def _value(value: Any) -> Any:
    """Numbers to count with; days as they are shown."""
    if isinstance(value, Shown):
        return value.value if isinstance(value.value, int | float) else str(value)
    return value


def _put(html: str, word: str, markup: str) -> str:
    """``markup`` in the place of a word, and of a paragraph that has nothing but it."""
    return re.sub(rf"<p\b[^>]*>\s*{word}\s*</p>|{word}", lambda _: markup, html)


def _attached(report: Report, data: Data, files: Store, name: str, *, drawn: bool) -> Sequence[dict[str, Any]]:
    stem = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in name)[:60].strip() or "report"
    kinds = {"csv": sheets_out.as_csv, "xlsx": sheets_out.as_xlsx}
    found = [files.put(kinds[kind](data.columns, data.rows), name=f"{stem}.{kind}").as_dict() for kind in report.attach]
    if drawn:
        picture = files.put(chart.draw(data, report.chart), name="chart.png").as_dict()
        found.append(picture | {"cid": CID})
    return found


def check(report: Report) -> None:
    """Refuse a template that is no template. Raises TemplateWrongError, SourceWrongError."""
    content.Compiled(content.Version.unsaved(Source.from_json(report.content)), FUEL)
