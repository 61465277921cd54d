"""What other programs' exports say of people who must get no mail: ``blocklisted``, ``unsubscribed``, ``cleaned``. Pure.

Such a person comes in like all others, and is suppressed: what keeps mail away from them elsewhere keeps it away here.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bocau.audience.states import Reason
from bocau.audience.suppressions import Scope
from bocau.base.words import N_, Phrase

COLUMNS = frozenset(
    [
        "status",
        "state",
        "trang_thai",
        "tinh_trang",
        "email_status",
        "contact_status",
        "subscriber_status",
        "subscription_status",
        "member_status",
        "subscription",
        "email_marketing_status",
        "email_marketing_consent",
        "email_permission_status",
        "opt_in_status",
        "optin_status",
        "subscribed",
        "is_subscribed",
    ]
)
"""Fields of columns that may say it."""
SINCE = frozenset(
    [
        "unsub_time",
        "unsub_date",
        "unsubscribed_at",
        "unsubscribed_on",
        "unsubscribe_date",
        "unsubscribe_time",
        "clean_time",
        "cleaned_at",
        "bounced_at",
        "bounce_date",
        "complained_at",
        "ngay_huy_dang_ky",
    ]
)
"""Fields of columns that say since when; whoever has something there gets no mail."""
REASONS = {
    Reason.unsubscribed: "unsubscribed unsubscribe opted_out opt_out optout opted-out unsub removed đã_hủy_đăng_ký "
    "đã_huỷ_đăng_ký hủy_đăng_ký huỷ_đăng_ký ngừng_nhận không_nhận inactive_unsubscribed",
    Reason.bounced: "bounced bounce hard_bounced hard_bounce hardbounce cleaned undeliverable invalid rejected email_hỏng",
    Reason.complained: "complained complaint spam spam_complaint abuse reported",
    Reason.manual: "blocklisted blocked blacklisted banned suppressed do_not_contact do_not_mail donotmail đã_chặn bị_chặn chặn "
    "disabled inactive switched_off unconfirmed pending",
}
BLOCKED = {word: reason for reason, words in REASONS.items() for word in words.split()}
OPEN = frozenset(
    [
        "enabled",
        "active",
        "subscribed",
        "confirmed",
        "opted_in",
        "opt_in",
        "optin",
        "opted-in",
        "valid",
        "ok",
        "verified",
        "true",
        "yes",
        "1",
        "transactional",
        "non-subscribed",
        "never_subscribed",
        "deliverable",
        "đang_nhận",
        "hoạt_động",
        "đã_đăng_ký",
    ]
)
"""What is said of people who may be mailed."""
WAITING = frozenset(("unconfirmed", "pending"))
NOT_TRUE = frozenset(("subscribed", "is_subscribed"))
"""Columns of which ``false`` and ``no`` say it."""
TOLD = N_("the file says “{word}”: taken in, and no mail goes to this person")
UNKNOWN = N_("“{word}” is not known to say whether mail may go to this person; it does")


class Block(NamedTuple):
    """Why one person gets no mail. ``word``: what the file says."""

    reason: Reason
    word: str

    @property
    def scope(self) -> Scope:
        """Who only unsubscribed, or has not confirmed, still gets what is no campaign."""
        asked = self.reason is Reason.unsubscribed or _bare(self.word) in WAITING
        return "bulk" if asked else "all"

    def told(self) -> Phrase:
        return Phrase(TOLD, word=self.word[:40])


def says(field: str, cells: Iterable[str]) -> bool:
    """Whether a column, by its field and its cells, tells of people who must get no mail."""
    if field in SINCE:
        return True
    if field not in COLUMNS:
        return False
    words = {_bare(cell) for cell in cells} - {""}
    if field in NOT_TRUE:
        return bool(words) and words <= OPEN | BLOCKED.keys() | {"false", "no", "0"}
    return bool(words) and (not words.isdisjoint(BLOCKED) or words <= OPEN - {"true", "yes", "1"})


def read(field: str, cell: str) -> Block | Phrase | None:
    """What one cell says: a block, a phrase when nobody knows, None for a person like all others."""
    word = _bare(cell)
    if not word:
        return None
    if field in SINCE:
        return Block(Reason.bounced if field.startswith(("clean", "bounce")) else Reason.unsubscribed, cell.strip())
    if field in NOT_TRUE and word in ("false", "no", "0"):
        return Block(Reason.unsubscribed, cell.strip())
    reason = BLOCKED.get(word)
    if reason is not None:
        return Block(reason, cell.strip())
    return None if word in OPEN else Phrase(UNKNOWN, word=cell.strip()[:40])


def _bare(cell: str) -> str:
    return "_".join(cell.strip().casefold().split())
