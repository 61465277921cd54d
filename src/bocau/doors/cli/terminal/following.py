"""What followed a new name, in words."""

from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import tell, warn
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows.renaming import Followed

MOST = 20
FORMS = (("segments", N_("Segments that follow: {names}")), ("campaigns", N_("Campaigns that follow: {names}")))


def followers(text: str, followed: Followed) -> None:
    """``text``: what was renamed, in the current language; then who follows, and whom somebody must change by hand."""
    tell(text)
    for kind, form in FORMS:
        if names := getattr(followed, kind):
            tell(say(form, names=_listed(names)))
    if followed.by_hand:
        told = N_("The templates of these campaigns still use the old name; change them by hand: {names}")
        warn(say(told, names=_listed(followed.by_hand)))


def _listed(names: tuple[str, ...]) -> str:
    return harmless(", ".join(names[:MOST]) + (" …" if len(names) > MOST else ""))
