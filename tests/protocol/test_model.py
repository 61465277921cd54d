"""The protocol's model keeps its verdicts: small scenes and most mutants here, all of them with `make model`."""

import pytest

from protocol.checks import MEANING
from protocol.model import Model
from protocol.mutants import MUTANTS, Mutant
from protocol.scenes import AHEAD, ANSWERS, HOLDS, ONE_BATCH, SIMPLER, Scene
from protocol.search import search, walk
from protocol.state import NEW, RUN

QUICK = 6_000
"""Scenes with at most so many states are searched here."""
SMALL = [
    one for one in (*ONE_BATCH, *AHEAD, *ANSWERS) if len(one.model.hosts) < 3 and sum(one.model.faults.values()) < 2
]
SLOW = ("2 ", "2b", "3 ", "14", "15 ", "15b", "15c", "15d", "16 ", "16a", "16b", "17")


@pytest.mark.parametrize("scene", SMALL, ids=lambda scene: scene.name)
def test_protocol_holds_in_every_state_of_a_small_scene(scene: Scene) -> None:
    verdict = search(scene.model, QUICK)
    assert verdict.text in (HOLDS, "LIMIT"), verdict.trace


@pytest.mark.parametrize("scene", SIMPLER, ids=lambda scene: scene.name)
def test_simpler_design_breaks(scene: Scene) -> None:
    assert search(scene.model, only=scene.only).text.startswith(scene.expects)


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if not one.name.startswith(SLOW)], ids=lambda mutant: mutant.name
)
def test_protocol_without_one_rule_breaks_as_said(mutant: Mutant) -> None:
    expected = "" if mutant.expects == HOLDS else mutant.expects
    assert search(mutant.model, 60_000, expected).text.startswith(mutant.expects)


@pytest.mark.parametrize("claims", [1, 2])
def test_protocol_holds_on_random_walks_with_many_faults(claims: int) -> None:
    faults = {"kill": 2, "pause": 2, "part": 2, "lostack": 2, "temp": 3, "perm": 2, "reset": 2, "cancel": 2, "snap": 2}
    lives = (RUN, NEW, NEW, RUN, NEW, NEW)
    model = Model((3, 3), 2, 3, "AAABBB", lives, claims, faults=faults, most_batches=60, campaign=True)
    verdict = walk(model, 60, seed=claims)
    assert verdict.text == HOLDS, verdict.trace


def test_every_complaint_has_a_meaning() -> None:
    expected = ({one.expects for one in SIMPLER} | {one.expects for one in MUTANTS}) - {HOLDS}
    assert expected <= MEANING.keys()
