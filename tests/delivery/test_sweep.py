"""Who sweeps, in which order, and for how long; each step is in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from bocau.delivery import sweep
from tests.delivery.stand_ins import SETTINGS

DB: Any = None


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps as they are made; "begin" is a transaction."""
    told: list[str] = []

    @contextmanager
    def transaction(db: Any) -> Iterator[Any]:
        told.append("begin")
        yield SimpleNamespace(execute=lambda query: SimpleNamespace(scalar_one=lambda: 0))

    def step(name: str, counts: list[int]) -> Any:
        def make(*_: Any) -> int:
            told.append(name)
            return counts.pop() if counts else 0

        return make

    monkeypatch.setattr(sweep, "transaction", transaction)
    monkeypatch.setattr(sweep.pace, "forget", step("forget", []))
    for name, counts in [
        ("revoke", [2, 1]),
        ("hold_end", []),
        ("rebatch", []),
        ("cancel_leftovers", [3, 3]),
        ("finish", []),
    ]:
        monkeypatch.setattr(sweep.protocol, name, step(name, counts))
    return told


def test_steps_are_repeated_until_nothing_is_left_each_in_its_own_transaction(steps: list[str]) -> None:
    sweep.sweep(DB, SETTINGS)
    made = ["revoke", "revoke", "revoke", "hold_end", "rebatch", "cancel_leftovers", "finish", "forget"]
    assert steps == [word for name in made for word in ("begin", name)]


def test_one_process_in_an_interval_sweeps(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(sweep, "due", lambda connection, *args: asked.append(args) or len(asked) == 1)
    assert sweep.sweep_if_due(DB, SETTINGS) is True and "revoke" in steps
    steps.clear()
    assert sweep.sweep_if_due(DB, SETTINGS) is False and steps == ["begin"]
    assert asked[0] == ("sweep", int(SETTINGS.sweep_interval * 1000))


def test_streams_say_how_long_doubt_is_held_and_whether_it_is_sent_again() -> None:
    bulk = SETTINGS.streams["bulk"].model_copy(update={"doubt_hold": 7.5, "doubt_policy": "hold"})
    rules = sweep.doubt_rules(SETTINGS.model_copy(update={"streams": SETTINGS.streams | {"bulk": bulk}}))
    assert (rules.hold["bulk"], rules.resend["bulk"], rules.resend["transactional"]) == (7500, False, True)
    assert (rules.cap_silence, rules.cap_crash) == (SETTINGS.doubt_cap_silence, SETTINGS.doubt_cap_crash)
