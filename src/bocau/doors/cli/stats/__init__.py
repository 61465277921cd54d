"""`bocau stats`: how many of what, over everything or of some submissions; export; count anew."""

import csv
import io
from pathlib import Path
from typing import Any

import click

from bocau import ledger, relays, stats
from bocau.base.db import Connection, reading, transaction
from bocau.base.words import N_, figure, say
from bocau.cells import guarded
from bocau.doors.cli.stats.told import BY_WORDS, by_day, of_submissions, title, word
from bocau.doors.cli.submissions import Number
from bocau.doors.cli.terminal.export import opened
from bocau.doors.cli.terminal.frame import Exit, Noun, argument, as_json, leave, option, pass_parts, show, table, tell
from bocau.stats import Report
from bocau.wiring import Parts

BY = ("hour", "domain", "relay", "link")


@click.group(cls=Noun, help=N_("Figures of all mail, and recounting them."))
def command() -> None:
    """The noun."""


@command.command("show", help=N_("Show the results of submissions; without any, of everything, day by day."))
@argument("submissions", nargs=-1, type=Number)
@option("--by", type=click.Choice(BY), help=N_("Divided by hour (UTC), recipient's domain, relay or link."))
@option("--most", type=click.IntRange(1, 10_000), default=20, show_default=True, help=N_("At most this many lines."))
@pass_parts
def show_stats(parts: Parts, submissions: tuple[int, ...], by: str | None, most: int) -> None:
    """Figures."""
    with reading(parts.db) as connection:
        report = _report(connection, submissions, most)
        days = None if submissions or by else stats.totals(connection)
        names = {str(relay_id): name for relay_id, name in relays.relay_names(connection).items()}
    if days is not None:
        days = dict(list(days.items())[-most:])
    data: dict[str, Any] = {"submissions": list(submissions), "totals": _totals(report)}
    if days is not None:
        data["days"] = days
    if by:
        data[by] = {title(by, key, names): counts for key, counts in _first(report, by, most).items()}

    def human() -> None:
        of_submissions(report)
        if days is not None:
            by_day(days)
        elif by:
            _divided(report, by, most, names)

    show(data, human)


@command.command(
    "export",
    help=N_("Write every figure of submissions, or of everything, as CSV, or JSON with --json."),
    epilog=N_("Texts that a spreadsheet would take for a formula begin with an apostrophe in the CSV."),
)
@argument("submissions", nargs=-1, type=Number)
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("A new file; by default standard output."),
)
@pass_parts
def export(parts: Parts, submissions: tuple[int, ...], output: Path | None) -> None:
    """Lines."""
    with reading(parts.db) as connection:
        report = _report(connection, submissions, None)
    rows = list(stats.lines(report))
    with opened(output) as file:
        file.write(_as_json(rows) if as_json() else _as_csv(rows))
    if output is not None:
        tell(say(N_("{count} figures were written to {file}."), count=figure(len(rows)), file=output))


@command.command(
    "rebuild",
    help=N_("Recount everything from the messages and what came back, and say what was different."),
    epilog=N_("Exits with code 4 if a figure was wrong; it is then corrected."),
)
@pass_parts
def rebuild(parts: Parts) -> None:
    """Slice by slice."""
    after: int | None = 0
    count, messages, different = 0, 0, list[int]()
    while after is not None:
        with transaction(parts.db) as connection:
            done = stats.rebuild(connection, after)
        after, count, messages = done.after, count + done.submissions, messages + done.messages
        different += done.different
        if after is not None:
            text = N_("Counted: {count} submissions, {messages} messages.")
            tell(say(text, count=figure(count), messages=figure(messages)))
    data = {"submissions": count, "messages": messages, "different": different}
    show(data, lambda: _rebuilt(different))
    if different:
        leave(Exit.failed)


def _report(connection: Connection, submissions: tuple[int, ...], most: int | None) -> Report:
    """Raises SubmissionUnknownError."""
    for submission_id in submissions:
        if ledger.show_submission(connection, submission_id) is None:
            raise ledger.SubmissionUnknownError(id=submission_id)
    return stats.read(connection, submissions or [stats.EVERYTHING], most=most)


def _totals(report: Report) -> dict[str, int]:
    return {"waiting": report.waiting} | {name: report.of(name) for name in stats.MEASURES}


def _first(report: Report, by: str, most: int) -> stats.Table:
    """The last hours, or the first of anything else."""
    lines = list(report.table(by).items())
    return dict(lines[-most:] if by == "hour" else lines[:most])


def _divided(report: Report, by: str, most: int, names: dict[str, str]) -> None:
    chosen = _first(report, by, most)
    used = [name for name in stats.MEASURES if any(name in counts for counts in chosen.values())]
    if not used:
        tell(say(N_("Nothing has been counted there yet.")))
        return
    heads = (say(BY_WORDS[by]), *(f">{word(name)}" for name in used))
    lines = [(title(by, key, names), *(figure(counts.get(name, 0)) for name in used)) for key, counts in chosen.items()]
    table(heads, lines)


def _rebuilt(different: list[int]) -> None:
    if not different:
        tell(say(N_("Everything was recounted; every figure was right.")))
        return
    wrong = ", ".join(str(n) for n in different if n) or "—"
    tell(say(N_("Everything was recounted. Submissions with wrong figures: {ids}"), ids=wrong))


def _as_csv(rows: list[tuple[str, str, str, int]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(stats.HEADER)
    writer.writerows([[guarded(value) for value in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _as_json(rows: list[tuple[str, str, str, int]]) -> bytes:
    import orjson

    told = [dict(zip(stats.HEADER, row, strict=True)) for row in rows]
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"
