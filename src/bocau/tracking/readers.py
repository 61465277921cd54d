"""Whether a person, a proxy or a scanner fetched something. A guess by ``readers.toml``, whose lines each give a reason."""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bocau.tracking.spool import Hit

PERSON, PROXY, SCANNER = "person", "proxy", "scanner"


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((files("bocau.tracking") / "readers.toml").read_text("utf-8"))


@cache
def _words() -> tuple[tuple[str, str], ...]:
    return tuple((one["word"].lower(), by) for by in (SCANNER, PROXY) for one in _rules()[by])


def alone(hit: Hit) -> str:
    """Who it was, as far as one hit tells."""
    agent = hit.agent.strip().lower()
    if hit.head:
        return SCANNER
    bare = next((str(one["by"]) for one in _rules()["bare"] if one["agent"].lower() == agent), None)
    return bare or next((by for word, by in _words() if word in agent), PERSON)


def judge(hits: Sequence[Hit]) -> list[str]:
    """Who each was, in the hits' order: also by what else was followed in the same copy at that moment."""
    bursts = _bursts(hits)
    return [SCANNER if at in bursts else alone(hit) for at, hit in enumerate(hits)]


def hints(hit: Hit, by: str, gone: int | None, delay: int) -> bool:
    """Whether a fetch is a hint that the mail's reader opened it: a proxy fetched the picture, and not so soon after the
    mail had ``gone`` (ms since the epoch; None: it has not, as far as is known) that it was ahead of any reader.

    ``delay`` in ms. Where the mail is not known, its kind alone must do.
    """
    if by != PROXY or hit.link:
        return False
    return not hit.message or (gone is not None and hit.at >= gone + delay)


def _bursts(hits: Sequence[Hit]) -> set[int]:
    """Places of clicks that came with clicks on other links of the same message."""
    rule = _rules()["burst"]
    clicks: dict[int, list[int]] = defaultdict(list)
    for at, hit in enumerate(hits):
        if hit.link and hit.message:
            clicks[hit.message].append(at)
    found: set[int] = set()
    for places in clicks.values():
        places.sort(key=lambda at: hits[at].at)
        start = 0
        for end, at in enumerate(places):
            while hits[at].at - hits[places[start]].at > rule["ms"]:
                start += 1
            window = places[start : end + 1]
            if len({hits[one].link for one in window}) >= rule["links"]:
                found.update(window)
    return found
