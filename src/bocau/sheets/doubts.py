"""Good addresses that are worth a look: a provider's name mistyped, or a mailbox of an office and not of a person. Pure."""

from collections.abc import Iterator, Sequence

from bocau.base.words import N_, Phrase

MEANT = {
    "gmail.com": "gmail.con gmail.co gmail.cm gmail.om gmail.comm gmail.vn gmail.com.vn gmial.com gmai.com gmal.com gamil.com "
    "gmil.com gnail.com gmaill.com gmail.cim gmail.vom gmail.xom",
    "yahoo.com": "yahoo.con yahoo.co yaho.com yahooo.com yhaoo.com yahoo.cm yahoo.comm",
    "yahoo.com.vn": "yahoo.com.vm yahoo.con.vn yahoo.vn.com",
    "hotmail.com": "hotmail.con hotmial.com hotmai.com hotmal.com hotmail.co hotmail.cm",
    "outlook.com": "outlook.con outlok.com outlook.co outloook.com outlook.cm",
    "icloud.com": "icloud.con icloud.co iclould.com icoud.com",
}
MISTYPED = {wrong: right for right, names in MEANT.items() for wrong in names.split()}
"""A domain → the one that is meant."""
_OFFICES = (
    "info admin administrator sales support contact office hr marketing billing postmaster webmaster abuse noreply no-reply "
    "donotreply mailer-daemon root hello enquiries help lienhe ketoan kinhdoanh vanphong tuyendung hotro cskh nhansu"
)
ROLES = frozenset(_OFFICES.split())
"""Local parts of mailboxes that several people read (RFC 2142), or nobody."""
PERHAPS = N_("perhaps {domain} is meant")
A_ROLE = N_("an office reads it, or nobody, not one person")


def doubts(recipients: Sequence[str]) -> Iterator[tuple[int, Phrase]]:
    """Places among recipient keys, with what is doubtful of each."""
    for at, recipient in enumerate(recipients):
        local, _, domain = recipient.rpartition("@")
        if domain in MISTYPED:
            yield at, Phrase(PERHAPS, domain=MISTYPED[domain])
        elif local in ROLES:
            yield at, Phrase(A_ROLE)
