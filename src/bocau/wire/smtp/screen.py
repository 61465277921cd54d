"""What is refused here, before a server is asked: a mail the server said it cannot take, or that must not travel."""

from bocau.wire.reply import Reply
from bocau.wire.smtp.capabilities import Capabilities
from bocau.wire.smtp.mail import Mail, Outcome, Stage
from bocau.wire.smtp.safe import address_is_safe, letter_fault


def refusal_of(mail: Mail, offers: Capabilities) -> Outcome | None:
    """Why this mail must not be sent to a server of these capabilities, as the reply it would rightly give."""
    if offers.size and len(mail.body) > offers.size:
        return _refused(552, "5.3.4", f"the letter has {len(mail.body)} bytes, the server takes {offers.size}")
    if mail.smtputf8 and not offers.smtputf8:
        return _refused(553, "5.6.7", "the server does not take internationalised addresses (SMTPUTF8)")
    if not address_is_safe(mail.recipient, mail.smtputf8):
        return _refused(553, "5.1.3", "the recipient's address has characters that must not be sent")
    if mail.sender and not address_is_safe(mail.sender, mail.smtputf8):
        return _refused(553, "5.1.7", "the sender's address has characters that must not be sent")
    if not offers.eightbit and (mail.eightbit or not mail.body.isascii()):
        return _refused(554, "5.6.3", "the letter has 8-bit characters and the server does not take them")
    if not mail.checked and (fault := letter_fault(mail.body)):
        return _refused(554, "5.6.0", fault)
    return None


def _refused(code: int, enhanced: str, text: str) -> Outcome:
    return Outcome(Stage.mail, Reply(code, enhanced, text), local=True)
