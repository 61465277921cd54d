"""How far something is, on standard error: a bar, or a sign that something is done; both are silent with ``--json``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.screen import as_json, console, part_of


class Bar:
    """One line that moves. ``text``: what is done. ``total``: of how many, None while nobody knows; ``open_end``: nobody
    ever will, so only what is done is told. ``rate``: mails a second beside it. Start no process while it shows: it has a
    thread."""

    def __init__(
        self, text: str, *, done: int = 0, total: int | None = None, open_end: bool = False, rate: bool = False
    ) -> None:
        self.text, self.done, self.total, self.open_end, self.rate = text, done, total, open_end, rate
        self._line: Any = None
        self._task: Any = None

    def begin(self) -> None:
        """Show it, where people look. The same again is no harm."""
        if self._line is not None or as_json():
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=40),
            TextColumn("{task.fields[count]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
        ]
        if not self.rate:
            del columns[3]
        self._line = Progress(*columns, console=console(stderr=True))
        self._task = self._line.add_task(self.text, total=self.total or None, rate="", count=self._count())
        self._line.start()

    def move(self, done: int, total: int | None = None, text: str = "") -> None:
        """So many are done by now. ``text``: what is done instead, for the moment."""
        self.done, self.total = done, total
        if self._line is None:
            return
        told: dict[str, Any] = {"count": self._count(), "description": text or self.text}
        if not self.open_end:
            told |= {"completed": done, "total": total}
        if self.rate:
            speed = self._line.tasks[0].speed
            told["rate"] = say(N_("{rate} mails/s"), rate=figure(speed, 0)) if speed else ""
        self._line.update(self._task, **told)

    def end(self) -> None:
        """Take it away; what it showed stays on the screen."""
        if self._line is not None:
            self._line.stop()
            self._line = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _count(self) -> str:
        return figure(self.done) if self.open_end else part_of(self.done, self.total)


@contextmanager
def busy(text: str) -> Iterator[None]:
    """Something is done of which nobody knows how long it takes."""
    if as_json():
        yield
        return
    with console(stderr=True).status(text):
        yield
