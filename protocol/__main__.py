"""Search every scene: ``python -m protocol [written] [mutants] [fixed] [ahead] [answers] [random] [-v]``; or all.

Exit code 1 when a verdict is not the expected one. ``RUNS`` (environment) sets the number of random walks per mix.
"""

import os
import sys
import time
from collections.abc import Iterable

from protocol.model import Model
from protocol.mutants import MUTANTS
from protocol.scenes import AHEAD, ANSWERS, HOLDS, ONE_BATCH, SIMPLER, Scene
from protocol.search import Verdict, search, walk
from protocol.state import NEW, RUN

LIMIT = 12_000_000
MOST = 80  # steps of a trace that are shown
MIXES = (
    {
        "kill": 3,
        "pause": 2,
        "part": 2,
        "lostack": 2,
        "temp": 4,
        "perm": 2,
        "cancel": 2,
        "slow": 2,
        "jump": 1,
        "term": 1,
    },
    {"kill": 2, "host": 1, "temp": 3, "perm": 1, "reset": 2, "lostack": 2, "holdexp": 2, "part": 1, "snap": 2},
    {"pause": 3, "part": 3, "lostack": 3, "temp": 5, "perm": 3, "cancel": 3, "slow": 3, "back": 2, "reset": 2},
)
LIVES = (RUN, NEW, NEW, NEW, RUN, NEW, NEW, NEW)


def tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(name: str, verdict: Verdict, began: float, good: bool, note: str = "") -> bool:
    mark = "  " if good else "!!"
    tell(f"{mark} {name:<70} {verdict.text:<64} {verdict.states:>9} {time.time() - began:>6.0f} s{note}")
    if verdict.trace and (not good or "-v" in sys.argv):
        tell("\n".join(f"        - {step}" for step in verdict.trace[:MOST]))
        tell(f"        = {verdict.last and verdict.last.show()}")
    return good


def scenes(title: str, some: Iterable[Scene]) -> bool:
    tell(f"== {title}")
    good = True
    for one in some:
        began = time.time()
        verdict = search(one.model, LIMIT, one.only)
        good &= say(one.name, verdict, began, verdict.text.startswith(one.expects))
    return good


def written() -> bool:
    return scenes("simpler designs: each breaks", SIMPLER)


def fixed() -> bool:
    return scenes("the protocol, one batch at a time", ONE_BATCH)


def ahead() -> bool:
    return scenes("the protocol, claiming ahead", AHEAD)


def answers() -> bool:
    return scenes("the protocol, refusals and silence", ANSWERS)


def mutants() -> bool:
    tell("== the protocol with one rule taken out")
    good = True
    for mutant in MUTANTS:
        began = time.time()
        whole = search(mutant.whole, LIMIT)
        broken = search(mutant.model, LIMIT, "" if mutant.expects == HOLDS else mutant.expects)
        fine = broken.text.startswith(mutant.expects) and whole.text == HOLDS
        good &= say(f"without {mutant.name}", broken, began, fine, f"  [with: {whole.text}, {whole.states}]")
    return good


def randomly() -> bool:
    tell("== random walks, larger")
    good = True
    runs = int(os.environ.get("RUNS", "300"))
    for seed, faults in enumerate(MIXES):
        for claims in (1, 2):
            began = time.time()
            rows = (8,) if claims == 1 else (3, 3, 2)
            model = Model(rows, 3, 3, "AAAABBBB", LIVES, claims, faults=faults, most_batches=60, campaign=True)
            verdict = walk(model, runs, seed)
            good &= say(f"mix {seed}, {claims} claims, {runs} walks", verdict, began, verdict.text == HOLDS)
    return good


PARTS = {"written": written, "mutants": mutants, "fixed": fixed, "ahead": ahead, "answers": answers, "random": randomly}


def main() -> int:
    chosen = [word for word in sys.argv[1:] if not word.startswith("-")] or list(PARTS)
    verdicts = [PARTS[word]() for word in chosen]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
