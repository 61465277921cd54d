"""The way of `bocau send`: look at everything first, ask, put it into the ledger, wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bocau import content, intake
from bocau.base.clock import now_ms
from bocau.base.words import N_, figure, say
from bocau.doors.cli.send import preview, waiting
from bocau.doors.cli.send.asked import Wanted, check_usage, order_of, split_data, split_kind
from bocau.doors.cli.send.filling import Filling, Load
from bocau.doors.cli.terminal import asking, questions
from bocau.doors.cli.terminal.bar import busy
from bocau.doors.cli.terminal.frame import Exit, as_json, leave, tell, warn
from bocau.flows import sending
from bocau.flows.sending import Sending
from bocau.ledger import NewMessage
from bocau.wiring import Parts

BROKEN = frozenset(("image_missing", "image_local", "image_broken", "image_embedded", "link_broken", "link_empty"))
"""Remarks that are made before a mail is sent, not only when they are asked for."""


def run(parts: Parts, wanted: Wanted) -> None:
    """Do all of it. Ends with the exit code that tells how it went."""
    check_usage(wanted)
    order = order_of(parts, wanted)
    intake.check_order(order, parts.settings.streams)
    version = content.Version.unsaved(order.source)
    content.compile(version, parts.settings.template_fuel)
    _remark(version, own_files=bool(wanted.attach_column))
    if wanted.list_file is None:
        _to_few(parts, wanted, order)
    else:
        _to_list(parts, wanted, order, wanted.list_file)


def _remark(version: content.Version, *, own_files: bool) -> None:
    """Tell people what nobody can have meant. ``own_files``: a picture may be among each person's own."""
    for note in [] if as_json() else content.lint(version):
        if note.code in BROKEN and not (own_files and note.code == "image_missing"):
            warn(say(N_("Note: {problem}"), problem=note.problem))


def _to_few(parts: Parts, wanted: Wanted, order: intake.Order) -> None:
    data, kinds = dict(map(split_data, wanted.data)), dict(map(split_kind, wanted.kinds))
    messages = sending.few(order, wanted.to, data, kinds, wanted.limit)
    composer = preview.composer(parts, order)
    if wanted.dry_run:
        preview.write(composer, messages, wanted.dry_run)
        return
    if wanted.test:
        messages = [_redirected(messages[0], wanted.test)]
    preview.prove(composer, messages)
    asking.ask(parts, order, len(messages), yes=wanted.yes)
    key = intake.key_of(order, sorted(wanted.to), sorted(wanted.data), wanted.test)
    with _interruptible() as filling:
        filling.few(Sending(parts.db, order, key, now_ms), messages, again=wanted.again or bool(wanted.test))
        waiting.end(parts, filling, wait=not wanted.no_wait)


def _to_list(parts: Parts, wanted: Wanted, order: intake.Order, path: Path) -> None:
    reading = intake.Reading(
        encoding=wanted.encoding, delimiter=wanted.delimiter, sheet=wanted.sheet, headings=not wanted.no_headings
    )
    kinds = dict(map(split_kind, wanted.kinds))
    wishes = intake.Wishes(email=wanted.email_column, name=wanted.name_column, files=wanted.attach_column)
    enclose = intake.Encloser(path.parent, parts.files, optional=wanted.allow_missing)
    with intake.open_table(path, reading) as table:

        def look(answers: dict[str, str]) -> sending.People:
            asked = replace(wishes, kinds=kinds | answers)
            with busy(say(N_("Reading {path} …"), path=path.name)):
                return sending.look(table, order, sending.Wanted(reading, asked, wanted.limit), enclose)

        people = questions.asking(look)
        composer = preview.composer(parts, people.order)
        tell(_summary(path, people))
        if wanted.dry_run:
            chunks = people.chunks(wanted.limit or preview.FIRST)
            preview.write(composer, preview.messages_of(chunks), wanted.dry_run)
            return
        if wanted.test:
            _test(parts, wanted, people.order, preview.first(people.chunks(1)))
            return
        preview.prove(composer, preview.messages_of(people.chunks(preview.FIRST), quiet=True))
        report = _report_path(parts, wanted, path)
        if wanted.strict:
            people.refuse_problems(report)
        asking.ask(parts, people.order, people.count, yes=wanted.yes)
        with _interruptible() as filling:
            one = Sending(parts.db, people.order, people.key, now_ms)
            filling.chunks(parts, one, Load(people, report), again=wanted.again)
            waiting.end(parts, filling, wait=not wanted.no_wait)


def _test(parts: Parts, wanted: Wanted, order: intake.Order, message: NewMessage) -> None:
    """One mail, with this person's data, to the address of --test; each time anew."""
    asking.ask(parts, order, 1, yes=wanted.yes)
    with _interruptible() as filling:
        key = intake.key_of(order, "test", wanted.test)
        filling.few(Sending(parts.db, order, key, now_ms), [_redirected(message, wanted.test)], again=True)
        waiting.end(parts, filling, wait=not wanted.no_wait)


def _redirected(message: NewMessage, address: str) -> NewMessage:
    """The same mail for another address. Raises AddressWrongError."""
    (tester,) = intake.few([address], {})
    return message._replace(recipient=tester.recipient, address=tester.address)


@contextmanager
def _interruptible() -> Iterator[Filling]:
    """Ctrl-C ends the command, not the sending; it says how to look and how to go on."""
    filling = Filling()
    try:
        yield filling
    except KeyboardInterrupt:
        filling.stop()
        warn("\n" + filling.interrupted())
        leave(Exit.interrupted)
    finally:
        filling.stop()


def _summary(path: Path, people: sending.People) -> str:
    text, found = N_("{path}: {about}; {rows} rows, {people} people"), people.found
    return say(text, path=path.name, about=people.table.about, rows=figure(found.rows), people=figure(found.people))


def _report_path(parts: Parts, wanted: Wanted, path: Path) -> Path:
    """Where problems are listed: as asked, beside the list, or in the data folder when that cannot be written."""
    import os

    if wanted.report:
        return wanted.report
    name = f"{path.stem}-problems.csv"
    if os.access(path.parent, os.W_OK):
        return path.with_name(name)
    reports = parts.settings.home / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    return reports / name
