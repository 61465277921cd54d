"""What happens around the workers: servers answer, leases run out, the sweep runs, people cancel, things break."""

from typing import TYPE_CHECKING

from protocol import worker
from protocol.state import (
    ASKED,
    CLAIMED,
    CLOSED,
    COMMITTED,
    DEAD,
    FENCED,
    GONE,
    LOOKED,
    LOOKED_OLD,
    NEW,
    PAUSED,
    RUN,
    D,
    F,
    K,
    Process,
    Q,
    State,
    Told,
    U,
    X,
)
from protocol.worker import sort, swap

if TYPE_CHECKING:
    from protocol.model import Model, Steps


def around(m: "Model", s: State, p: int, out: "Steps") -> None:
    """The server, the database, time and faults do not care whether process ``p`` runs."""
    process = s.processes[p]
    alive = process.life in (RUN, PAUSED)
    if alive:
        for c, wire in enumerate(process.wire):
            if wire and wire[0] == "w":
                _server(m, s, p, c, out)
            if wire and wire[0] in "wv" and process.life == RUN and m.has(s, "reset"):
                worker.reset(m, s, p, c, out)
    if process.fly and process.fly[0].verdict in (ASKED, LOOKED, LOOKED_OLD) and process.net:
        new = s.copy()
        fly = tuple(m.db.settle(new, p, order) for order in process.fly)
        done = process.life == DEAD and fly[0].verdict in (COMMITTED, FENCED)
        new.set_process(p, fly=() if done else fly, net=1 if done else process.net)
        said = ", ".join(str(o.verdict) for o in fly)
        out.append((f"database executes settle of p{p}: {said}", 0, new))
    if m.has(s, "lostack"):
        worker.lose_acknowledgement(m, s, p, out)
    if alive:
        _deadlines(m, s, p, out)
        if process.claims:
            _deaths(m, s, p, out)
    _troubles(m, s, p, out)
    _adoption(m, s, p, out)


def _server(m: "Model", s: State, p: int, c: int, out: "Steps") -> None:
    process = s.processes[p]
    i = process.wire[c][1]
    for phase, fault, says in (("v", "", "accepts"), ("n", "temp", "answers 451 to"), ("x", "perm", "answers 550 to")):
        if fault and not m.has(s, fault):
            continue
        new = s.copy()
        if fault:
            m.spend(new, fault)
        else:
            new.accepted[i] += 1
        new.set_process(p, wire=sort(swap(process.wire, c, (phase, *process.wire[c][1:]))))
        out.append((f"server {says} m{i} of p{p}", int(bool(fault)), new))


def _deadlines(m: "Model", s: State, p: int, out: "Steps") -> None:
    process = s.processes[p]
    hurt = process.life == PAUSED or not process.net
    for h, held in enumerate(process.claims):
        if held.over or not (hurt or m.has(s, "slow")):
            continue
        new = s.copy()
        if not hurt:
            m.spend(new, "slow")
            m.excuse(new, doubts=m.window)
        new.set_process(p, claims=swap(process.claims, h, held._replace(over=1)))
        out.append((f"p{p}'s own deadline for batch {held.batch} passes", int(not hurt), new))


def _deaths(m: "Model", s: State, p: int, out: "Steps") -> None:
    process = s.processes[p]
    busy = sum(1 for wire in process.wire if wire)
    if m.has(s, "kill"):
        new = s.copy()
        m.spend(new, "kill")
        m.excuse(new, duplicates=busy, doubts=m.window)
        worker.kill(new, p)
        _successor(m, new, p)
        out.append((f"KILL -9 p{p} (busy connections: {busy})", 1, new))
    if m.has(s, "host"):
        new = s.copy()
        m.spend(new, "host")
        for q, other in enumerate(s.processes):
            if m.hosts[q] == m.hosts[p]:
                _lose(m, new, q, other)
        out.append((f"HOST of p{p} is lost with its journal", 1, new))
    if m.has(s, "power"):
        for kept in m.remains(s.journals[p]):
            out.append(_power(m, s, p, kept))


def _lose(m: "Model", s: State, q: int, process: Process) -> None:
    if process.life in (RUN, PAUSED):
        m.excuse(s, doubts=m.window)
        worker.kill(s, q)
    elif process.life == NEW:
        s.set_process(q, life=GONE)
    s.buffers[q], s.journals[q] = (), ()
    s.spoken[q] = 1 if s.spoken[q] == 1 else 2


def _power(m: "Model", s: State, p: int, kept: tuple[Told, ...]) -> tuple[str, int, State]:
    process = s.processes[p]
    new = s.copy()
    m.spend(new, "power")
    tops: dict[int, int] = {}
    for held in process.claims:
        tops[held.batch] = s.batches[held.batch].ceiling
    for order in process.fly:
        tops[order.batch] = max(tops[order.batch], order.ceiling)
    reach = sum(1 for i, row in enumerate(s.rows) if row.state == Q and i < tops.get(row.batch, 0))
    m.excuse(new, duplicates=reach, doubts=m.window)
    worker.kill(new, p)
    new.spoken[p], new.journals[p] = 3, kept
    _successor(m, new, p)
    return f"POWER LOSS under p{p}, journal keeps {kept}", 1, new


def _successor(m: "Model", s: State, p: int) -> None:
    """The supervisor starts another process on the host."""
    for q, process in enumerate(s.processes):
        if process.life == NEW and m.hosts[q] == m.hosts[p]:
            s.set_process(q, life=RUN)
            return


def _troubles(m: "Model", s: State, p: int, out: "Steps") -> None:
    """Pause, partition, SIGTERM, and their ends."""
    process = s.processes[p]
    running = process.life == RUN
    for fault, possible, change, text in (
        ("pause", running and process.claims, {"life": PAUSED}, "is PAUSED"),
        ("part", running and process.net and process.claims, {"net": 0}, "is CUT OFF from the database"),
        ("term", running and not process.term, {"term": 1}, "gets SIGTERM"),
    ):
        if possible and m.has(s, fault):
            new = s.copy()
            m.spend(new, fault)
            if fault == "term":
                _successor(m, new, p)
            else:
                m.excuse(new, duplicates=m.pause_allow, doubts=m.window)
            new.set_process(p, **change)
            out.append((f"p{p} {text}", 1, new))
    for over, change, text in (
        (process.life == PAUSED, {"life": RUN}, "wakes up"),
        (not process.net, {"net": 1}, "reaches the database again"),
    ):
        if over:
            new = s.copy()
            new.set_process(p, **change)
            out.append((f"p{p} {text}", 0, new))


def _adoption(m: "Model", s: State, p: int, out: "Steps") -> None:
    """A living process of the same host replays the journal of ``p``, which is dead."""
    free = s.processes[p].life == DEAD if m.rules.flock else s.processes[p].life in (DEAD, PAUSED)
    if not (m.rules.journal and free and s.spoken[p] in (0, 3) and m.roomy(s)):
        return
    for q, other in enumerate(s.processes):
        if q != p and other.life == RUN and other.net and m.hosts[q] == m.hosts[p]:
            new = s.copy()
            m.db.replay(new, p)
            out.append((f"p{q} replays p{p}'s journal", 0, new))
            return


def database(m: "Model", s: State, out: "Steps") -> None:
    """Late acceptance, leases, sweep, holds, people, the end of the campaign."""
    for i in sorted(set(s.orphans)):
        rest = list(s.orphans)
        rest.remove(i)
        for accepted, text in ((1, "is accepted from"), (0, "is dropped with")):
            new = s.copy()
            new.orphans = tuple(rest)
            new.accepted[i] += accepted
            out.append((f"m{i} {text} the dead connection", 0, new))
    for b in range(len(s.batches)):
        _lease(m, s, b, out)
    for i in range(len(s.rows)):
        _sweep(m, s, i, out)
        _hold(m, s, i, out)
        _people(m, s, i, out)
    if m.has(s, "dbcrash") and s.undo:
        new = s.copy()
        m.spend(new, "dbcrash")
        new.rows, new.batches, new.undo = list(s.undo[0]), list(s.undo[1]), ()
        out.append(("DATABASE CRASH: the last commit is gone", 1, new))
    if m.campaign and not s.finished:
        _finish(m, s, out)


def _lease(m: "Model", s: State, b: int, out: "Steps") -> None:
    it = s.batches[b]
    if it.state != CLAIMED:
        return
    if not it.lease:
        new = s.copy()
        m.db.revoke(new, b)
        out.append((f"sweep takes batch {b} back", 0, new))
        return
    owner = s.processes[it.owner]
    holds = [held for held in owner.claims if (held.batch, held.token) == (b, it.token)]
    over = owner.life in (DEAD, GONE) or not holds or holds[0].over
    if over or m.has(s, "jump"):
        new = s.copy()
        if not over:
            m.spend(new, "jump")
            m.excuse(new, duplicates=m.pause_allow, doubts=m.window)
        new.batches[b] = it._replace(lease=0)
        out.append(
            (f"lease of batch {b} runs out" if over else f"CLOCK JUMP: lease of batch {b} is over", int(not over), new)
        )


def _sweep(m: "Model", s: State, i: int, out: "Steps") -> None:
    """Due rows are queued again. Without the guard a second sweep moves a row it saw as due before."""
    due = s.rows[i].state == D
    if due and m.roomy(s):
        new = s.copy()
        m.db.begin(new)
        m.db.into_batch(new, [i])
        out.append((f"sweep queues m{i} again (due)", 0, new))
    if m.rules.sweepguard:
        return
    if due and s.half == 0:
        new = s.copy()
        new.half = 1 + i
        out.append((f"second sweep SELECTs m{i} as due", 0, new))
    if s.half == 1 + i and m.roomy(s):
        new = s.copy()
        new.half = -1
        m.db.into_batch(new, [i])
        out.append((f"second sweep UPDATEs m{i} without a guard", 0, new))


def _hold(m: "Model", s: State, i: int, out: "Steps") -> None:
    """A doubt's hold ends: for want of anybody who could tell, or too early."""
    row = s.rows[i]
    if row.state != U or not m.roomy(s):
        return
    silent = row.journal < 0 or s.spoken[row.journal] == 2 or _unadopted(m, s, row.journal)
    if not silent and not m.has(s, "holdexp"):
        return
    new = s.copy()
    if not silent:
        m.spend(new, "holdexp")
    m.excuse(new, duplicates=1)
    m.db.begin(new)
    m.db.resolve(new, i)
    out.append(
        (
            f"hold of m{i} ends ({'nobody can tell' if silent else 'its journal did not come back yet'})",
            int(not silent),
            new,
        )
    )


def _unadopted(m: "Model", s: State, p: int) -> bool:
    """``p`` is dead, and nobody is left on its host."""
    return s.processes[p].life == DEAD and not any(
        other.life in (RUN, PAUSED, NEW) and q != p and m.hosts[q] == m.hosts[p] for q, other in enumerate(s.processes)
    )


def _people(m: "Model", s: State, i: int, out: "Steps") -> None:
    row = s.rows[i]
    if m.has(s, "cancel") and row.state in (Q, D, U) and not row.asked:
        new = s.copy()
        m.spend(new, "cancel")
        m.db.cancel(new, i)
        out.append((f"cancel m{i} ({'done' if new.rows[i].state == X else 'asked'})", 1, new))
    if m.has(s, "retry") and row.state in (F, K) and m.roomy(s):
        new = s.copy()
        m.spend(new, "retry")
        m.excuse(new, duplicates=int(row.doubts > 0))
        new.rows[i] = row._replace(asked=0)
        m.db.into_batch(new, [i])
        new.finished = 0
        out.append((f"a person retries m{i}", 1, new))


def _finish(m: "Model", s: State, out: "Steps") -> None:
    closed = all(b.state == CLOSED for b in s.batches)
    waiting = any(row.state in (D, U) for row in s.rows)
    if m.rules.finish == "two":
        if s.half == 0 and closed:
            new = s.copy()
            new.half = 100
            out.append(("finish: no open batch (1st statement)", 0, new))
        if s.half == 100 and not waiting:
            new = s.copy()
            new.finished, new.half = 1, 0
            out.append(("finish: nothing deferred (2nd statement)", 0, new))
        return
    if m.rules.finish == "frontier":
        closed = all(b.state == CLOSED or b.ceiling >= len(s.rows) for b in s.batches)
    if closed and not waiting:
        new = s.copy()
        new.finished = 1
        out.append(("campaign finishes", 0, new))
