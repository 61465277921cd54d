"""A person at a terminal: `bocau` commands, each in a process of its own, which may be killed at a point."""

import json
import signal
from pathlib import Path
from typing import Any

from tests.journeys.nursery import Nursery
from tests.journeys.world import Process


class Terminal:
    """Commands of one installation, which ``env`` names. What they say goes to a file in ``folder``."""

    def __init__(self, nursery: Nursery, folder: Path, env: dict[str, str]) -> None:
        self.nursery, self.env, self.output = nursery, env, folder / "told"

    def ask(self, *words: str, **settings: str) -> int:
        """How a command ends."""
        self.output.unlink(missing_ok=True)
        process = Process(self.nursery, "cli", *words, env={**self.env, **settings}, output=self.output)
        return process.wait(120)

    def told(self, *words: str) -> Any:
        """What a command that must do well says."""
        assert self.ask(*words, "--json") == 0, (words, self.output.read_text())
        return json.loads(self.output.read_text())

    def killed(self, point: str, *words: str) -> None:
        assert self.ask(*words, BOCAU_FAILPOINT=point) == -signal.SIGKILL, self.output.read_text()
