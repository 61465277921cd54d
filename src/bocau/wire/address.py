"""E-mail addresses: read, checked and turned into the form mail is sent to (RFC 5321 4.1.2, RFC 5891, RFC 6531).

Plain ASCII addresses at a domain seen before take a fast path of one regular expression and one dictionary look-up;
every new domain and everything else goes through email-validator, without DNS. Quoted local parts and address literals
(``"a b"@x``, ``a@[1.2.3.4]``) are refused: nobody has one, and they are where smuggling begins.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

from bocau.base.errors import BocauError
from bocau.base.words import N_, say

MAX_LOCAL = 64  # octets, RFC 5321 4.5.3.1.1
MAX_ADDRESS = 254  # octets, RFC 5321 4.5.3.1.3 less the angle brackets
KNOWN_DOMAINS = 50_000  # kept by one process, so that hostile lists cannot fill the memory
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
ATOMS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]+\Z")
# What people's programs put around an address: blanks of all kinds, joiners without width, byte order marks.
AROUND = " \t\r\n\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"  # noqa: E501
DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # RFC 3490 3.1: East Asian keyboards' full stops
LINE_BREAK = re.compile("[\r\n\v\f\x85\u2028\u2029]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
SEVERAL = re.compile(r"@[^@]*[,;\s][^@]*@")
# Lines of plain lower-case addresses, as `check` takes them on its fast path.
PLAIN_LINES = re.compile(
    r"(?:(?=[^@\n]{1,64}@)(?=[^\n]{3,254}\n)[a-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]++)*+@[a-z0-9.-]++\n)*+\Z"
)
QUOTES = "'\"\u2018\u2019\u201c\u201d`"
MAILBOX = re.compile(r"([^<>]*)<([^<>]*)>\Z")
# RFC 2606 2 and 3, RFC 6761 6.2-6.5: names that never lead to anybody.
RESERVED = ("test", "example", "invalid", "localhost", "example.com", "example.net", "example.org")


class Address(NamedTuple):
    """One checked address. ``recipient``: the key two spellings of one person share (casefolded local part, A-label
    domain). ``address``: as mail is sent to it. ``domain``: A-labels, lower case. ``smtputf8``: its local part is
    outside ASCII, so the relay must offer SMTPUTF8. ``reserved``: the domain can reach nobody (RFC 2606, RFC 6761).
    """

    recipient: str
    address: str
    domain: str
    smtputf8: bool
    reserved: bool


class Mailbox(NamedTuple):
    """A display name, which may be empty, and an address with its domain as A-labels."""

    name: str
    address: str


class AddressWrongError(BocauError):
    """Text that is not an address mail can be sent to. ``reason``: the same in a few words, for tables."""

    code: ClassVar[str] = "address-wrong"
    reason: ClassVar[str] = N_("not an address")
    sentence: ClassVar[str] = N_("“{address}” is not an email address.")
    hint: ClassVar[str] = N_("An address looks like name@company.vn.")

    def __init__(self, address: str = "", **fields: object) -> None:
        super().__init__(address=shown(address), **fields)

    def why(self) -> str:
        """The reason in the current language."""
        return say(self.reason)


class AddressMissingError(AddressWrongError):
    code = "address-missing"
    reason = N_("no address")
    sentence = N_("There is no address.")


class AddressBrokenLineError(AddressWrongError):
    code = "address-broken-line"
    reason = N_("line break in the address")
    sentence = N_("The address “{address}” has a line break.")
    hint = N_("Somebody may have tried to slip a header into the mail. Correct the address.")


class AddressControlError(AddressWrongError):
    code = "address-control"
    reason = N_("control character in the address")
    sentence = N_("The address “{address}” has a control character.")


class AddressSeveralError(AddressWrongError):
    code = "address-several"
    reason = N_("more than one address")
    sentence = N_("“{address}” is more than one address.")
    hint = N_("Give each recipient a row of their own.")


class AddressTwoAtsError(AddressWrongError):
    code = "address-two-ats"
    reason = N_("two at signs")
    sentence = N_("The address “{address}” has two at signs.")


class AddressNoDomainError(AddressWrongError):
    code = "address-no-domain"
    reason = N_("no domain")
    sentence = N_("The address “{address}” has no domain after the at sign.")


class AddressNoDotError(AddressWrongError):
    code = "address-no-dot"
    reason = N_("no dot in the domain")
    sentence = N_("The domain of “{address}” has no dot.")


class AddressNoLocalError(AddressWrongError):
    code = "address-no-local"
    reason = N_("nothing before the at sign")
    sentence = N_("“{address}” has nothing before the at sign.")


class AddressTooLongError(AddressWrongError):
    code = "address-too-long"
    reason = N_("address too long")
    sentence = N_("The address “{address}” is too long: at most 64 bytes before the at sign and 254 in all.")


class MailboxWrongError(AddressWrongError):
    code = "mailbox-wrong"
    sentence = N_("“{address}” is not a name with an address.")
    hint = N_("Write it as: Phòng khám <hen@clinic.test>")


_domains: dict[str, tuple[str, bool]] = {}  # a plain lower-case domain as written → A-labels, reserved


def check(text: str) -> Address:
    """The address in ``text``, blanks around it ignored. Raises a kind of AddressWrongError.

    An ASCII local part is sent in lower case, so that two spellings are one address everywhere.
    """
    if len(text) > 4 * MAX_ADDRESS:
        raise AddressTooLongError(text)
    local, _, domain = text.strip().rpartition("@")
    known = _domains.get(domain.lower())
    if known is not None and len(local) <= MAX_LOCAL and LOCAL.match(local):
        ascii_domain, reserved = known
        address = f"{local.lower()}@{ascii_domain}"
        if len(address) <= MAX_ADDRESS:
            return Address(address, address, ascii_domain, False, reserved)
    return _slowly(text)


def check_loosely(text: str) -> tuple[Address, bool]:
    """The same for an address as people's tables have it: with a name and angle brackets, ``mailto:``, in quotes, with a
    full stop or a semicolon behind it; and whether anything of that was left out.

    Raises a kind of AddressWrongError, of the text as it stands."""
    if not text.lstrip().startswith(tuple(QUOTES)):
        try:
            return check(text), False
        except AddressWrongError as error:
            wrong = error
    else:
        wrong = AddressWrongError(text)
    if len(text) > 4 * MAX_ADDRESS:
        raise wrong
    match = MAILBOX.match(_bare(text))
    bare = _bare(match[2] if match else text)
    if not bare or bare == text or CONTROL.search(bare):
        raise wrong
    try:
        return check(bare), True
    except AddressWrongError:
        raise wrong from None


def check_plain(texts: Sequence[str]) -> list[str] | None:
    """The recipient keys of many addresses, which are also the addresses, when all are plain ASCII ones at plain domains;
    None when some need to be looked at one by one. The same as ``check``, several times faster."""
    joined = "\n".join(texts)
    if not joined.isascii():
        return None
    joined = joined.lower()
    if not PLAIN_LINES.match(joined + "\n") or "\n'" in "\n" + joined:  # ' is a letter, and a quotation mark
        return None
    keys = joined.split("\n")
    for domain in {key.rpartition("@")[2] for key in keys}:
        known = _domains.get(domain)
        if known is None:
            try:
                known = _domain("a@" + domain, domain)
            except AddressWrongError:
                return None
        if known[0] != domain:
            return None
    return keys if len(keys) == len(texts) else None


def parse_mailbox(text: str) -> Mailbox:
    """``Name <address>``, ``"Name" <address>`` or an address alone. Raises MailboxWrongError, AddressWrongError.

    The local part is left as it is written; a name's quotes are taken off.
    """
    if CONTROL.search(text.strip(AROUND)):
        raise (AddressBrokenLineError if LINE_BREAK.search(text) else AddressControlError)(text)
    match = MAILBOX.match(text.strip(AROUND))
    if match is None:
        if "<" in text or ">" in text:
            raise MailboxWrongError(text)
        return Mailbox("", _spelled(text))
    name = match[1].strip(AROUND)
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(unicodedata.normalize("NFC", name.strip(AROUND)), _spelled(match[2]))


def is_reserved(domain: str) -> bool:
    """Whether an A-label domain is one of those that reach nobody (RFC 2606, RFC 6761)."""
    domain = domain.lower().rstrip(".")
    return domain.endswith(RESERVED) and any(domain == name or domain.endswith("." + name) for name in RESERVED)


def shown(text: str) -> str:
    """``text`` for a sentence: short, and harmless on a terminal."""
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= 80 else text[:79] + "…"


def _bare(text: str) -> str:
    """Without what people and programs put around an address."""
    text = text.strip(AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    return text.strip(AROUND).rstrip(".,;").strip(QUOTES + AROUND)


def _spelled(text: str) -> str:
    """The checked address with its local part as it is written."""
    checked = check(text)
    local = unicodedata.normalize("NFC", text.strip(AROUND).rpartition("@")[0])
    return f"{local}@{checked.domain}"


def _slowly(text: str) -> Address:
    local, domain = _split(text)
    if not ATOMS.match(local) or not ATOMS.match(domain):
        raise AddressWrongError(text)
    ascii_domain, reserved = _domain(text, domain)
    local = _local(text, local)
    smtputf8 = not local.isascii()
    address = f"{local if smtputf8 else local.lower()}@{ascii_domain}"
    if len(address.encode()) > MAX_ADDRESS:
        raise AddressTooLongError(text)
    recipient = f"{unicodedata.normalize('NFC', local.casefold())}@{ascii_domain}"
    return Address(recipient, address, ascii_domain, smtputf8, reserved)


def _split(text: str) -> tuple[str, str]:
    """Local part and domain, once all that has a name of its own is ruled out."""
    bare = text.strip(AROUND)
    if not bare:
        raise AddressMissingError(text)
    if LINE_BREAK.search(bare):
        raise AddressBrokenLineError(text)
    if CONTROL.search(bare):
        raise AddressControlError(text)
    if "@" not in bare:
        raise AddressWrongError(text)
    if bare.count("@") > 1:
        raise (AddressSeveralError if SEVERAL.search(bare) else AddressTwoAtsError)(text)
    local, _, domain = bare.partition("@")
    if not domain:
        raise AddressNoDomainError(text)
    if not local:
        raise AddressNoLocalError(text)
    return unicodedata.normalize("NFC", local), unicodedata.normalize("NFC", domain).translate(DOTS)


def _domain(text: str, domain: str) -> tuple[str, bool]:
    domain = domain.lower()
    known = _domains.get(domain)
    if known is not None:
        return known
    if "." not in domain:
        raise AddressNoDotError(text)
    ascii_domain = str(_asked(text, "a@" + domain).ascii_domain).lower()
    if ascii_domain.rpartition(".")[2].isdigit():  # 10.0.0.1 is no name (RFC 3696 2)
        raise AddressWrongError(text)
    if len(_domains) >= KNOWN_DOMAINS:
        _domains.clear()
    known = (ascii_domain, is_reserved(ascii_domain))
    _domains[domain] = known
    return known


def _local(text: str, local: str) -> str:
    if len(local.encode()) > MAX_LOCAL:
        raise AddressTooLongError(text)
    return str(_asked(text, local + "@a.test").local_part)


def _asked(text: str, address: str) -> Any:
    """What email-validator makes of an address."""
    library = _library()
    try:
        return library.validate_email(
            address, check_deliverability=False, allow_smtputf8=True, globally_deliverable=False
        )
    except (library.EmailNotValidError, UnicodeError) as error:
        raise AddressWrongError(text) from error


@cache
def _library() -> Any:
    """email-validator, imported at first need; which domains are reserved is decided here, not there."""
    import email_validator

    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator
