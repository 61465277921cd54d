"""What `bocau campaigns create` and `change` were asked, and the plan it comes to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from bocau import campaigns, relays
from bocau.audience import Target, lists
from bocau.base import clock
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.doors.cli.send.asked import OptionTextError, body, split_header
from bocau.doors.cli.terminal.frame import option
from bocau.ledger.options import Options
from bocau.wire.address import shown
from bocau.wiring import Parts

FILE = click.Path(path_type=Path)
MANY = {"multiple": True}
SPAN = re.compile(r"(\d+)\s*([smhd]?)\Z")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "": 3600}
BODIES = ("html", "mjml", "markdown")
TARGET = ("lists", "segments", "tags", "everyone", "not_lists", "not_segments", "not_tags")
PIECES = ("subject", "from", *BODIES, "text")


class RelayNamelessError(BocauError):
    code = "relay-nameless"
    sentence = N_("There is no relay “{name}”. Nothing was changed.")
    hint = N_("See all of them: bocau relays list")


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


def plan_of(parts: Parts, connection: Connection, asked: Asked, base: campaigns.Plan | None) -> campaigns.Plan:
    """The plan that is asked for; ``base`` is what it was before. Raises what is wrong with an option."""
    stream = parts.settings.streams["bulk"]
    first = base.variants[0] if base else campaigns.Variant("A", Source(subject=""))
    first = replace(first, source=_source(parts, asked, first.source))
    variants = _variants(asked, (first, *(base.variants[1:] if base else ())))
    return campaigns.Plan(
        name=_given(asked.name, base.name if base else ""),
        sender=_given(asked.sender, base.sender if base else ""),
        target=_target(connection, asked, base),
        variants=variants,
        options=Options.from_dict(_options(asked, base.options.as_dict() if base else {})),
        site=parts.settings.site,
        queue=_given(asked.queue, base.queue if base else "bulk"),
        relay=_relay(connection, asked.relay) if asked.relay is not None else base.relay if base else None,
        time_to_live=stream.time_to_live,
        test=_test(asked, base.test if base else None, len(variants)),
    )


def span(text: str, name: str) -> int:
    """Seconds of ``4h``, ``30m``, ``2d``; a bare number means hours. Raises OptionTextError."""
    found = SPAN.match(text.strip())
    if not found:
        raise OptionTextError(option=name, text=shown(text), form="4h, 30m, 2d")
    return int(found[1]) * SECONDS[found[2]]


def _given(new: str | None, old: str) -> str:
    return old if new is None else new.strip()


def _source(parts: Parts, asked: Asked, old: Source) -> Source:
    given = {name: body(path, f"--{name}") for name in (*BODIES, "text") if (path := getattr(asked, name))}
    bodies = [name for name in BODIES if name in given]
    if len(bodies) > 1:
        raise click.UsageError(say(N_("Give one of --html, --markdown, --mjml or --text; --text may go with another.")))
    changed: dict[str, Any] = {**(dict.fromkeys(BODIES, "") if bodies else {}), **given}
    if asked.subject is not None:
        changed["subject"] = asked.subject
    if asked.attach:
        changed["attachments"] = tuple(parts.files.put(path).as_dict() for path in asked.attach)
    if asked.allow_missing:
        changed["allow_missing"] = True
    return replace(old, **changed)


def _variants(asked: Asked, known: Sequence[campaigns.Variant]) -> tuple[campaigns.Variant, ...]:
    """Those known, and those that --variant adds or changes; what a new one does not say is the first one's."""
    made = {one.name: one for one in known}
    first = known[0]
    for text in asked.variants:
        name, colon, piece = text.partition(":")
        key, sign, value = piece.partition("=")
        if not colon or not sign or key.strip() not in PIECES or not name.strip():
            raise OptionTextError(option="--variant", text=shown(text), form="B:subject=…, B:from=…, B:html=FILE")
        one = made.get(name.strip()) or campaigns.Variant(name.strip(), first.source, first.sender)
        made[name.strip()] = _with(one, key.strip(), value)
    return tuple(made.values())


def _with(one: campaigns.Variant, key: str, value: str) -> campaigns.Variant:
    if key == "from":
        return replace(one, sender=value.strip())
    if key == "subject":
        return replace(one, source=replace(one.source, subject=value))
    cleared: dict[str, Any] = dict.fromkeys((*BODIES, "text"), "") if key in BODIES else {}
    text = body(Path(value), "--variant")
    return replace(one, source=replace(one.source, **{**cleared, key: text}))


def _target(connection: Connection, asked: Asked, base: campaigns.Plan | None) -> Target:
    """Any option about people replaces all that was said of them. Raises ListUnknownError and kin."""
    if base is not None and not any(getattr(asked, name) for name in TARGET):
        return base.target
    return Target(
        lists=_ids(connection, asked.lists),
        segments=asked.segments,
        tags=asked.tags,
        everyone=asked.everyone,
        not_lists=_ids(connection, asked.not_lists),
        not_segments=asked.not_segments,
        not_tags=asked.not_tags,
    )


def _ids(connection: Connection, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(lists.find(connection, name).id for name in names)


def _test(asked: Asked, old: campaigns.Trial | None, variants: int) -> campaigns.Trial | None:
    given = (asked.test_share, asked.test_by, asked.test_wait)
    if given == (None, None, None):
        return old if variants > 1 else None
    test = old or campaigns.Trial()
    return campaigns.Trial(
        share=test.share if asked.test_share is None else asked.test_share,
        by=test.by if asked.test_by is None else By(asked.test_by),
        wait=test.wait if asked.test_wait is None else 1000 * span(asked.test_wait, "--test-wait"),
    )


def _options(asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    if asked.reply_to is not None:
        options["reply_to"] = asked.reply_to
    if asked.header:
        options["headers"] = dict(map(split_header, asked.header))
    track = dict(options.get("track") or {})
    if asked.track is not None:
        track["mode"] = asked.track
    track |= {name: False for name, off in (("opens", asked.no_opens), ("clicks", asked.no_clicks)) if off}
    if asked.utm:
        track["utm"] = dict(_pair("--utm", text, "source=newsletter") for text in asked.utm)
    limits = {} if asked.no_limits else dict(options.get("limits") or {})
    limits |= _limits(asked)
    found = {**options, "track": track, "limits": limits}
    return {name: value for name, value in found.items() if value}


def _limits(asked: Asked) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if asked.per_hour is not None:
        limits["per_hour"] = asked.per_hour
    if asked.window is not None:
        most, seconds = _rate("--window", asked.window, "500/10m")
        limits["window"] = {"most": most, "seconds": seconds}
    if asked.per_domain:
        pairs = [_pair("--per-domain", text, "gmail.com=1000") for text in asked.per_domain]
        limits["per_domain"] = {name.lower(): _number("--per-domain", value) for name, value in pairs}
    if asked.quiet is not None:
        hours, _, zone = asked.quiet.partition("@")
        begin, dash, end = hours.partition("-")
        if not dash:
            raise OptionTextError(option="--quiet", text=shown(asked.quiet), form="21:00-07:00@Asia/Ho_Chi_Minh")
        limits["quiet"] = {"from": begin.strip(), "to": end.strip(), "zone": zone.strip() or clock.zone().key}
    if asked.cap is not None:
        most, seconds = _rate("--cap", asked.cap, "2/7d")
        limits["frequency"] = {"most": most, "days": max(1, seconds // 86_400)}
    return limits


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


def _relay(connection: Connection, name: str) -> int | None:
    """Its id; None for an empty name: any. Raises RelayNamelessError."""
    if not name:
        return None
    for relay_id, known in relays.relay_names(connection).items():
        if known == name:
            return relay_id
    raise RelayNamelessError(name=shown(name))
