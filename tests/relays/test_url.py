import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.relays.url import RelayUrlWrongError, parse
from bocau.wire.smtp import TlsPolicy


def test_password_relay_requires_tls_and_defaults_to_the_submission_port() -> None:
    found = parse("smtp://hen%40clinic.vn:p%40ss%2Fw%3Ard@smtp.clinic.vn")
    assert (found.host, found.port, found.tls) == ("smtp.clinic.vn", 587, TlsPolicy.required)
    assert found.username == "hen@clinic.vn"
    assert found.password.get_secret_value() == "p@ss/w:rd"


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtps://u:p@mail.vn", "mail.vn", 465, "implicit"),
        ("smtps://u:p@mail.vn:2465", "mail.vn", 2465, "implicit"),
        ("smtp://mail.vn", "mail.vn", 25, "opportunistic"),
        ("smtp://mail.vn:2525/", "mail.vn", 2525, "opportunistic"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "off"),
        ("smtp://[::1]:1025", "::1", 1025, "off"),
        ("SMTP://[2001:db8::5]", "2001:db8::5", 25, "opportunistic"),
        ("smtp://mail.vn?tls=required", "mail.vn", 25, "required"),
        ("smtp://u:p@localhost:25?tls=off", "localhost", 25, "off"),
        ("smtp://u:p@mail.vn:587?tls=implicit", "mail.vn", 587, "implicit"),
    ],
)
def test_port_and_encryption_follow_from_what_is_said(url: str, host: str, port: int, tls: str) -> None:
    found = parse(url)
    assert (found.host, found.port, found.tls) == (host, port, tls)


def test_options_are_read() -> None:
    found = parse(
        "smtp://u:p@mail.vn?connections=5&rate=0.5&max_size=1000000&mails_per_connection=50&chunking=no"
        "&verify=no&ca=/etc/ca.pem&auth=login&helo=me.vn"
    )
    assert (found.connections, found.rate, found.max_size, found.mails_per_connection) == (5, 0.5, 1_000_000, 50)
    assert (found.chunking, found.verify, found.ca_file, found.auth, found.helo_name) == (
        False,
        False,
        "/etc/ca.pem",
        "LOGIN",
        "me.vn",
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://mail.vn", "smtp: or smtps:"),
        ("mail.vn:587", "smtp://"),
        ("", "smtp://"),
        ("smtp://", "host name is missing"),
        ("smtp://:25", "host name is missing"),
        ("smtp://u:secretword@mail.vn:http", "“http”"),
        ("smtp://u:secretword@mail.vn:0", "“0”"),
        ("smtp://u:secretword@mail.vn:65536", "“65536”"),
        ("smtp://mail.vn:٥٨٧", "from 1 to 65535"),
        ("smtp://mail.vn:-1", "“-1”"),
        ("smtp://u:secretword/x@mail.vn", "%2F"),
        ("smtp://u:secretword#x@mail.vn", "%23"),
        ("smtp://u:secretword@x@mail.vn", "%40"),
        ("smtp://mail.vn/path", "nothing may follow"),
        ("smtp://mail.vn#top", "nothing may follow"),
        ("smtp://:secretword@mail.vn", "no user name"),
        ("smtp://u:secretword@mail.vn?tls=off", "unencrypted"),
        ("smtp://mail.vn?tls=always", "“always”"),
        ("smtps://mail.vn?tls=off", "contradicts"),
        ("smtp://mail.vn?colour=red", "“colour”"),
        ("smtp://mail.vn?auth=GUESS", "PLAIN, LOGIN, XOAUTH2"),
        ("smtp://mail.vn?verify=maybe", "yes, no"),
        ("smtp://mail.vn?connections=0", "above 0"),
        ("smtp://mail.vn?rate=fast", "per second"),
        ("smtp://mail.vn?rate=nan", "per second"),
        ("smtp://mail.vn?rate=0", "per second"),
        ("smtp://mail vn", "space"),
        ("smtp://mail.vn\r\nRCPT", "control"),
        ("smtp://u%0d%0a:secretword@mail.vn", "control"),
        ("smtp://ma_il;rm.vn", "not the name of a host"),
        ("smtp://[::1", ""),
    ],
)
def test_wrong_address_says_what_is_wrong_and_never_the_password(url: str, told: str) -> None:
    with pytest.raises(RelayUrlWrongError) as caught:
        parse(url)
    assert told in str(caught.value)
    assert "secretword" not in str(caught.value) + caught.value.advice() + repr(caught.value)


def test_password_is_not_in_what_is_printed() -> None:
    assert "secretword" not in repr(parse("smtp://u:secretword@mail.vn"))


@given(st.text(max_size=60))
def test_no_text_whatsoever_raises_anything_else(text: str) -> None:
    for url in (text, f"smtp://{text}", f"smtp://u:p@{text}", f"smtp://mail.vn:{text}", f"smtp://mail.vn?{text}"):
        try:
            found = parse(url)
        except RelayUrlWrongError:
            continue
        assert found.host
        assert 0 < found.port < 65536
