"""The way of `bocau contacts import`: look at the columns, tell them, store chunk after chunk, tell what came of it."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bocau import sheets
from bocau.audience import imports, lists, tags
from bocau.audience.states import KIND_WORDS, word
from bocau.base.ahead import ahead
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.frame import Exit, as_json, facts, leave, show, table, tell, warn
from bocau.doors.cli.terminal.screen import console
from bocau.doors.cli.terminal.telling import harmless
from bocau.sheets import Report, Table
from bocau.wiring import Parts


class PairWrongError(BocauError):
    code = "map-pair-wrong"
    sentence = N_("--map: “{text}” is not a pair. Nothing was imported.")
    hint = N_('Write it as --map "Column=attribute".')


OWN_TITLES = {
    "email": N_("the address"),
    "name": N_("the name"),
    "language": N_("the language"),
    "zone": N_("the time zone"),
}
"""What a column becomes that is no attribute."""


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    mapped: Mapping[str, str]
    no_new_attributes: bool
    merge: str
    to_list: str | None
    tag: str | None
    source: str
    consent: str
    email_column: str
    encoding: str
    delimiter: str
    sheet: str
    report: Path | None
    dry_run: bool


def split_pair(text: str) -> tuple[str, str]:
    """``Column=attribute``; the last equals sign counts. Raises PairWrongError."""
    column, sign, target = text.rpartition("=")
    if not (sign and column.strip() and target.strip()):
        raise PairWrongError(text=harmless(text)[:80])
    return column.strip(), target.strip()


def take_file(parts: Parts, path: Path, asked: Asked) -> None:
    """Import all tables of a file. Raises what reading one raises; of several, those that cannot be read are left out."""
    done: list[tuple[imports.Run, Path | None]] = []
    wrong: dict[str, BocauError] = {}
    look = sheets.Reading(encoding=asked.encoding, delimiter=asked.delimiter, sheet=asked.sheet)
    with _tables(path) as files:
        for number, file in enumerate(files):
            with ExitStack() as stack:
                try:
                    opened = stack.enter_context(sheets.open_table(file, look))
                    run = _begun(parts, opened, asked)
                except BocauError as error:
                    wrong[file.name] = error
                    continue
                if run is not None:
                    name = path if len(files) == 1 else path.with_name(f"{path.stem}-{file.name}")
                    at = report_path(parts, name, asked.report, number)
                    done.append(_store(parts, opened, run, at))
    if len(wrong) == len(files):
        raise next(iter(wrong.values()))
    if not asked.dry_run:
        left_out = [{"file": name, "code": error.code, "message": str(error)} for name, error in wrong.items()]
        show({"imports": [_told(*one) for one in done], "left_out": left_out}, lambda: _end(done))
    if wrong:
        for reason in wrong.values():
            warn(f"{reason} {reason.advice()}")
        leave(Exit.error)


def resume_file(parts: Parts, import_id: int, path: Path, report: Path | None) -> None:
    """Go on with a run; its table is found in the file by its bytes. Raises ImportFileDiffersError and others."""
    with reading(parts.db) as connection:
        encoding, delimiter, sheet = imports.show(connection, import_id).plan.reading
    look = sheets.Reading(encoding=encoding, delimiter=delimiter, sheet=sheet)
    with _tables(path) as files, _right(parts, import_id, path, files, look) as opened:
        with transaction(parts.db) as connection:
            run = imports.resume(connection, import_id, path, opened.digest, now_ms())
        done = _store(parts, opened, run, report_path(parts, path, report, 0))
    show(_told(*done), lambda: _end([done]))


@contextmanager
def _right(parts: Parts, import_id: int, path: Path, files: list[Path], look: sheets.Reading) -> Iterator[Table]:
    """The table that the run began with. Raises ImportFileDiffersError."""
    with reading(parts.db) as connection:
        digest = imports.show(connection, import_id).digest
    for file in files:
        with sheets.open_table(file, look) as opened:
            if opened.digest == digest:
                yield opened
                return
    raise imports.ImportFileDiffersError(path=path.name, id=import_id)


def _told(run: imports.Run, report: Path | None) -> dict[str, Any]:
    return {**run.told(), "report": report and str(report)}


def page(run: imports.Run, state: str) -> None:
    """One run for people."""
    counted = {
        N_("new contacts"): "made",
        N_("changed contacts"): "changed",
        N_("left as they were"): "same",
        N_("rejected rows"): "refused",
        N_("put on the list"): "subscribed",
        N_("had left the list"): "away",
        N_("removed again"): "removed",
        N_("restored"): "restored",
        N_("kept, since they were changed"): "kept",
    }
    lines: list[tuple[str, object]] = [
        (say(N_("state")), state),
        (say(N_("last row")), figure(run.position)),
        (say(N_("source")), harmless(run.plan.source)),
        (say(N_("consent")), harmless(run.plan.text)),
    ]
    lines += [(say(name), figure(run.counts[key])) for name, key in counted.items() if run.counts[key]]
    tell(say(N_("Import {id}: {file}"), id=run.id, file=harmless(run.file)))
    facts(lines)


def _begun(parts: Parts, opened: Table, asked: Asked) -> imports.Run | None:
    """The run, begun or found; None when only the columns were to be shown."""
    wishes = imports.Wishes(asked.email_column, asked.mapped, not asked.no_new_attributes)
    with reading(parts.db) as connection:
        columns = imports.propose(connection, opened, wishes)
    _tell_columns(opened, columns, final=asked.dry_run)
    if asked.dry_run:
        return None
    with transaction(parts.db) as connection:
        plan = imports.Plan(
            columns,
            asked.merge,
            lists.find(connection, asked.to_list).id if asked.to_list else 0,
            tags.find_or_make(connection, asked.tag, now_ms()) if asked.tag else 0,
            asked.source,
            asked.consent,
            (asked.encoding, asked.delimiter, asked.sheet),
        )
        plan = imports.define(connection, plan, now_ms())
        run = imports.begin(connection, opened.path, opened.digest, plan, now_ms())
    if run.resumed:
        tell(say(N_("This is already import {id}; it continues after row {row}."), id=run.id, row=run.position))
    return run


def _tell_columns(opened: Table, columns: tuple[imports.Column, ...], *, final: bool) -> None:
    told = [
        {"column": one.heading, "becomes": one.target or None, "kind": one.kind or None, "new": one.new}
        for one in columns
    ]
    if final:
        show({"file": opened.path.name, "columns": told}, lambda: _columns(columns))
    elif not as_json():
        tell(f"{harmless(opened.path.name)}: {opened.about}")
        _columns(columns)


def _columns(columns: tuple[imports.Column, ...]) -> None:
    titles = [say(N_("column")), say(N_("becomes")), say(N_("kind")), ""]
    table(
        titles,
        (
            (harmless(one.heading), _becomes(one), word(KIND_WORDS, one.kind), say(N_("new")) if one.new else "")
            for one in columns
        ),
    )


def _becomes(one: imports.Column) -> str:
    if not one.target:
        return say(N_("left out"))
    return say(OWN_TITLES[one.target]) if one.target in OWN_TITLES else one.target


def _store(parts: Parts, opened: Table, run: imports.Run, at: Path) -> tuple[imports.Run, Path | None]:
    report = Report(
        at, opened.headings, N_("imported"), kept=_kept(parts, run), behind=run.position if run.resumed else 0
    )
    before = sum(run.counts[name] for name in ("made", "changed", "same", "refused"))
    try:
        with ahead(imports.chunks(opened, run, now_ms)) as coming, _bar(before) as moved:
            for chunk in coming:
                with transaction(parts.db) as connection:
                    stored = imports.store(connection, run, chunk)
                    report.add(stored.problems)
                    report.keep()  # before the commit: what is told twice is found by its row, what is not told is lost
                moved(_rows(chunk))
    except KeyboardInterrupt:
        _interrupted(parts, run, report)
    except BaseException:
        report.pause()
        raise
    with transaction(parts.db) as connection:
        run = imports.finish(connection, run.id, now_ms())
    return run, report.done()


def _kept(parts: Parts, run: imports.Run) -> Path:
    """Where problems of a run stand until it is over, whoever goes on with it here."""
    folder = parts.settings.home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"import-{run.id}.csv"


def _interrupted(parts: Parts, run: imports.Run, report: Report) -> None:
    """Stop the run; what it told so far is kept."""
    with suppress(imports.ImportOverError), transaction(parts.db) as connection:
        run = imports.stop(connection, run.id, now_ms())
    report.pause()
    text = N_(
        "The import {id} is stopped at row {row}. Run the same command again to continue there; to undo "
        "it: bocau contacts imports undo {id}"
    )
    warn("\n" + say(text, id=run.id, row=run.position))
    leave(Exit.interrupted)


def _end(done: list[tuple[imports.Run, Path | None]]) -> None:
    text = N_("Import {id}: {made} new, {changed} changed, {same} left as they were, {refused} rejected.")
    for run, report in done:
        counts = {name: figure(run.counts[name]) for name in ("made", "changed", "same", "refused")}
        tell(say(text, id=run.id, **counts))
        if run.plan.list_id:
            told = N_("On the list: {subscribed} added, {away} had left it and were not added.")
            tell(say(told, **{name: figure(run.counts[name]) for name in ("subscribed", "away")}))
        if report is not None:
            tell(say(N_("Rows with problems: {path}"), path=str(report)))


@contextmanager
def _tables(path: Path) -> Iterator[list[Path]]:
    """The tables of a file; those of a ZIP file are unpacked as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="bocau-import-") as folder:
        yield sheets.unpacked(path, Path(folder))


def _rows(chunk: imports.Chunk) -> int:
    """How many rows with something in them it stands for: people, and those that were refused."""
    refused = {one.row for one in chunk.problems if not one.mailed}
    return len(chunk.rows) + len(refused)


@contextmanager
def _bar(done: int) -> Iterator[Any]:
    """A function that is told of further rows. ``done``: rows that were in before."""
    if as_json():
        yield lambda rows: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(say(N_("Importing")), markup=False),
        BarColumn(bar_width=40),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as bar:
        task = bar.add_task("", total=None, count=figure(done))

        def moved(rows: int) -> None:
            nonlocal done
            done += rows
            bar.update(task, count=figure(done))

        yield moved


def report_path(parts: Parts, path: Path, asked: Path | None, number: int = 0) -> Path:
    """As asked, beside the file, or in the data folder when that cannot be written; never over an earlier one."""
    if asked and number == 0:
        return asked
    place = asked or path
    folder = place.parent
    if not os.access(folder, os.W_OK):
        folder = parts.settings.home / "reports"
        folder.mkdir(parents=True, exist_ok=True)
    count, made = 2, folder / f"{place.stem}-problems.csv"
    while made.exists():
        made, count = folder / f"{place.stem}-problems-{count}.csv", count + 1
    return made
