"""A list's sign-up form: what it shows, and its address."""

from typing import NamedTuple

from bocau.audience import lists
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.words import N_, say
from bocau.signup.words import Words

ASKED_FIRST = N_(
    "You ask for “{list}” by mail. First you get one mail that asks you to confirm; nothing else "
    "comes until you do. You can unsubscribe at any time."
)
AT_ONCE = N_("You agree to get “{list}” by mail. You can unsubscribe at any time.")


class Form(NamedTuple):
    """``list``: its id. ``double``: a mail asks first."""

    list: int
    title: str
    told: str
    double: bool


def form(connection: Connection, secret: bytes, word: str) -> Form | None:
    """The form behind a word; None when the word is not ours, the list is hidden or gone."""
    list_id = Words(secret).list_of(word)
    mailing_list = None if list_id is None else lists.with_id(connection, list_id)
    return None if mailing_list is None or mailing_list.hidden else form_of(mailing_list)


def form_of(one: lists.MailingList) -> Form:
    """What is shown of a list."""
    return Form(one.id, one.title(), one.told, one.opt_in == "double")


def promise(form: Form) -> str:
    """What a person agrees to by sending the form, in the current language; it is kept with their consent."""
    return say(ASKED_FIRST if form.double else AT_ONCE, list=form.title)


def address_of(settings: Settings, secret: bytes, one: lists.MailingList) -> str:
    """Where the form of a list is found; empty for a hidden list, which has none."""
    return "" if one.hidden else f"{settings.site}/s/{Words(secret).form(one.id)}"
