"""The way of `bocau contacts import`: tell the columns, show how far it is, tell what came of it."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from bocau import sheets
from bocau.audience import imports
from bocau.audience.states import KIND_WORDS, word
from bocau.base.ahead import ahead
from bocau.base.clock import now_ms
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal import questions
from bocau.doors.cli.terminal.bar import Bar
from bocau.doors.cli.terminal.frame import Exit, as_json, facts, leave, show, table, tell, warn
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import importing
from bocau.flows.importing import Ended, Importing, Wanted
from bocau.sheets import Table
from bocau.wiring import Parts


class PairWrongError(BocauError):
    code = "map-pair-wrong"
    sentence = N_("--map: “{text}” is not a pair. Nothing was imported.")
    hint = N_('Write it as --map "Column=attribute".')


OWN_TITLES = {
    "email": N_("the address"),
    "name": N_("the name"),
    "given_name": N_("a part of the name"),
    "family_name": N_("a part of the name"),
    "language": N_("the language"),
    "zone": N_("the time zone"),
    "blocked": N_("who gets no mail"),
}
"""What a column becomes that is no attribute."""
MOST_SHOWN = 30
"""Letters of an example."""


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    wishes: imports.Wishes
    wanted: Wanted
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
    done: list[Ended] = []
    wrong: dict[str, BocauError] = {}
    with importing.tables(path) as files:
        for number, file in enumerate(files):
            with ExitStack() as stack:
                try:
                    table = stack.enter_context(sheets.open_table(file, asked.wanted.reading))
                    one = Importing(parts.db, table, now_ms)
                    begun = _begun(one, asked)
                except BocauError as error:
                    wrong[file.name] = error
                    continue
                if begun:
                    name = path if len(files) == 1 else path.with_name(f"{path.stem}-{file.name}")
                    done.append(_store(parts, one, report_path(parts, name, asked.report, number)))
    if len(wrong) == len(files):
        raise next(iter(wrong.values()))
    if not asked.dry_run:
        left_out = [{"file": name, "code": error.code, "message": str(error)} for name, error in wrong.items()]
        show({"imports": [_told(one) for one in done], "left_out": left_out}, lambda: _end(done))
    if wrong:
        for reason in wrong.values():
            warn(f"{reason} {reason.advice()}")
        leave(Exit.error)


def resume_file(parts: Parts, import_id: int, path: Path, report: Path | None) -> None:
    """Go on with a run; its table is found in the file by its bytes. Raises ImportFileDiffersError and others."""
    with importing.taken_up(parts.db, import_id, path, now_ms) as one:
        done = _store(parts, one, report_path(parts, path, report, 0))
    show(_told(done), lambda: _end([done]))


def _told(one: Ended) -> dict[str, Any]:
    return {**one.run.as_dict(), "report": one.report and str(one.report)}


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


def _begun(one: Importing, asked: Asked) -> bool:
    """Whether it is begun, or found; not when only the columns were to be shown."""
    types = asked.wishes.types
    proposal = questions.asking(lambda answers: one.look(replace(asked.wishes, types={**types, **answers})))
    _tell_columns(one.table, proposal, final=asked.dry_run)
    if asked.dry_run:
        return False
    run = one.begin(proposal.columns, asked.wanted)
    if run.resumed:
        tell(say(N_("This is already import {id}; it continues after row {row}."), id=run.id, row=run.position))
    return True


def _tell_columns(opened: Table, proposal: imports.Proposal, *, final: bool) -> None:
    pairs = list(zip(proposal.columns, proposal.examples, strict=True))
    if final:
        columns = [_as_dict(column, example) for column, example in pairs]
        show({"file": opened.path.name, "about": opened.about, "columns": columns}, lambda: _columns(pairs))
    elif not as_json():
        tell(f"{harmless(opened.path.name)}: {opened.about}")
        _columns(pairs)


def _as_dict(column: imports.Column, example: imports.Example) -> dict[str, Any]:
    told = {"column": column.heading, "becomes": column.target or None, "kind": column.kind or None, "new": column.new}
    against = example.against and {"row": example.against.row, "cell": example.against.text}
    meaning = example.meaning.title() if column.kind else None
    return told | {"meaning": meaning, "cell": example.cell, "value": example.value, "against": against}


def _columns(pairs: Sequence[tuple[imports.Column, imports.Example]]) -> None:
    titles = [say(N_("column")), say(N_("becomes")), say(N_("kind")), say(N_("for example")), ""]
    table(titles, (_line(column, example) for column, example in pairs))
    for column, example in pairs:
        if example.against is not None:
            text = N_("“{column}” is kept as text, because of “{cell}” in row {row}; --type says otherwise.")
            told = {"cell": harmless(example.against.text[:40]), "row": example.against.row}
            tell(say(text, column=harmless(column.heading), **told))


def _line(column: imports.Column, example: imports.Example) -> tuple[str, ...]:
    kind = word(KIND_WORDS, column.kind)
    if column.kind and example.meaning.kind != "text":
        kind = example.meaning.title()
    cell, value = (_short(one) for one in (example.cell.strip(), example.value))
    shown = cell if cell == value or not column.kind else f"{cell} → {value}"
    return harmless(column.heading), _becomes(column), kind, harmless(shown), say(N_("new")) if column.new else ""


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _becomes(one: imports.Column) -> str:
    if not one.target:
        return say(N_("left out"))
    return say(OWN_TITLES[one.target]) if one.target in OWN_TITLES else one.target


def _store(parts: Parts, one: Importing, at: Path) -> Ended:
    place = importing.Place(at, _kept(parts, one.run))
    try:
        with ahead(one.chunks()) as coming, Bar(say(N_("Importing")), done=one.done, open_end=True) as bar:
            for step in one.steps(place, coming):
                bar.move(step.done)
    except KeyboardInterrupt:
        _interrupted(one)
    return one.finish()


def _kept(parts: Parts, run: imports.Run) -> Path:
    """Where problems of a run stand until it is over, whoever goes on with it here."""
    folder = parts.settings.home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"import-{run.id}.csv"


def _interrupted(one: Importing) -> NoReturn:
    """Stop the run; what it told so far is kept."""
    run = one.stop().run
    text = N_(
        "The import {id} is stopped at row {row}. Run the same command again to continue there; to undo "
        "it: bocau contacts imports undo {id}"
    )
    warn("\n" + say(text, id=run.id, row=run.position))
    leave(Exit.interrupted)


def _end(done: list[Ended]) -> None:
    text = N_("Import {id}: {made} new, {changed} changed, {same} left as they were, {refused} rejected.")
    for run, report in done:
        counts = {name: figure(run.counts[name]) for name in ("made", "changed", "same", "refused")}
        tell(say(text, id=run.id, **counts))
        if run.plan.list_id:
            told = N_("On the list: {subscribed} added, {away} had left it and were not added.")
            tell(say(told, **{name: figure(run.counts[name]) for name in ("subscribed", "away")}))
        if report is not None:
            tell(say(N_("Rows with problems: {path}"), path=str(report)))


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
