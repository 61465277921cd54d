"""What other programs' exports say of people who must get no mail: ``blocklisted``, ``unsubscribed``, ``cleaned``. Pure.

Such a person comes in like all others, and is suppressed: what keeps mail away from them elsewhere keeps it away here.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bocau.audience.states import Reason
from bocau.audience.suppressions import Scope
from bocau.base.words import N_, Phrase
from bocau.cells.words import FALSE, MISSING, TRUE

_COLUMNS = (
    "status state trang_thai tinh_trang email_status contact_status subscriber_status subscription_status member_status "
    "subscription email_marketing_status email_marketing_consent email_permission_status opt_in_status optin_status"
)
COLUMNS = frozenset(_COLUMNS.split())
"""Fields of columns that may say it in words."""
_WANTED = (
    "subscribed is_subscribed opt_in opted_in optin email_opt_in email_optin has_opted_in accepts_marketing "
    "accepts_email_marketing accepts_emails marketing_consent email_consent marketing_opt_in newsletter_opt_in "
    "receive_emails receives_emails nhan_tin nhan_email nhan_thu nhan_ban_tin dong_y_nhan_tin dong_y_nhan_email "
    "dong_y_nhan_thu dang_ky_nhan_tin"
)
WANTED = frozenset(_WANTED.split())
"""Fields of columns of which ``no`` says it."""
_UNWANTED = (
    "unsubscribed is_unsubscribed unsubscribe contact_unsubscribed unsubscribed_from_all_email "
    "unsubscribed_from_all_emails opt_out opted_out optout email_opt_out email_optout email_opted_out has_opted_out "
    "has_opted_out_of_email opted_out_of_email do_not_email do_not_mail do_not_contact dont_email no_email "
    "donotbulkemail do_not_bulk_email donotemail do_not_allow_emails do_not_allow_bulk_emails blocklisted blacklisted "
    "blocked is_blocked suppressed bounced is_bounced hard_bounced email_bounced is_email_bounced cleaned spam_complaint "
    "complained huy_dang_ky da_huy_dang_ky tu_choi_nhan_tin tu_choi_nhan_email tu_choi_nhan_thu khong_nhan_tin "
    "khong_nhan_email khong_nhan_thu khong_gui khong_gui_mail khong_gui_email ngung_nhan_tin"
)
UNWANTED = frozenset(_UNWANTED.split())
"""Fields of columns of which ``yes`` says it."""
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
NO = FALSE | {"never"}
YES = TRUE | {"✓", "✔", "☑"}
WHY = {
    "bounced": Reason.bounced,
    "cleaned": Reason.bounced,
    "compla": Reason.complained,
    "block": Reason.manual,
    "blacklisted": Reason.manual,
    "suppressed": Reason.manual,
}
"""A piece of a field of UNWANTED → what its yes means; otherwise it is the person's own wish."""
LEFT_OUT = N_("the file says “{word}”: no mail goes to this person")
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


def may_say(field: str) -> bool:
    """Whether a column with this field may tell of people who must get no mail."""
    return field in COLUMNS | WANTED | UNWANTED | SINCE


def says(field: str, cells: Iterable[str]) -> bool:
    """Whether a column, by its field and its cells, tells of people who must get no mail."""
    if field in SINCE:
        return True
    words = {_bare(cell) for cell in cells} - {""}
    if field in UNWANTED:
        return any("://" not in word for word in words)
    if field in WANTED:
        return not words.isdisjoint(YES | NO | OPEN | BLOCKED.keys())
    return field in COLUMNS and bool(words) and (not words.isdisjoint(BLOCKED) or words <= OPEN - {"true", "yes", "1"})


def read(field: str, cell: str) -> Block | Phrase | None:
    """What one cell says: a block, a phrase when nobody knows, None for a person like all others."""
    text, word = cell.strip(), _bare(cell)
    if not word:
        return None
    if field in SINCE:
        return Block(Reason.bounced if field.startswith(("clean", "bounce")) else Reason.unsubscribed, text)
    if field in UNWANTED:
        return _unwanted(field, text, word)
    if field in WANTED and word in NO:
        return Block(Reason.unsubscribed, text)
    reason = BLOCKED.get(word)
    if reason is not None:
        return Block(reason, text)
    return None if word in OPEN or (field in WANTED and word in YES) else Phrase(UNKNOWN, word=text[:40])


def _unwanted(field: str, text: str, word: str) -> Block | None:
    """Everything but a no keeps mail away, a date or a reason too; not an address where people unsubscribe."""
    if word in NO or word in OPEN - YES or text.casefold() in MISSING or "://" in word:
        return None
    found = (reason for part, reason in WHY.items() if part in field)
    return Block(BLOCKED.get(word) or next(found, Reason.unsubscribed), text)


def _bare(cell: str) -> str:
    return "_".join(cell.strip().casefold().split())
