"""Signing up by a form, and the mail that asks whether a person really wants a list (double opt-in).

Owns: the words in the links of forms and of these mails, and what the mail says. Never: puts somebody on a list with double
opt-in without their own word, tells who is known already, commits. Talks to: audience, intake, content, ledger.
"""

from bocau.signup.answer import LIFE, Standing, State, confirm, look
from bocau.signup.asking import Outcome, Wish, ask
from bocau.signup.errors import SignUpBusyError, SignUpClosedError
from bocau.signup.forms import Form, address_of, form, form_of, promise
from bocau.signup.letter import check
from bocau.signup.words import Claim, Words

__all__ = [
    "LIFE",
    "Claim",
    "Form",
    "Outcome",
    "SignUpBusyError",
    "SignUpClosedError",
    "Standing",
    "State",
    "Wish",
    "Words",
    "address_of",
    "ask",
    "check",
    "confirm",
    "form",
    "form_of",
    "look",
    "promise",
]
