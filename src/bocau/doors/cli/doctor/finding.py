"""What a check found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bocau.base.config import Settings
from bocau.base.errors import BocauError
from bocau.base.words import N_, say


class State(StrEnum):
    """``warning``: it works, but somebody should know."""

    ok = "ok"
    warning = "warning"
    failed = "failed"


@dataclass(frozen=True)
class Finding:
    """``id`` is stable: programs watch it. ``sentence`` and ``hint`` are in the current language."""

    id: str
    state: State
    sentence: str
    hint: str = ""


Check = Callable[[Settings], Iterator[Finding]]
Checks = dict[str, Check]


def ok(name: str, sentence: str, /, **fields: object) -> Finding:
    """``sentence`` is a marked text."""
    return Finding(name, State.ok, say(sentence, **fields))


def warning(name: str, sentence: str, hint: str, /, **fields: object) -> Finding:
    """``sentence`` and ``hint`` are marked texts."""
    return Finding(name, State.warning, say(sentence, **fields), say(hint, **fields))


def failed(name: str, sentence: str, hint: str, /, **fields: object) -> Finding:
    """``sentence`` and ``hint`` are marked texts."""
    return Finding(name, State.failed, say(sentence, **fields), say(hint, **fields))


def run(name: str, check: Check, settings: Settings) -> Iterator[Finding]:
    """What ``check`` finds; a check that breaks has failed, and the others go on."""
    try:
        yield from check(settings)
    except BocauError as error:
        yield Finding(name, State.failed, str(error), error.advice())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with this machine, the other checks go on
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = N_("Run this again; if the problem remains, report it with the words above.")
        yield failed(name, N_("The check itself failed: {reason}"), hint, reason=reason)
