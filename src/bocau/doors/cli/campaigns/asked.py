"""What `bocau campaigns create` and `change` were asked: texts and files become a request, and nothing else is decided."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from bocau.base.given import NOT_GIVEN, unless_none
from bocau.base.words import N_, say
from bocau.campaigns.requests import (
    CampaignChange,
    CampaignCreation,
    LimitsChange,
    NamedTarget,
    SourceChange,
    TrackChange,
    TrialChange,
    VariantChange,
)
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.doors.cli.send.asked import OptionTextError, body, split_header
from bocau.doors.cli.terminal.frame import option
from bocau.ledger.options import Frequency, QuietHours, Window
from bocau.wire.address import shown
from bocau.wiring import Parts

FILE = click.Path(path_type=Path)
MANY = {"multiple": True}
SPAN = re.compile(r"(\d+)\s*([smhd]?)\Z")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "": 3600}
BODIES = ("html", "mjml", "markdown")
TARGET = ("lists", "segments", "tags", "everyone", "not_lists", "not_segments", "not_tags")
PIECES = ("subject", "from", *BODIES, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, one to one; None and empty: not given."""

    name: str | None
    sender: str | None
    subject: str | None
    html: Path | None
    mjml: Path | None
    markdown: Path | None
    text: Path | None
    attach: tuple[Path, ...]
    reply_to: str | None
    header: tuple[str, ...]
    lists: tuple[str, ...]
    segments: tuple[str, ...]
    tags: tuple[str, ...]
    everyone: bool
    not_lists: tuple[str, ...]
    not_segments: tuple[str, ...]
    not_tags: tuple[str, ...]
    file: Path | None
    email_column: str
    name_column: str
    encoding: str
    delimiter: str
    sheet: str
    variants: tuple[str, ...]
    test_share: int | None
    test_by: str | None
    test_wait: str | None
    track: str | None
    no_opens: bool
    no_clicks: bool
    utm: tuple[str, ...]
    relay: str | None
    queue: str | None
    per_hour: int | None
    window: str | None
    per_domain: tuple[str, ...]
    quiet: str | None
    cap: str | None
    no_limits: bool
    allow_missing: bool


OPTIONS = (
    option("--name", help=N_("The campaign's name; segments find it by this.")),
    option("--from", "sender", help=N_("The sender: “Name <address>”.")),
    option("--subject", help=N_("The subject; may contain merge fields: {{ name }}.")),
    option("--html", type=FILE, help=N_("The mail as an HTML file; - reads standard input.")),
    option("--mjml", type=FILE, help=N_("The mail as an MJML file.")),
    option("--markdown", type=FILE, help=N_("The mail as a Markdown file.")),
    option("--text", type=FILE, help=N_("The mail, or its plain-text part, as a text file.")),
    option("--attach", type=FILE, **MANY, help=N_("A file to attach for everybody. Repeatable.")),
    option("--reply-to", help=N_("Where replies go, if not to the sender.")),
    option("--header", **MANY, help=N_("An extra header, “Name: value”. Repeatable.")),
    option("--list", "lists", **MANY, help=N_("To the members of a list. Repeatable.")),
    option("--segment", "segments", **MANY, help=N_("To the contacts of a segment. Repeatable.")),
    option("--tag", "tags", **MANY, help=N_("To contacts with a tag. Repeatable.")),
    option("--everyone", is_flag=True, help=N_("To all contacts.")),
    option("--not-list", "not_lists", **MANY, help=N_("But not to the members of this list. Repeatable.")),
    option("--not-segment", "not_segments", **MANY, help=N_("But not to this segment. Repeatable.")),
    option("--not-tag", "not_tags", **MANY, help=N_("But not to contacts with this tag. Repeatable.")),
    option("--csv", "--xlsx", "--file", "file", type=FILE, help=N_("To the people of a CSV or XLSX file.")),
    option("--email-column", default="", help=N_("The column with the addresses.")),
    option("--name-column", default="", help=N_("The column with the names.")),
    option("--encoding", default="", help=N_("The file's text encoding, if it is not detected correctly.")),
    option("--delimiter", default="", help=N_("What separates columns, if it is not detected correctly.")),
    option("--sheet", default="", help=N_("The spreadsheet's sheet, if not the first.")),
    option(
        "--variant",
        "variants",
        **MANY,
        help=N_("Another form of the mail for an A/B test: B:subject=…, B:from=…, B:html=FILE. Repeatable."),
    ),
    option(
        "--test-share", type=click.IntRange(1, 100), help=N_("Try the variants on this percentage of the recipients.")
    ),
    option("--test-by", type=click.Choice([one.value for one in By]), help=N_("What decides the test.")),
    option("--test-wait", help=N_("How long to wait before the test is decided: 4h, 30m.")),
    option(
        "--track",
        type=click.Choice(["off", "aggregate", "person"]),
        help=N_("How much is tracked of opens and clicks."),
    ),
    option("--no-opens", is_flag=True, help=N_("Do not track opens.")),
    option("--no-clicks", is_flag=True, help=N_("Do not track clicks.")),
    option("--utm", **MANY, help=N_("A UTM parameter for links: source=newsletter. Repeatable.")),
    option("--relay", help=N_("Send through this relay only.")),
    option("--queue", help=N_("The queue it is sent from, if not bulk.")),
    option("--per-hour", type=click.IntRange(1), help=N_("At most this many mails per hour.")),
    option("--window", help=N_("At most this many mails in a period: 500/10m.")),
    option(
        "--per-domain", **MANY, help=N_("At most this many mails per hour to a domain: gmail.com=1000. Repeatable.")
    ),
    option("--quiet", help=N_("When nothing is sent: 21:00-07:00@Asia/Ho_Chi_Minh, or …@recipient.")),
    option("--cap", help=N_("At most this many campaign mails to one person: 2/7d.")),
    option("--no-limits", is_flag=True, help=N_("Remove its limits.")),
    option("--allow-missing", is_flag=True, help=N_("Leave missing fields empty.")),
)


def plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """All options of a plan."""
    for one in reversed(OPTIONS):
        command = one(command)
    return command


def creation_of(parts: Parts, asked: Asked) -> CampaignCreation:
    """What is asked for, its files stored. Raises what is wrong with an option's text or a file."""
    source = Source(subject=asked.subject or "")
    return CampaignCreation(
        name=asked.name or "",
        sender=asked.sender or "",
        source=replace(source, **_said(parts, asked)),
        target=_target(asked),
        **_particulars(parts, asked),
    )


def change_of(parts: Parts, asked: Asked) -> CampaignChange:
    """What is asked to be changed, its files stored. Raises what is wrong with an option's text or a file."""
    people = any(getattr(asked, name) for name in TARGET)
    return CampaignChange(
        name=unless_none(asked.name),
        sender=unless_none(asked.sender),
        source=SourceChange(**_said(parts, asked)),
        target=_target(asked) if people else NOT_GIVEN,
        **_particulars(parts, asked),
    )


def _particulars(parts: Parts, asked: Asked) -> dict[str, Any]:
    return {
        "variants": _variants(asked.variants),
        "trial": _trial(asked),
        "reply_to": unless_none(asked.reply_to),
        "headers": dict(map(split_header, asked.header)) if asked.header else NOT_GIVEN,
        "track": _track(asked),
        "limits": _limits(asked),
        "queue": unless_none(asked.queue),
        "relay": unless_none(asked.relay),
        "site": parts.settings.site,
        "time_to_live": parts.settings.streams["bulk"].time_to_live,
    }


def span(text: str, name: str) -> int:
    """Seconds of ``4h``, ``30m``, ``2d``; a bare number means hours. Raises OptionTextError."""
    match = SPAN.match(text.strip())
    if not match:
        raise OptionTextError(option=name, text=shown(text), form="4h, 30m, 2d")
    return int(match[1]) * SECONDS[match[2]]


def _said(parts: Parts, asked: Asked) -> dict[str, Any]:
    """Fields of a source, of those that were given."""
    said: dict[str, Any] = {
        name: body(path, f"--{name}") for name in (*BODIES, "text") if (path := getattr(asked, name))
    }
    if len([name for name in BODIES if name in said]) > 1:
        raise click.UsageError(say(N_("Give one of --html, --markdown, --mjml or --text; --text may go with another.")))
    if asked.subject is not None:
        said["subject"] = asked.subject
    if asked.attach:
        said["attachments"] = tuple(parts.files.put(path).as_dict() for path in asked.attach)
    if asked.allow_missing:
        said["allow_missing"] = True
    return said


def _variants(texts: Sequence[str]) -> tuple[VariantChange, ...]:
    """What --variant says of each; of bodies what came last."""
    made: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, colon, piece = text.partition(":")
        key, sign, value = piece.partition("=")
        key = key.strip()
        if not colon or not sign or key not in PIECES or not name.strip():
            raise OptionTextError(option="--variant", text=shown(text), form="B:subject=…, B:from=…, B:html=FILE")
        said = made.setdefault(name.strip(), {})
        if key in BODIES:
            for other in (*BODIES, "text"):
                said.pop(other, None)
        said[key] = body(Path(value), "--variant") if key in (*BODIES, "text") else value
    return tuple(_variant(name, said) for name, said in made.items())


def _variant(name: str, said: dict[str, Any]) -> VariantChange:
    return VariantChange(
        name=name,
        sender=said.get("from", NOT_GIVEN),
        source=SourceChange(**{key: value for key, value in said.items() if key != "from"}),
    )


def _target(asked: Asked) -> NamedTarget:
    return NamedTarget(**{name: getattr(asked, name) for name in TARGET})


def _trial(asked: Asked) -> TrialChange:
    return TrialChange(
        share=unless_none(asked.test_share),
        by=NOT_GIVEN if asked.test_by is None else By(asked.test_by),
        wait=NOT_GIVEN if asked.test_wait is None else 1000 * span(asked.test_wait, "--test-wait"),
    )


def _track(asked: Asked) -> TrackChange:
    pairs = [_pair("--utm", text, "source=newsletter") for text in asked.utm]
    return TrackChange(
        mode=unless_none(asked.track),
        opens=False if asked.no_opens else NOT_GIVEN,
        clicks=False if asked.no_clicks else NOT_GIVEN,
        utm=dict(pairs) if pairs else NOT_GIVEN,
    )


def _limits(asked: Asked) -> LimitsChange:
    window = NOT_GIVEN if asked.window is None else Window(*_rate("--window", asked.window, "500/10m"))
    pairs = [_pair("--per-domain", text, "gmail.com=1000") for text in asked.per_domain]
    return LimitsChange(
        anew=asked.no_limits,
        per_hour=unless_none(asked.per_hour),
        window=window,
        per_domain={name: _number("--per-domain", value) for name, value in pairs} if pairs else NOT_GIVEN,
        quiet=NOT_GIVEN if asked.quiet is None else _quiet(asked.quiet),
        frequency=NOT_GIVEN if asked.cap is None else _frequency(asked.cap),
    )


def _quiet(text: str) -> QuietHours:
    hours, _, zone = text.partition("@")
    begin, dash, end = hours.partition("-")
    if not dash:
        raise OptionTextError(option="--quiet", text=shown(text), form="21:00-07:00@Asia/Ho_Chi_Minh")
    return QuietHours(begin.strip(), end.strip(), zone.strip() or None)


def _frequency(text: str) -> Frequency:
    most, seconds = _rate("--cap", text, "2/7d")
    return Frequency(most, max(1, seconds // 86_400))


def _rate(name: str, text: str, form: str) -> tuple[int, int]:
    most, slash, time = text.partition("/")
    if not slash:
        raise OptionTextError(option=name, text=shown(text), form=form)
    return _number(name, most), span(time, name)


def _pair(name: str, text: str, form: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise OptionTextError(option=name, text=shown(text), form=form)
    return key.strip().removeprefix("utm_"), value.strip()


def _number(name: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise OptionTextError(option=name, text=shown(text), form="1000")
    return int(text)
