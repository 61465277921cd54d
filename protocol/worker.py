"""What a living worker process does: claim, journal, send, hear, settle, give back."""

from typing import TYPE_CHECKING, Any

from protocol.state import (
    ASKED,
    COMMITTED,
    DEAD,
    DOUBT,
    DROP,
    FENCED,
    GONE,
    NEVER,
    OK,
    PERM,
    READY,
    RETRIED,
    RUN,
    TAKEN,
    TEMP,
    TRIED,
    Held,
    Order,
    Process,
    Q,
    State,
    before,
    noted,
)

if TYPE_CHECKING:
    from protocol.model import Model, Steps

REPLY = {"v": OK, "n": TEMP, "x": PERM}
CODE = {OK: 250, TEMP: 451, PERM: 550}


def steps(m: "Model", s: State, p: int, out: "Steps") -> None:
    """All steps of process ``p``, which runs."""
    process = s.processes[p]
    _claim(m, s, p, process, out)
    for h, held in enumerate(process.claims):
        _attempt(m, s, p, process, h, held, out)
    for c, wire in enumerate(process.wire):
        if wire:
            _connection(m, s, p, process, c, out)
    if not process.fly:
        _issue(m, s, p, process, out)
    elif process.fly[0].verdict in (COMMITTED, FENCED):
        _hear(m, s, p, process, out)
    _leave(m, s, p, process, out)


def _claim(m: "Model", s: State, p: int, process: Process, out: "Steps") -> None:
    if not process.net or process.term or len(process.claims) >= m.ahead:
        return
    if m.rules.replayfirst and m.unread(s, p):
        return
    if not any(b.state == READY for b in s.batches):
        return
    new = s.copy()
    held = m.db.claim(new, p)
    assert held is not None
    if m.has(s, "lostack") and m.rules.grant == "settle":
        lost = new.copy()
        m.spend(lost, "lostack")
        out.append((f"p{p} claims batch {held.batch}, but never hears of it", 1, lost))
    new.set_process(p, claims=(*process.claims, held))
    out.append((f"p{p} claims batch {held.batch}", 0, new))


def _attempt(m: "Model", s: State, p: int, process: Process, h: int, held: Held, out: "Steps") -> None:
    """Check and A, on the first free connection."""
    if not held.todo or process.term:
        return
    i, k = held.todo[0]
    if (m.rules.frontier == "permit" and i >= held.ceiling) or (m.rules.deadline and held.over):
        return
    c = next((c for c, wire in enumerate(process.wire) if not wire), None)
    if c is None:
        return
    new = s.copy()
    if m.rules.afirst:
        taken = before(s.journals[p], i, k) in (TAKEN, RETRIED)
        new.journals[p] = noted(s.journals[p], i, k, RETRIED if taken else TRIED)
    wire = ("a", i, k, held.batch, held.token)
    new.set_process(
        p, claims=swap(process.claims, h, held._replace(todo=held.todo[1:])), wire=sort(swap(process.wire, c, wire))
    )
    out.append((f"p{p} checks, journals A(m{i},#{k})", 0, new))


def _connection(m: "Model", s: State, p: int, process: Process, c: int, out: "Steps") -> None:
    phase, i, k, batch, token = process.wire[c]
    if phase == "a":
        new = s.copy()
        new.set_process(p, wire=sort(swap(process.wire, c, ("w", i, k, batch, token))))
        out.append((f"p{p}: data of m{i} goes out", 0, new))
        if m.has(s, "snap"):
            _snap(m, s, p, process, c, out)
    elif phase in REPLY:
        what = REPLY[phase]
        new = s.copy()
        if m.rules.rfirst:
            new.journals[p] = noted(s.journals[p], i, k, what)
        else:
            new.buffers[p] = noted(s.buffers[p], i, k, what)
        _tell(new, p, c, what)
        out.append((f"p{p} reads {CODE[what]} for m{i}, journals R", 0, new))


def _snap(m: "Model", s: State, p: int, process: Process, c: int, out: "Steps") -> None:
    """The connection breaks before the mail's last byte: N, and the mail is tried again under the same number."""
    _, i, k, batch, token = process.wire[c]
    new = s.copy()
    m.spend(new, "snap")
    new.journals[p] = noted(s.journals[p], i, k, TAKEN)
    h, held = mine(process, batch, token)
    if held.old:
        _tell(new, p, c, NEVER)
    else:
        back = held._replace(todo=((i, k), *held.todo))
        new.set_process(p, claims=swap(process.claims, h, back), wire=sort(swap(process.wire, c, ())))
    out.append((f"p{p}: connection breaks before m{i}'s last byte, journals N", 1, new))


def reset(m: "Model", s: State, p: int, c: int, out: "Steps") -> None:
    """Silence or a reset after the last byte: R(doubt). The server may have the mail, or take it later."""
    process = s.processes[p]
    _, i, k, batch, token = process.wire[c]
    new = s.copy()
    m.spend(new, "reset")
    m.excuse(new, duplicates=1, doubts=1)
    if process.wire[c][0] == "w":
        new.orphans = tuple(sorted((*s.orphans, i)))
    if m.rules.doubt == "call":
        h, held = mine(process, batch, token)
        again = held._replace(todo=((i, k), *held.todo))
        new.set_process(p, claims=swap(process.claims, h, again), wire=sort(swap(process.wire, c, ())))
    else:
        new.journals[p] = noted(s.journals[p], i, k, DOUBT)
        _tell(new, p, c, DOUBT)
    out.append((f"p{p}: silence or reset after m{i}'s last byte, journals R(doubt)", 1, new))


def _tell(s: State, p: int, c: int, what: int) -> None:
    """The connection is free; the result waits to be settled."""
    process = s.processes[p]
    _, i, k, batch, token = process.wire[c]
    h, held = mine(process, batch, token)
    told = held._replace(results=tuple(sorted((*held.results, (i, k, what)))))
    s.set_process(p, claims=swap(process.claims, h, told), wire=sort(swap(process.wire, c, ())))


def _issue(m: "Model", s: State, p: int, process: Process, out: "Steps") -> None:
    """Settle what there is to say, of one claim or of all; forget claims that are over."""
    orders: list[tuple[int, Order]] = []
    room = m.room(process)
    for h, held in enumerate(process.claims):
        order, used = _order(m, process, h, held, room)
        if order is not None:
            orders.append((h, order))
            room -= used
        elif not held.todo and quiet(process, held):
            new = s.copy()
            new.set_process(p, claims=process.claims[:h] + process.claims[h + 1 :])
            out.append((f"p{p} is done with batch {held.batch}", 0, new))
    choices = [[one] for one in orders]
    if len(orders) > 1:
        choices.append(orders)
    for chosen in choices:
        out.append(_issued(m, s, p, process, chosen))


def _order(m: "Model", process: Process, h: int, held: Held, room: int) -> tuple[Order | None, int]:
    """The settle that a claim needs, and how much of the window its raise uses."""
    ceiling = held.ceiling
    if m.rules.frontier == "permit" and not process.term and not held.old and not ahead_of(process, h):
        if m.rules.window == "claim":
            room = m.window - owed(process, held)
        if m.rules.grant == "claim":
            room = m.window
        ceiling = m.db.ceiling(held.todo, held.ceiling, room)
    used = sum(1 for i, _ in held.todo if held.ceiling <= i < ceiling)
    need = used > 0 and held.todo[0][0] >= held.ceiling
    if held.results or need or (held.over and m.rules.deadline):
        return Order(held.batch, held.token, held.results, ceiling), used
    return None, 0


def _issued(m: "Model", s: State, p: int, process: Process, chosen: list[tuple[int, Order]]) -> tuple[str, int, State]:
    new = s.copy()
    for i, k, what in s.buffers[p]:
        new.journals[p] = noted(new.journals[p], i, k, what)
    new.buffers[p] = ()
    claims = process.claims
    for h, order in chosen:
        claims = swap(claims, h, claims[h]._replace(results=()))
        if m.rules.gc == "early":
            done = {told[:2] for told in order.results}
            new.journals[p] = tuple(r for r in new.journals[p] if r[:2] not in done)
    new.set_process(p, claims=claims, fly=tuple(order for _, order in chosen))
    text = " and ".join(
        f"batch {o.batch} [{','.join(f'm{i}:{what}' for i, _, what in o.results)}] ceiling {o.ceiling}"
        for _, o in chosen
    )
    return f"p{p} issues settle {text}", 0, new


def _hear(m: "Model", s: State, p: int, process: Process, out: "Steps") -> None:
    new = s.copy()
    claims = process.claims
    for order in process.fly:
        h, held = mine(process, order.batch, order.token)
        if order.verdict == COMMITTED:
            left = tuple(x for x in held.todo if x[0] not in order.asked and x[0] not in order.gone)
            dropped = tuple(
                (i, k, DROP) for i, k in held.todo if i in order.asked and (m.rules.oweall or s.rows[i].state == Q)
            )
            ceiling = max(held.ceiling, order.ceiling) if m.rules.frontier == "permit" else held.ceiling
            held = held._replace(ceiling=ceiling, todo=left, results=tuple(sorted(held.results + dropped)), over=0)
        else:  # fenced: drop the list, say so; what is on the wire ends as a late fact
            owed = tuple((i, k, NEVER) for i, k in held.todo if m.rules.discall or i < held.ceiling)
            told = tuple(sorted(held.results + owed)) if m.rules.disclaim else held.results
            held = held._replace(todo=(), results=told, over=0, old=1)
        claims = swap(claims, h, held)
    new.set_process(p, claims=claims, fly=())
    said = ", ".join("committed" if o.verdict == COMMITTED else "token is old" for o in process.fly)
    out.append((f"p{p} hears: {said}", 0, new))


def _leave(m: "Model", s: State, p: int, process: Process, out: "Steps") -> None:
    """Give claims back: all on SIGTERM, then exit; or one of its own accord."""
    if process.term and not process.claims:
        new = s.copy()
        new.set_process(p, life=GONE)
        new.spoken[p], new.journals[p] = 1, ()
        out.append((f"p{p} exits", 0, new))
        return
    if process.fly or not process.net:
        return
    for h, held in enumerate(process.claims):
        if held.results or not quiet(process, held):
            continue
        if not process.term and (not m.has(s, "back") or held.old):
            continue
        new = s.copy()
        m.db.give_back(new, p, held)
        new.set_process(p, claims=process.claims[:h] + process.claims[h + 1 :])
        if not process.term:
            m.spend(new, "back")
        out.append((f"p{p} gives batch {held.batch} back", 0 if process.term else 1, new))


def lose_acknowledgement(m: "Model", s: State, p: int, out: "Steps") -> None:
    """It never hears of the commit, and asks again."""
    process = s.processes[p]
    if process.life == RUN and process.fly and process.fly[0].verdict in (COMMITTED, FENCED):
        new = s.copy()
        m.spend(new, "lostack")
        again = tuple(
            o._replace(verdict=ASKED, gone=(), asked=(), again=int(o.verdict == COMMITTED)) for o in process.fly
        )
        new.set_process(p, fly=again)
        out.append((f"p{p} never hears of the commit, will ask again", 1, new))


def kill(s: State, p: int) -> None:
    """Nothing is left of the process but its journal, its bytes on the wire and its transaction on the way."""
    process = s.processes[p]
    gone = [wire[1] for wire in process.wire if wire and wire[0] == "w"]
    s.orphans = tuple(sorted((*s.orphans, *gone)))
    waiting = process.fly and process.fly[0].verdict not in (COMMITTED, FENCED)
    fly = process.fly if waiting else ()
    s.buffers[p] = ()
    net = process.net if fly else 1
    s.processes[p] = Process(DEAD, net, (), ((),) * len(process.wire), fly, 0)


def quiet(process: Process, held: Held) -> bool:
    """Nothing of it is on the wire."""
    return not any(wire and wire[3:] == (held.batch, held.token) for wire in process.wire)


def owed(process: Process, held: Held) -> int:
    """How many of its messages are permitted, or may be, and not settled as far as the process knows.

    Those of a lost claim count until their facts are acknowledged: so long they may be in doubt.
    """
    asked = [o for o in process.fly if (o.batch, o.token) == (held.batch, held.token)]
    ceiling = max([held.ceiling, *(o.ceiling for o in asked)])
    waiting = sum(1 for i, _ in held.todo if i < ceiling)
    wired = sum(1 for wire in process.wire if wire and wire[3:] == (held.batch, held.token))
    told = [*held.results, *(one for o in asked for one in o.results)]
    return waiting + wired + sum(1 for i, _, what in told if what != NEVER or i < ceiling)


def ahead_of(process: Process, h: int) -> bool:
    """Whether an earlier claim still has messages above its ceiling: they come first."""
    return any(not held.old and held.todo and held.todo[-1][0] >= held.ceiling for held in process.claims[:h])


def mine(process: Process, batch: int, token: int) -> tuple[int, Held]:
    return next((h, held) for h, held in enumerate(process.claims) if (held.batch, held.token) == (batch, token))


def sort(wire: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
    """Connections are alike."""
    return tuple(sorted(wire, reverse=True))


def swap(items: tuple, at: int, new: object) -> tuple:  # type: ignore[type-arg]
    return (*items[:at], new, *items[at + 1 :])
