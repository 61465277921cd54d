"""A terminal with a data folder of its own: commands are called as a person types them."""

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau import ledger
from bocau.base import config
from bocau.base.db import make_engine, transaction
from bocau.doors.cli import call
from bocau.ledger import MessageState, protocol
from bocau.ledger.protocol import Result, Settle

Open = Callable[[str], "Terminal"]
PEOPLE = ("an", "binh", "chi", "dung", "em", "giang")


@dataclass(frozen=True)
class Said:
    """What a command wrote, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def fault(self) -> dict[str, str]:
        """The error of a command called with ``--json``."""
        return dict(orjson.loads(self.err)["error"])


class Terminal:
    """``noun`` stands before every command. The data folder has its database."""

    def __init__(
        self, home: Path, noun: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self.home, self.noun, self.monkeypatch, self.capfd = home, noun, monkeypatch, capfd
        for name, value in (("HOME", str(home)), ("LANGUAGE", "en")):
            monkeypatch.setenv(f"BOCAU_{name}", value)
        monkeypatch.setenv("COLUMNS", "200")

    def __call__(self, *arguments: str, typed: str = "") -> Said:
        """``typed`` is what standard input holds; it is not a terminal."""
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        code = call((self.noun, *arguments))
        out, err = self.capfd.readouterr()
        return Said(code, out, err)

    def engine(self) -> sa.Engine:
        return make_engine(config.load().database)


def fill(db: sa.Engine, name: str = "Nhắc lịch khám", key: str = "bulk") -> int:
    """A submission to six people: sent, deferred, failed, unknown, queued, queued. Its number."""
    draft = ledger.Draft(key, name, "transactional", key, 1, "Phòng khám <hen@clinic.test>", "{}", 86400.0)
    with transaction(db) as connection:
        opened = ledger.open_submission(connection, draft, 1_790_000_000_000)
        rows = [
            ledger.NewMessage(f"{who}@x.test", f"{who}@x.test", who.title(), row=n, data='{"name":"=1+1"}')
            for n, who in enumerate(PEOPLE, 2)
        ]
        ledger.add_messages(connection, opened.id, rows)
        ledger.close_submission(connection, opened.id, 1)
    settle(
        db,
        key,
        [
            (MessageState.sent, {"code": 250, "enhanced": "2.0.0", "reply": "taken"}),
            (MessageState.deferred, {"code": 451, "enhanced": "4.3.0", "reply": "later", "delay": 3_600_000}),
            (MessageState.failed, {"code": 550, "enhanced": "5.1.1", "reply": "no such user\x1b[31m"}),
            (MessageState.unknown, {"doubt": True, "reply": "silent"}),
        ],
    )
    return opened.id


def settle(db: sa.Engine, queue: str, told: Sequence[tuple[MessageState, dict[str, Any]]]) -> None:
    """Claim the queue's next batch, settle its first messages as told, give the rest back."""
    with transaction(db) as connection:
        claimed = protocol.claim(connection, queue, "journal", 60_000)
        assert claimed is not None
        ids = [row.id for row in claimed.rows]
        permit = ids[len(told) - 1]
        assert protocol.settle(connection, Settle(claimed.id, claimed.token, 0, permit, 60_000, ())).verdict
        results = [
            Result(number, row.attempt, state, relay=-1, **more)
            for number, row, (state, more) in zip(ids, claimed.rows, told, strict=False)
        ]
        protocol.settle(connection, Settle(claimed.id, claimed.token, 1, permit, 60_000, results))
        protocol.give_back(connection, protocol.Returned(claimed.id, claimed.token, (), None))
