"""Reply classes. (First form: the basic code decides; the rules as data replace it.)"""

from enum import StrEnum
from typing import NamedTuple

from bocau.wire.smtp import Reply, Stage


class Whose(StrEnum):
    """Who the reply is about."""

    message = "message"
    relay = "relay"
    destination = "destination"


class Verdict(NamedTuple):
    """``wait``: seconds named in the reply. ``suppress``: the address should get no further mail."""

    name: str
    temporary: bool
    whose: Whose = Whose.message
    wait: float | None = None
    suppress: bool = False


def classify(stage: Stage, reply: Reply) -> Verdict:
    """The class of a refusal."""
    if reply.code in (535, 530, 534) or stage in (Stage.auth, Stage.banner, Stage.ehlo):
        return Verdict("authentication", True, Whose.relay)
    return Verdict("other", reply.code < 500)
