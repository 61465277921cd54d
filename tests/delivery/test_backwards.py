"""A person's word that all is well is not overruled by somebody who began to look before it."""

from typing import Any

import pytest
import sqlalchemy as sa

from bocau.base.config import Settings
from bocau.base.db import reading
from bocau.base.db.instance import known
from bocau.delivery import backwards

HALTS = [(None, True), (lambda engine: backwards.resume(engine, 5), False)]


@pytest.mark.parametrize(("meanwhile", "halted"), HALTS, ids=["nobody looked", "somebody looked meanwhile"])
def test_who_looked_meanwhile_has_the_last_word(
    engine: sa.Engine, meanwhile: Any, halted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def went_back(*_: object) -> bool:
        if meanwhile is not None:
            meanwhile(engine)
        return True

    monkeypatch.setattr(backwards, "_went_back", went_back)
    monkeypatch.setattr(backwards, "teach", lambda *_: 0)
    assert backwards.check(engine, Settings()) is halted
    with reading(engine) as connection:
        assert (known(connection, backwards.HALTED) is not None) is halted
