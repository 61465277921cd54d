"""An import of thousands, its process killed again and again: every good row comes in once, and undoing takes back what it
did and no more."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau.audience.imports.preparing import CHUNK
from bocau.audience.tables import contact, subscription
from bocau.base.db import make_engine, reading
from tests.journeys.nursery import Nursery
from tests.journeys.terminal import Terminal

ROWS = 3 * CHUNK + 500
"""Four chunks."""
KNOWN = 40
"""People who are contacts already; every other one of them lacks what the file knows."""


class Desk(Terminal):
    """At which somebody also looks into the database."""

    def __init__(self, home: Path, url: str, nursery: Nursery) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BOCAU_")}
        named = {"BOCAU_HOME": str(home), "BOCAU_DATABASE_URL": url, "BOCAU_LANGUAGE": "en"}
        super().__init__(nursery, home, {**kept, **named})
        self.home, self.db = home, make_engine(url)

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        with reading(self.db) as connection:
            return sorted(tuple(row) for row in connection.execute(sa.select(*columns)))


@pytest.fixture
def desk(tmp_path: Path, database_url: str, nursery: Nursery) -> Iterator[Desk]:
    home = tmp_path / "home"
    home.mkdir()
    made = Desk(home, database_url, nursery)
    made.told("db", "upgrade")
    made.told("lists", "create", "Bản tin")
    yield made
    made.db.dispose()


def write(path: Path) -> set[str]:
    """The file; the addresses of its good rows."""
    good = set()
    with path.open("w", encoding="utf-8") as out:
        out.write("email,name,city\n")
        for n in range(ROWS):
            address = f"p{n}@mail.test"
            if n % 997 == 500:
                address = f"p{n} at mail.test"  # no address
            elif n % 991 == 500:
                address = f"p{n - 200}@mail.test"  # a second time
            else:
                good.add(address)
            out.write(f"{address},Người {n},Huế\n")
    return good


def test_killed_three_times_and_undone(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "khách.csv"
    good = write(file)
    before = somebody_is_there(desk)
    take = ("contacts", "import", str(file), "--list", "Bản tin", "--merge", "fill", "--consent", "Tôi đồng ý")
    desk.killed("chunk:2", *take)
    assert len(desk.rows(contact.c.id)) < CHUNK + KNOWN
    desk.killed("chunk:2", *take)
    run = desk.told("contacts", "imports", "list")["imports"][0]
    assert run["state"] == "running" and CHUNK < run["position"] < ROWS - 500

    resume = ("contacts", "imports", "resume", str(run["id"]), "--file", str(file))
    desk.killed("chunk:2", *resume)
    done = desk.told(*resume)
    assert done["state"] == "finished"
    assert [one for (one,) in desk.rows(contact.c.recipient)] == sorted(good)
    assert len(desk.rows(subscription.c.contact)) == len(good)
    assert counts(done) == {"made": len(good) - KNOWN, "changed": KNOWN, "refused": ROWS - len(good)}
    assert len(desk.told("contacts", "imports", "list")["imports"]) == 2  # this one, and that of `somebody_is_there`

    undo = ("contacts", "imports", "undo", str(run["id"]), "--yes")
    desk.killed("undo:3", *undo)
    assert KNOWN < len(desk.rows(contact.c.id)) < len(good)
    undone = desk.told(*undo)
    assert (undone["state"], undone["removed"], undone["restored"]) == ("undone", len(good) - KNOWN, KNOWN)
    assert desk.rows(contact.c.recipient, contact.c.name) == before
    assert desk.rows(subscription.c.contact) == []


def somebody_is_there(desk: Desk) -> list[tuple[Any, ...]]:
    """Some of the file's people are known already, without their city; who they are."""
    file = desk.home / "trước.csv"
    lines = [f"p{n * 700}@mail.test,{'' if n % 2 else 'Có tên'}\n" for n in range(KNOWN)]
    file.write_text("email,name\n" + "".join(lines), encoding="utf-8")
    (told,) = desk.told("contacts", "import", str(file))["imports"]
    assert told["made"] == KNOWN
    return desk.rows(contact.c.recipient, contact.c.name)


def counts(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in ("made", "changed", "refused")}
