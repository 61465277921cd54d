"""A process that is ahead: what an iterator gives is made while what it gave before is still worked on.

It is forked, so it starts within milliseconds and ``source`` needs no name; a thread would take turns with the work
instead of running beside it. It ends with the block, and with its parent, however that ends.
"""

import gc
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import fcntl
from multiprocessing.connection import Connection
from queue import Queue
from typing import NoReturn, TypeVar

from bocau.base.tether import end_with

T = TypeVar("T")
AHEAD = 2
PIPE = 1 << 20
"""Bytes that are under way; the most that Linux allows everybody."""
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which only Linux knows
END, WRONG = b"", b"!"
"""What is sent behind the last item, and before an error."""


class AheadGoneError(RuntimeError):
    """The process ahead was ended by somebody else."""


@contextmanager
def ahead(source: Iterable[T], count: int = AHEAD) -> Iterator[Iterator[T]]:
    """The same items in the same order; ``count`` of them are ready before they are asked for, and what a pipe holds.

    Items must be such that pickle takes them. What ``source`` raises is raised where its item would have been. The
    process is gone when the block ends. Enter it before threads are started: ``source`` must not need their locks."""
    out, into = os.pipe()
    with suppress(OSError):
        fcntl(into, SET_PIPE_SIZE, PIPE)
    parent, child = os.getpid(), os.fork()
    if child == 0:
        os.close(out)
        _work(source, Connection(into, readable=False), count, parent)
    os.close(into)
    line = Connection(out, writable=False)
    try:
        yield _taken(line)
    finally:
        line.close()
        os.kill(child, signal.SIGKILL)  # it holds nothing that would need an orderly end
        os.waitpid(child, 0)


def _taken(line: Connection) -> Iterator[T]:
    while piece := _received(line):
        if piece == WRONG:
            raise pickle.loads(line.recv_bytes())  # noqa: S301 - our own child's words
        yield pickle.loads(piece)  # noqa: S301


def _received(line: Connection) -> bytes:
    try:
        return line.recv_bytes()
    except (EOFError, OSError):
        raise AheadGoneError("the process that reads ahead is gone") from None


def _work(source: Iterable[T], line: Connection, count: int, parent: int) -> NoReturn:
    """The child: a thread sends what the loop makes, so that a full pipe does not keep it from the next item."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with(parent, signal.SIGKILL)
        gc.freeze()
        ready: Queue[bytes] = Queue(count)
        sender = threading.Thread(target=_send, args=(ready, line), daemon=True)
        sender.start()
        try:
            for item in source:
                ready.put(pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
        except BaseException as error:  # noqa: BLE001 - it is raised where the item would have been
            ready.put(WRONG)
            ready.put(_packed(error))
        ready.put(END)
        sender.join()
    finally:
        os._exit(0)  # nothing of the parent's is tidied up twice


def _send(ready: "Queue[bytes]", line: Connection) -> None:
    try:
        while piece := ready.get():
            line.send_bytes(piece)
        line.send_bytes(END)
    except OSError:
        os._exit(0)  # nobody reads any more


def _packed(error: BaseException) -> bytes:
    """The error, or one that tells it when it cannot be sent."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        packed = pickle.dumps(error)
        pickle.loads(packed)  # noqa: S301
    except Exception:  # noqa: BLE001 - whatever hinders it
        return pickle.dumps(RuntimeError("".join(error.__notes__)))
    return packed
