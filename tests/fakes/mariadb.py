"""A real MariaDB from the system's packages: its own folder, loopback only, run as an ordinary user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pymysql

from tests.fakes.ports import free_port


def installed() -> bool:
    return shutil.which("mariadbd") is not None and shutil.which("mariadb-install-db") is not None


CARELESS = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync")
"""For tests: none of them takes the machine's power away."""


class Mariadb:
    """A throw-away server. Started when made; ``remove`` ends it and deletes everything."""

    def __init__(self, *options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bocau-maria-"))
        self.folder.chmod(0o755)
        self.user: int | None = None
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = nobody.pw_uid
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.port = free_port()
        # A server that starts deletes all temporary tables in its folder for them, those of others too: never /tmp.
        places = [f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"]
        install = ["mariadb-install-db", "--no-defaults", *places, "--auth-root-authentication-method=normal"]
        done = subprocess.run(install, capture_output=True, text=True, user=self.user, cwd=self.folder, check=False)
        if done.returncode:
            raise RuntimeError("MariaDB was not installed:\n" + done.stdout + done.stderr)
        command = [
            "mariadbd",
            "--no-defaults",
            *places,
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder / 'socket'}",
            "--character-set-server=utf8mb4",
            f"--pid-file={self.folder / 'pid'}",
            "--skip-name-resolve",
            *options,
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 40
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise RuntimeError("MariaDB did not start:\n" + (self.folder / "log").read_text())
        self._do("create user bocau@'127.0.0.1'; grant all on *.* to bocau@'127.0.0.1'")

    def _do(self, statements: str) -> None:
        admin = pymysql.connect(unix_socket=str(self.folder / "socket"), user="root", autocommit=True)
        try:
            with admin.cursor() as cursor:
                for statement in statements.split(";"):
                    cursor.execute(statement)
        finally:
            admin.close()

    def create(self, name: str) -> str:
        self._do(f"create database `{name}` character set utf8mb4 collate utf8mb4_bin")
        return f"mysql://bocau@127.0.0.1:{self.port}/{name}?ssl_disabled=1"  # or each connection loads certificates

    def drop(self, name: str) -> None:
        self._do(f"drop database `{name}`")

    def remove(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
