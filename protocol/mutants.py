"""The protocol with one rule taken out: what breaks, and where."""

from dataclasses import replace
from typing import Any, NamedTuple

from protocol.model import Model
from protocol.scenes import AA, AAB, AABB, AB, HOLDS, A, Settings, scene
from protocol.state import FIXED


class Mutant(NamedTuple):
    """``expects``: how the verdict begins; with the rule in place the scene holds."""

    name: str
    model: Model
    expects: str

    @property
    def whole(self) -> Model:
        return replace(self.model, rules=FIXED)


def without(
    name: str, rules: Settings, expects: str, rows: Any, c: int, w: int, place: Settings, **more: Any
) -> Mutant:
    model = scene(name, rows, c, w, place, rules=replace(FIXED, **rules), **more).model
    return Mutant(name, model, expects)


MUTANTS = [
    without("1 ceiling committed before the attempt", {"frontier": "max"}, "SILENT", 3, 1, 2, AB, host=1),
    without("2 old-token facts are kept", {"late": False}, "STUCK", 3, 1, 2, AB, part=1),
    without("2b same, hold may end", {"late": False}, "STUCK", 4, 1, 3, AB, part=1, holdexp=3),
    without("2c W counts all claims of a process", {"window": "claim"}, "WINDOW", (1, 1), 1, 1, AB, ahead=2),
    without(
        "2d the claim ahead leaves the ceiling where it was",
        {"ahead": "all"},
        "NARROW",
        (1, 1),
        1,
        1,
        AB,
        kill=1,
        ahead=2,
    ),
    without(
        "2e W counts lost claims until their facts are acknowledged",
        {"window": "living"},
        "NARROW",
        (2, 1),
        1,
        2,
        AB,
        pause=1,
        ahead=2,
    ),
    without("3 doubt waits for its journal", {"hold": False}, "BOUND", 3, 1, 3, AABB, kill=1),
    without(
        "4 settle guarded by attempt number, or by sequence",
        {"guard": "state", "seq": False},
        "SILENT",
        2,
        1,
        2,
        AB,
        lostack=1,
        temp=1,
    ),
    without("4b no guard", {"guard": "none", "seq": False}, "SILENT", 2, 1, 2, AB, lostack=1, temp=1),
    without(
        "4c attempt number alone (holds: the sequence number is a second lock)",
        {"guard": "state"},
        HOLDS,
        2,
        1,
        2,
        AB,
        lostack=1,
        temp=1,
    ),
    without("4d sequence number alone", {"seq": False}, "UNMET", 2, 1, 2, AB, lostack=1, temp=1),
    without("5 A before data", {"afirst": False}, "SILENT", 2, 1, 2, AA, kill=1),
    without("6 R before the next A on that connection", {"rfirst": False}, "BOUND", 3, 1, 3, AA, kill=1),
    without("7 journal locked while its owner lives", {"flock": False}, "BOUND", 3, 1, 3, {"hosts": "AA"}, pause=1),
    without("8 token and ceiling in one locking UPDATE", {"lockbatch": False}, "SILENT", 2, 1, 1, AB, slow=1),
    without("9 finish in one snapshot", {"finish": "two"}, "FINISH", 2, 1, 2, AB, temp=2, campaign=True),
    without(
        "10 cancel of a permitted mail goes through the holder", {"cancel": "direct"}, "LIE", 2, 1, 2, AB, cancel=1
    ),
    without("11 other boot: missing A proves nothing", {"boot": False}, "SILENT", 2, 1, 2, AA, power=1),
    without("11b other boot: an N proves nothing", {"takenboot": False}, "SILENT", 1, 1, 1, AA, snap=1, power=1),
    without("12 ceiling commit is durable", {"sync": False}, "SILENT", 3, 1, 1, AB, dbcrash=1),
    without("13 sweep re-batches under a row guard", {"sweepguard": False}, "SILENT", 1, 1, 2, AB, temp=1),
    without("14 journal kept until the commit is acknowledged", {"gc": "early"}, "SILENT", 2, 1, 2, AA, kill=1, part=1),
    without("15 fenced holder disclaims what it never tried", {"disclaim": False}, "STUCK", 3, 1, 2, AB, pause=1),
    without(
        "15b SIGTERM with an old token disclaims too", {"retdisclaim": False}, "STUCK", 2, 1, 2, AB, part=1, term=1
    ),
    without(
        "15c holder owes a fact for every permitted mail (dropped too)",
        {"oweall": False},
        "STUCK",
        3,
        1,
        2,
        AB,
        cancel=1,
        pause=1,
    ),
    without(
        "15e giving back cancels what was asked back", {"backcancel": False}, "STUCK", 2, 1, 2, AB, cancel=1, term=1
    ),
    without(
        "15d disclaims all it loaded, not only below the ceiling it knows",
        {"discall": False},
        "STUCK",
        3,
        1,
        1,
        AB,
        slow=1,
        lostack=1,
    ),
    without(
        "16 facts carry their journal or claim",
        {"jrcheck": False, "claimkey": False},
        "SILENT",
        1,
        1,
        1,
        AB,
        slow=2,
        lostack=1,
        pause=1,
    ),
    without(
        "16a facts carry their journal (holds: a disclaim names its claim)",
        {"jrcheck": False},
        HOLDS,
        1,
        1,
        1,
        AB,
        slow=2,
        lostack=1,
        pause=1,
    ),
    without(
        "16b a disclaim withdraws only the doubt of its own claim",
        {"claimkey": False},
        "SILENT",
        (1, 1),
        1,
        2,
        A,
        slow=2,
        lostack=1,
        ahead=2,
    ),
    without(
        "17 own deadline before data (holds without: it only saves waste)",
        {"deadline": False},
        HOLDS,
        3,
        1,
        2,
        AB,
        pause=1,
        holdexp=2,
    ),
    without("18 a doubt is told, never sent again within the call", {"doubt": "call"}, "SILENT", 1, 1, 1, AB, reset=1),
    without("18b a doubt counts on its row", {"doubt": "uncounted"}, "SILENT", 1, 1, 1, AB, reset=1),
    without("18c re-sending after doubt is capped", {"cap": 99}, "CAP", 1, 1, 1, AAB, reset=2),
    without("19 a sent row stays sent", {"final": False}, "FINAL", 1, 1, 1, AB, perm=1, slow=1, holdexp=1),
    without(
        "20 a late 250 for a row permitted to another is remembered",
        {"heard": False},
        "DEAF",
        1,
        1,
        1,
        AB,
        perm=1,
        slow=1,
        holdexp=1,
    ),
]
"""17, 4c and 16a hold: see docs/decisions/0010-model-extended.md."""
