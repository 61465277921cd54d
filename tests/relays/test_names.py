import pytest

from bocau.relays import Relay, may_take
from bocau.relays.names import is_loopback, is_reserved
from bocau.wire.smtp import Profile


@pytest.mark.parametrize(
    "domain",
    [
        "clinic.test",
        "test",
        "a.b.example",
        "example.com",
        "mail.example.org",
        "EXAMPLE.NET",
        "x.invalid",
        "localhost",
        "box.localhost",
        "clinic.test.",
        " clinic.TEST ",
    ],
)
def test_names_for_tests_and_examples_are_reserved(domain: str) -> None:
    assert is_reserved(domain)


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "test.com",
        "example.vn",
        "myexample.com",
        "contest",
        "clinic.testing",
        "corp.local",
        "xn--vitnam-rva.vn",
        "",
    ],
)
def test_names_real_people_have_are_not_reserved(domain: str) -> None:
    assert not is_reserved(domain)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST.", "a.localhost", "::ffff:127.0.0.1"]
)
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "smtp.gmail.com", "localhost.com", "128.0.0.1", "::2", "", "127.0.0.1.nip.io"]
)
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "kind", "domain", "allowed"),
    [
        ("smtp.gmail.com", "smtp", "gmail.com", True),
        ("smtp.gmail.com", "smtp", "clinic.test", False),
        ("127.0.0.1", "smtp", "clinic.test", True),
        ("localhost", "smtp", "gmail.com", True),
        ("10.0.0.5", "sandbox", "clinic.test", True),
        ("10.0.0.5", "smtp", "example.com", False),
    ],
)
def test_reserved_domains_go_only_to_sandbox_and_loopback(host: str, kind: str, domain: str, allowed: bool) -> None:
    assert may_take(Relay(1, "r", kind, Profile(host, 25)), domain) is allowed
