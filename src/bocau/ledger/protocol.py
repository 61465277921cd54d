"""The ledger's second face: the delivery protocol's verbs, for delivery alone (docs: protocol/)."""

from bocau.ledger.admit import leave, put_aside, refuse
from bocau.ledger.holding import (
    Claimed,
    Result,
    Returned,
    Row,
    Settle,
    Settled,
    UnpermittedResultError,
    Verdict,
    claim,
    give_back,
    load,
    settle,
    standing,
)
from bocau.ledger.recover import LedgerBusyError, facts, hold_end, replay, revoke
from bocau.ledger.restore import positions, relearn
from bocau.ledger.rules import DOUBT, NEVER, DoubtRules, Fact, Told
from bocau.ledger.steer import cancel_leftovers
from bocau.ledger.sweep import finish, ready_queues, rebatch

__all__ = [
    "DOUBT",
    "NEVER",
    "Claimed",
    "DoubtRules",
    "Fact",
    "LedgerBusyError",
    "Result",
    "Returned",
    "Row",
    "Settle",
    "Settled",
    "Told",
    "UnpermittedResultError",
    "Verdict",
    "cancel_leftovers",
    "claim",
    "facts",
    "finish",
    "give_back",
    "hold_end",
    "leave",
    "load",
    "positions",
    "put_aside",
    "ready_queues",
    "rebatch",
    "refuse",
    "relearn",
    "replay",
    "revoke",
    "settle",
    "standing",
]
