"""Open files that are locked: the lock ends with its process, even by kill -9, so it needs no clean-up and no clock.

By flock: POSIX locks would vanish when any descriptor of the file is closed. A forked child has the lock too, until it
closes its copy of the descriptor.
"""

import fcntl
from typing import IO, Any


def lock(file: int | IO[Any]) -> None:
    """Lock an open file, once nobody else has it. Raises OSError where files cannot be locked."""
    fcntl.flock(file, fcntl.LOCK_EX)


def try_lock(file: int | IO[Any], *, shared: bool = False) -> bool:
    """Lock an open file; False when somebody else has it. ``shared``: who only looks is in no other one's way who looks.

    Raises OSError where files cannot be locked.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
