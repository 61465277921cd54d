"""Breadth-first search over all states of a scene, and random walks where there are too many."""

import random
from collections import deque
from typing import NamedTuple

from protocol.checks import complaint, ended
from protocol.model import Model
from protocol.state import State


class Verdict(NamedTuple):
    """``text`` is ``holds``, ``LIMIT`` or a complaint; ``trace`` leads to it by the shortest way."""

    text: str
    states: int
    trace: list[str]
    last: State | None = None


def search(model: Model, limit: int = 3_000_000, only: str = "") -> Verdict:
    """Every reachable state. ``only``: complaints that start otherwise are ignored."""
    first = model.initial()
    came: dict[int, int] = {first.key(): 0}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        here = state.key()
        alive = False
        for _, fault, new in model.steps(state):
            alive = alive or not fault
            there = new.key()
            if there in came:
                continue
            came[there] = here
            bad = complaint(model, new, state, only)
            if bad:
                return Verdict(bad, len(came), trace(model, came, there), new)
            queue.append(new)
        if not alive and not ended(state) and "STUCK".startswith(only or "STUCK"):
            return Verdict("STUCK open rows or batches are left", len(came), trace(model, came, here), state)
        if len(came) > limit:
            return Verdict("LIMIT", len(came), [])
    return Verdict("holds", len(came), [])


def trace(model: Model, came: dict[int, int], last: int) -> list[str]:
    """What happened on the way to a state: walked again, so that the search need not keep it."""
    way = [last]
    while came[way[-1]]:
        way.append(came[way[-1]])
    state, story = model.initial(), []
    for key in reversed(way[:-1]):
        label, state = next((label, new) for label, _, new in model.steps(state) if new.key() == key)
        story.append(label)
    return story


def walk(model: Model, runs: int, seed: int, length: int = 900) -> Verdict:
    """Random walks; each ends by draining without faults."""
    chance = random.Random(seed)
    total = 0
    for _ in range(runs):
        state, p_fault = model.initial(), chance.choice((0.02, 0.1, 0.3))
        story: list[str] = []
        for step in range(length):
            steps = model.steps(state)
            calm = [one for one in steps if not one[1]]
            ill = [one for one in steps if one[1]]
            if not calm and not ended(state):
                return Verdict("STUCK", total, story, state)
            if not calm:
                break
            troubled = ill and step < length * 0.6 and chance.random() < p_fault
            label, _, new = chance.choice(ill if troubled else calm)
            story.append(label)
            total += 1
            bad = complaint(model, new, state)
            state = new
            if bad:
                return Verdict(bad, total, story, state)
        else:
            return Verdict("NOEND", total, story, state)
    return Verdict("holds", total, [])
