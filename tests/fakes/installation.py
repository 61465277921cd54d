"""An installation with all its real processes, as `bocau up` starts them, and a person at its terminal."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.fakes.ports import free_port


class House:
    """One installation in a folder of its own, on ports of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home, self.web, self.sandbox = home, free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BOCAU_")}
        self.environ = {
            **kept,
            "BOCAU_HOME": str(home),
            "BOCAU_WEB_PORT": str(self.web),
            "BOCAU_SANDBOX_PORT": str(self.sandbox),
            "BOCAU_LANGUAGE": "en",
            "BOCAU_WORKER_CHILDREN": "1",
            "BOCAU_STOP_GRACE": "5",
            **settings,
        }
        self.log = home.with_suffix(".log")
        self.mark = hashlib.sha256(str(home).encode()).hexdigest()[:12].encode()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-P", "-m", "bocau", *arguments]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=120)

    def up(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start it and wait until it says that it is up."""
        command = [sys.executable, "-P", "-m", "bocau", "up", "--json", *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, env=self.environ, stdout=subprocess.PIPE, stderr=log, start_new_session=True
            )
        assert process.stdout is not None
        told = b""
        while not told.endswith(b"}\n"):
            line = process.stdout.readline()
            assert line, self.log.read_text()
            told += line
        assert json.loads(told)["late"] == [], self.log.read_text()
        return process

    def processes(self) -> dict[int, str]:
        """Every living process of this installation: PID → command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environ, words = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
            except OSError:
                continue
            mine = f"BOCAU_HOME={self.home}\0".encode() in environ or self.mark in words  # the broker hides its own
            if mine and words:
                found[int(folder.name)] = words.replace(b"\0", b" ").decode()
        return found

    def find(self, pattern: str) -> int:
        """The first process whose command line matches."""
        return min(pid for pid, words in self.processes().items() if re.search(pattern, words))


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
