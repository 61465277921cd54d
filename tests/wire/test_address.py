import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire import address
from bocau.wire.address import (
    AddressBrokenLineError,
    AddressControlError,
    AddressMissingError,
    AddressNoDomainError,
    AddressNoDotError,
    AddressNoLocalError,
    AddressSeveralError,
    AddressTooLongError,
    AddressTwoAtsError,
    AddressWrongError,
    Mailbox,
    MailboxWrongError,
    check,
    is_reserved,
    parse_mailbox,
)

LOCALS = st.from_regex(r"[a-z0-9_+-]{1,20}(\.[a-z0-9_+-]{1,10}){0,2}", fullmatch=True)
LABELS = st.from_regex(r"[a-z]([a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("", AddressMissingError, "no address"),
        (" \N{ZERO WIDTH SPACE}\N{NO-BREAK SPACE} ", AddressMissingError, "no address"),
        ("binh@", AddressNoDomainError, "no domain"),
        ("@mail.test", AddressNoLocalError, "nothing before the at sign"),
        ("chau@@mail.test", AddressTwoAtsError, "two at signs"),
        ("a@b@c.test", AddressTwoAtsError, "two at signs"),
        ("a@b.test; c@d.test", AddressSeveralError, "more than one address"),
        ("a@b.test c@d.test", AddressSeveralError, "more than one address"),
        ("=cmd|'/c calc'!A1", AddressWrongError, "not an address"),
        ("evil@mail.test\nBcc: all@mail.test", AddressBrokenLineError, "line break in the address"),
        ("evil@mail.test\rRSET", AddressBrokenLineError, "line break in the address"),
        ("evil@mail.test\N{LINE SEPARATOR}x", AddressBrokenLineError, "line break in the address"),
        ("a\0@mail.test", AddressControlError, "control character in the address"),
        ("a\x1b[31m@mail.test", AddressControlError, "control character in the address"),
        ("a@mail.test\udc00", AddressControlError, "control character in the address"),
        ("nam@localhost", AddressNoDotError, "no dot in the domain"),
        ("a" * 65 + "@mail.test", AddressTooLongError, "address too long"),
        ("ă" * 33 + "@mail.test", AddressTooLongError, "address too long"),
        ("a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".test", AddressWrongError, None),
        ("x" * 100_000, AddressTooLongError, "address too long"),
        ("a..b@mail.test", AddressWrongError, "not an address"),
        (".a@mail.test", AddressWrongError, "not an address"),
        ("a b@mail.test", AddressWrongError, "not an address"),
        ("a@mail_box.test", AddressWrongError, "not an address"),
        ("a@-mail.test", AddressWrongError, "not an address"),
        ("a@mail..test", AddressWrongError, "not an address"),
        ("a@mail.test.", AddressWrongError, "not an address"),
        ("a@10.0.0.1", AddressWrongError, "not an address"),
        ("a@[10.0.0.1]", AddressWrongError, "not an address"),
        ('"a b"@mail.test', AddressWrongError, "not an address"),
        ("An <an@mail.test>", AddressWrongError, "not an address"),
        ("a@xn--zzzzzzzz-.test", AddressWrongError, "not an address"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(
    text: str, kind: type[AddressWrongError], reason: str | None
) -> None:
    with pytest.raises(kind) as caught:
        check(text)
    assert reason is None or caught.value.why() == reason
    assert not re.search(r"[\x00-\x1f\x7f]", str(caught.value))
    assert len(str(caught.value)) < 250


def test_blanks_and_capitals_are_no_difference() -> None:
    found = check(" An.Nguyen@Gmail.Test ")
    assert found.address == found.recipient == "an.nguyen@gmail.test"
    assert found == check("an.nguyen@gmail.test")


def test_invisible_marks_around_an_address_are_taken_off() -> None:
    assert check("\N{ZERO WIDTH NO-BREAK SPACE}an@mail.test\N{ZERO WIDTH SPACE}").address == "an@mail.test"


def test_idn_domain_is_sent_as_a_labels() -> None:
    found = check("giang@Thư.test")
    assert found.address == found.recipient == "giang@xn--th-e0a.test"
    assert found.domain == "xn--th-e0a.test"
    assert not found.smtputf8


@pytest.mark.parametrize(
    "spelling", ["thư.test", "THƯ.TEST", unicodedata.normalize("NFD", "thư.test"), "thư。test", "xn--th-e0a.test"]
)
def test_spellings_of_a_domain_are_one_recipient(spelling: str) -> None:
    assert check("a@" + spelling).recipient == "a@xn--th-e0a.test"


def test_utf8_local_part_needs_smtputf8_and_stays_as_written() -> None:
    found = check("Hà@mail.test")
    assert found.smtputf8
    assert found.address == "Hà@mail.test"
    assert found.recipient == "hà@mail.test"
    assert found.recipient == check(unicodedata.normalize("NFD", "hà@mail.test")).recipient


def test_letter_that_only_folds_to_ascii_is_not_sent_as_ascii() -> None:
    found = check("\N{LATIN SMALL LETTER LONG S}am@mail.test")
    assert found.smtputf8
    assert found.address == "\N{LATIN SMALL LETTER LONG S}am@mail.test"


@pytest.mark.parametrize(
    "domain",
    [
        "mail.test",
        "a.b.example",
        "example.com",
        "mail.example.org",
        "x.invalid",
        "a.localhost",
        "EXAMPLE.NET",
        "x.test.",
    ],
)
def test_reserved_domains_are_known(domain: str) -> None:
    assert is_reserved(domain)
    if not domain.endswith("."):
        assert check("a@" + domain).reserved


@pytest.mark.parametrize(
    "domain", ["gmail.com", "mytest", "latest", "contest.vn", "myexample.com", "test.vn", "company.local"]
)
def test_other_domains_are_not_reserved(domain: str) -> None:
    assert not is_reserved(domain)


@given(LOCALS, DOMAINS)
def test_fast_path_agrees_with_the_library(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    address._domains.pop(domain, None)
    try:
        slow = check(text)
    except AddressWrongError:
        with pytest.raises(AddressWrongError):
            check(text)
        return
    assert check(text) == slow
    assert check(text.upper()) == slow
    assert check(f"  {text}\t") == slow


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = check(text)
    except AddressWrongError:
        return
    assert not re.search(r"[\x00-\x20\x7f<>,;:\"()\[\]\\\r\n]", found.address)
    assert found.address.count("@") == 1
    assert found.domain.isascii() and "." in found.domain
    assert found.smtputf8 == (not found.address.isascii())
    assert check(found.address).recipient == found.recipient


@given(st.from_regex(r"[ -~]{0,30}@[ -~]{0,30}", fullmatch=True))
def test_ascii_that_passes_is_safe_in_an_envelope(text: str) -> None:
    try:
        found = check(text)
    except AddressWrongError:
        return
    assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+", found.address)


def test_memory_of_domains_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "KNOWN_DOMAINS", 10)
    for number in range(100):
        check(f"a@d{number}.test")
    assert len(address._domains) <= 10


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Phòng khám <hen@clinic.test>", Mailbox("Phòng khám", "hen@clinic.test")),
        ("hen@clinic.test", Mailbox("", "hen@clinic.test")),
        ("<hen@clinic.test>", Mailbox("", "hen@clinic.test")),
        ('"Khám, \\"Hẹn\\"" <hen@clinic.test>', Mailbox('Khám, "Hẹn"', "hen@clinic.test")),
        ("Khám, Hẹn <hen@clinic.test>", Mailbox("Khám, Hẹn", "hen@clinic.test")),
        ("Hẹn <Hen@Thư.test>", Mailbox("Hẹn", "Hen@xn--th-e0a.test")),
        ("  Hẹn   < hen@clinic.test > ", Mailbox("Hẹn", "hen@clinic.test")),
        (unicodedata.normalize("NFD", "Hẹn") + " <hen@clinic.test>", Mailbox("Hẹn", "hen@clinic.test")),
    ],
)
def test_mailboxes_are_read(text: str, wanted: Mailbox) -> None:
    assert parse_mailbox(text) == wanted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hẹn <hen@clinic.test> x", MailboxWrongError),
        ("Hẹn <hen@clinic.test", MailboxWrongError),
        ("a <b> <c@d.test>", MailboxWrongError),
        ("Hẹn\r\nBcc: all@mail.test <hen@clinic.test>", AddressBrokenLineError),
        ("Hẹn\0 <hen@clinic.test>", AddressControlError),
        ("Hẹn <>", AddressMissingError),
        ("Hẹn <hen>", AddressWrongError),
        ("", AddressMissingError),
    ],
)
def test_broken_mailboxes_are_refused(text: str, kind: type[AddressWrongError]) -> None:
    with pytest.raises(kind):
        parse_mailbox(text)


@given(st.text(max_size=60))
def test_any_mailbox_is_read_or_refused_and_never_has_a_line_break(text: str) -> None:
    try:
        found = parse_mailbox(text)
    except AddressWrongError:
        return
    assert not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", found.name + found.address)
