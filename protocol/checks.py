"""What must hold in every state. Each complaint starts with its name."""

from collections.abc import Iterator

from protocol.model import Model
from protocol.state import CLAIMED, CLOSED, NAMES, TERMINAL, F, K, Q, S, State, U, X

MEANING = {
    "BOUND": "no more mails are accepted twice than the faults so far excuse",
    "SILENT": "whatever was accepted more than once has that many doubts on its row",
    "LIE": "a sent row was accepted; a failed or cancelled one was not, unless its row has a doubt",
    "DEAF": "a row does not end otherwise than sent once a 250 for it was told",
    "FINAL": "a sent row stays sent",
    "FINISH": "a campaign is finished only when every row is",
    "WINDOW": "no process has more than W messages permitted and unsettled, over all its claims",
    "NARROW": "no more rows are doubted than the faults so far excuse: W for each",
    "CAP": "nothing is sent again by itself after more doubts than allowed",
    "UNMET": "every result of a good settle meets its row",
    "STUCK": "without further faults every row ends and every batch closes",
}


def complaint(m: Model, s: State, previous: State, only: str = "") -> str | None:
    """The first complaint about a state that comes after ``previous``; of those that start with ``only``."""
    return next((text for text in complaints(m, s, previous) if text.startswith(only)), None)


def complaints(m: Model, s: State, previous: State) -> Iterator[str]:
    for i, row in enumerate(s.rows):
        accepted = s.accepted[i]
        if accepted > 1 + row.doubts:
            yield f"SILENT m{i} was accepted {accepted} times, its row knows of {row.doubts} doubts"
        if row.state == S and not accepted:
            yield f"LIE m{i} is sent, nobody accepted it"
        if row.state in (F, X) and accepted and not row.doubts:
            yield f"LIE m{i} is {NAMES[row.state]}, but was accepted"
        if row.state in (F, X, K) and row.heard:
            yield f"DEAF m{i} is {NAMES[row.state]}, but its acceptance was told"
        if previous.rows[i].state == S != row.state and m.rules.sync:
            yield f"FINAL m{i} was sent and is {NAMES[row.state]}"
    if s.flaw and m.rules.guard == "attempt":
        yield s.flaw
    yield from _sums(m, s)


def _sums(m: Model, s: State) -> Iterator[str]:
    twice = sum(accepted - 1 for accepted in s.accepted if accepted > 1)
    if twice > s.allow:
        yield f"BOUND {twice} duplicates, {s.allow} excused"
    if s.finished and any(row.state not in TERMINAL for row in s.rows):
        yield "FINISH campaign finished with open rows"
    if m.rules.frontier != "permit" or m.rules.grant != "settle":
        return
    doubted = sum(1 for row in s.rows if row.state == U)
    if doubted > s.may:
        yield f"NARROW {doubted} messages in doubt, {s.may} excused"
    permitted = [0] * len(s.processes)
    for i, row in enumerate(s.rows):
        if row.state == Q and row.batch >= 0:
            b = s.batches[row.batch]
            if b.state == CLAIMED and i < b.ceiling:
                permitted[b.owner] += 1
    if max(permitted) > m.window:
        yield f"WINDOW a process has {max(permitted)} messages permitted"


def ended(s: State) -> bool:
    return all(row.state in TERMINAL for row in s.rows) and all(b.state == CLOSED for b in s.batches)
