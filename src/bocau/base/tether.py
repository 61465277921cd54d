"""Processes that end when their parent does, also when the parent is killed with SIGKILL (Linux).

``python -m bocau.base.tether <parent> <command…>`` asks the kernel for SIGTERM at the parent's death, then becomes the
command. Asking in the child itself leaves no moment in which a dying parent goes unnoticed.
"""

import ctypes
import os
import signal
import sys

SET_PDEATHSIG = 1


def end_with(parent: int, how: int = signal.SIGTERM) -> None:
    """Ask for ``how`` at the death of ``parent`` (a PID); it comes at once when the parent has died already.

    Does nothing where the kernel has no such wish (macOS).
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(SET_PDEATHSIG, how, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def command(inner: list[str]) -> list[str]:
    """``inner`` as a command that ends with this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *inner]


def main(arguments: list[str]) -> None:
    end_with(int(arguments[0]))
    os.execvp(arguments[1], arguments[1:])  # noqa: S606 - becoming the command is the point


if __name__ == "__main__":
    main(sys.argv[1:])
