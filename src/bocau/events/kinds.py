"""The closed list of what can have happened to a message, a sentence each."""

from enum import StrEnum

from bocau.base.words import N_


class Kind(StrEnum):
    """``sentence`` is shown to people."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> "Kind":
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.sentence = sentence
        return kind

    deferred = "deferred", N_("The relay refused the mail for now; it is tried again later.")
    failed = "failed", N_("The mail was refused for good, or could not be made.")
    doubted = ("doubted", N_("The connection or the worker died after the mail's last byte; it may have arrived."))
    cleared = "cleared", N_("The journal shows that the mail was never attempted; the doubt is withdrawn.")
    late = "late", N_("A relay's reply was recorded after its worker had lost the batch.")
    again = "again", N_("A relay accepted this mail once more.")
    unknown = "unknown", N_("Whether the mail arrived cannot be known; it is not sent again by itself.")
    expired = "expired", N_("The mail expired before any relay accepted it.")
    recalled = (
        "recalled",
        N_("The person may not be mailed any more; the worker that has the mail was told to drop it."),
    )
    cancelled = "cancelled", N_("The mail was cancelled.")
    retried = "retried", N_("A person asked for the mail to be tried again.")
    quarantined = "quarantined", N_("The mail was with a worker that crashed; it is tried on its own.")
    suppressed = "suppressed", N_("The person may not be mailed; the mail was held back before it was tried.")
    opened = "opened", N_("The mail was shown to somebody, or fetched by a program.")
    clicked = "clicked", N_("A link in the mail was followed.")
    unsubscribed = "unsubscribed", N_("The person unsubscribed through this mail.")
    bounced = "bounced", N_("A server took the mail and sent it back later.")
    complained = "complained", N_("The person reported the mail as spam.")


COUNTED = frozenset((Kind.opened, Kind.clicked, Kind.unsubscribed, Kind.bounced, Kind.complained))
"""What readers and their servers did: statistics count these from events; all else stands in the message's row."""
