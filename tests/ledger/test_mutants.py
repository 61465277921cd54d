"""Every rule is needed: without it, its story goes wrong. (PostgreSQL too with BOCAU_SOAK.)"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.ledger.protocol import UnpermittedResultError
from tests.ledger.mutants import MUTANTS, Mutant
from tests.ledger.play import Play

WRONG = (AssertionError, UnpermittedResultError, pytest.fail.Exception)


@pytest.fixture(params=["sqlite", "postgresql"] if os.environ.get("BOCAU_SOAK") else ["sqlite"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    made = Play(request.getfixturevalue(f"{request.param}_ground"), tmp_path / "journal")
    yield made
    made.close()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_story_goes_wrong_without_its_rule(mutant: Mutant, stage: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(mutant.where, tuple) and stage.db.dialect.name != "sqlite":
        pytest.skip("a text of SQLite's")
    mutant.apply(monkeypatch)
    with pytest.raises(WRONG):
        mutant.story(stage)
        stage.check()
        stage.drain()
