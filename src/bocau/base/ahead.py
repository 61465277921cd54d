"""A thread that is ahead: what an iterator gives is made while what it gave before is still worked on."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TypeVar

T = TypeVar("T")
AHEAD = 2


class _Wrong:
    def __init__(self, error: BaseException) -> None:
        self.error = error


@contextmanager
def ahead(source: Iterable[T], count: int = AHEAD) -> Iterator[Iterator[T]]:
    """The same items in the same order, at most ``count`` of them made before they are asked for.

    What ``source`` raises is raised where its item would have been. The thread is gone when the block ends."""
    line: Queue[object] = Queue(count)
    over, end = threading.Event(), object()

    def work() -> None:
        try:
            for item in source:
                line.put(item)
                if over.is_set():
                    return
            line.put(end)
        except BaseException as error:  # noqa: BLE001 - it is raised where the item would have been
            line.put(_Wrong(error))

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        yield _taken(line, end)
    finally:
        over.set()
        while thread.is_alive():
            try:
                line.get(timeout=0.05)
            except Empty:
                thread.join(0.05)


def _taken(line: "Queue[object]", end: object) -> Iterator[T]:
    while (item := line.get()) is not end:
        if isinstance(item, _Wrong):
            raise item.error
        yield item  # type: ignore[misc]
