"""Why nobody can sign up at this moment."""

from bocau.base.errors import BocauError
from bocau.base.words import N_


class SignUpClosedError(BocauError):
    """``reason``: what is wrong with the sender."""

    code = "signup-closed"
    sentence = N_("The mail that asks for confirmation cannot be sent: {reason} Nobody was asked.")
    hint = N_("Set BOCAU_SIGNUP_SENDER to the From of these mails, such as: Company <news@company.vn>")


class SignUpBusyError(BocauError):
    code = "signup-busy"
    sentence = N_("Too many people signed up from this network within an hour. Nothing was changed.")
    hint = N_("Please try again in an hour.")
