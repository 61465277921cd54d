"""What a request comes to: a change says only what is to be otherwise."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.errors import BocauError
from bocau.relays import Relay, circuits, open_circuit
from bocau.relays.plan import BOUNDS, RATES
from bocau.relays.requests import RelayChange, RelayCreation, SenderChange, SenderCreation
from bocau.relays.senders import change_sender, create_sender, domain_of
from bocau.relays.stored import change_relay, create_relay, named, stored
from bocau.wire.smtp import TlsPolicy

SECRET = b"s" * 32
MAIL = RelayCreation(name="a", host="mail.vn", username="u", password=SecretStr("hunter2"))


def made(engine: sa.Engine, creation: RelayCreation = MAIL, *changes: RelayChange) -> Relay:
    """A relay that was stored, in the place of the one before it, and then changed."""
    with transaction(engine) as connection:
        create_relay(connection, creation, SECRET, 1, replace=True)
        for one in changes:
            change_relay(connection, creation.name, one, SECRET)
        (found,) = stored(connection, Settings(home=Path("/nowhere")), SECRET)
    return found


def refused(engine: sa.Engine, creation: RelayCreation = MAIL, *changes: RelayChange) -> str:
    with pytest.raises(BocauError) as caught:
        made(engine, creation, *changes)
    return caught.value.code


def secret_of(relay: Relay) -> str:
    return relay.profile.password.get_secret_value()


def test_what_is_not_given_is_the_products_own_choice(engine: sa.Engine) -> None:
    found = made(engine)
    assert (found.profile.port, found.profile.tls, found.priority, found.weight) == (587, "required", 10, 100)
    assert (found.rate, found.max_size, found.max_connections, found.enabled) == (None, None, 20, True)
    bare = made(engine, RelayCreation(name="a", host="mail.vn"))
    assert (bare.profile.port, bare.profile.tls) == (25, "opportunistic")
    assert made(engine, RelayCreation(name="a", host="127.0.0.1")).profile.tls == "off"
    assert made(engine, replace(MAIL, tls=TlsPolicy.implicit)).profile.port == 465


def test_what_is_said_wins_over_what_is_known_of_the_service(engine: sa.Engine) -> None:
    gmail = RelayCreation(name="a", preset="gmail", username="u")
    assert (made(engine, gmail).rate, made(engine, gmail).max_connections) == (1.0, 3)
    found = made(engine, replace(gmail, rate=None, max_connections=9, tls=TlsPolicy.implicit))
    assert (found.rate, found.max_connections, found.profile.port) == (None, 9, 465)
    here = made(engine, RelayCreation(name="a", preset="ses", region="eu-west-1"))
    assert here.profile.host == "email-smtp.eu-west-1.amazonaws.com"
    assert refused(engine, replace(gmail, preset="hotmail")) == "preset-unknown"
    assert refused(engine, RelayCreation(name="a")) == "relay-host-missing"


def test_a_change_that_says_nothing_changes_nothing(engine: sa.Engine) -> None:
    full = replace(
        MAIL,
        tls=TlsPolicy.implicit,
        auth="LOGIN",
        helo_name="me.vn",
        verify=False,
        ca_file="/ca.pem",
        chunking=False,
        priority=3,
        weight=7,
        max_connections=4,
        rate=0.5,
        mails_per_connection=6,
        max_size=5000,
        enabled=False,
    )
    before = made(engine, full)
    assert made(engine, full, RelayChange()) == before
    assert (before.rate, before.max_size, before.profile.auth, before.enabled) == (0.5, 5000, "LOGIN", False)
    assert secret_of(before) == "hunter2"


def test_only_what_is_given_changes(engine: sa.Engine) -> None:
    before = made(engine)
    after = made(engine, MAIL, RelayChange(priority=1, tls=TlsPolicy.implicit))
    assert (after.priority, after.profile.tls, after.profile.port) == (1, "implicit", 587)
    assert after.profile.password == before.profile.password


def test_empty_is_given_and_takes_away(engine: sa.Engine) -> None:
    full = replace(MAIL, auth="PLAIN", ca_file="/ca.pem", rate=5.0, max_size=5000)
    after = made(engine, full, RelayChange(auth="", ca_file="", rate=None, max_size=None, password=SecretStr("")))
    assert (after.profile.auth, after.profile.ca_file, after.rate, after.max_size) == ("", "", None, None)
    assert secret_of(after) == ""
    assert refused(engine, full, RelayChange(host="")) == "relay-host-wrong"


@pytest.mark.parametrize("change", [RelayChange(host="other.vn"), RelayChange(username="v")])
def test_password_does_not_go_to_another_host_or_user(engine: sa.Engine, change: RelayChange) -> None:
    assert secret_of(made(engine, MAIL, change)) == ""
    assert secret_of(made(engine, MAIL, replace(change, password=SecretStr("new")))) == "new"


def test_password_does_not_cross_the_network_bare_after_a_change(engine: sa.Engine) -> None:
    made(engine)
    assert refused(engine, MAIL, RelayChange(tls=TlsPolicy.off)) == "relay-password-bare"
    assert refused(engine, replace(MAIL, host="127.0.0.1", tls=TlsPolicy.off), RelayChange(host="mail.vn")) == (
        "relay-password-bare"
    )


@pytest.mark.parametrize("name", [*BOUNDS, "rate"])
def test_numbers_out_of_bounds_are_refused(engine: sa.Engine, name: str) -> None:
    least, most = {**BOUNDS, "rate": RATES}[name]
    for wrong in (least - 1, most + 1):
        assert refused(engine, replace(MAIL, **{name: wrong})) == "relay-wrong"
        assert refused(engine, MAIL, RelayChange(**{name: wrong})) == "relay-wrong"
    for right in (least, most):
        made(engine, replace(MAIL, **{name: right}))


def test_unknown_mechanism_is_refused(engine: sa.Engine) -> None:
    assert refused(engine, replace(MAIL, auth="CRAM-MD5")) == "relay-wrong"


def test_circuit_stays_open_when_a_relay_is_only_switched_off(engine: sa.Engine) -> None:
    relay_id = made(engine).id
    for change, known in ((RelayChange(enabled=False), {relay_id}), (RelayChange(weight=5), set())):
        with transaction(engine) as connection:
            open_circuit(connection, relay_id, "auth")
            change_relay(connection, "a", change, SECRET)
            assert set(circuits(connection)) == known


def test_the_one_asked_first_is_meant_when_none_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with transaction(engine) as connection:
        assert named(connection, settings, SECRET, None)[0].name == "sandbox"
        create_relay(connection, MAIL, SECRET, 1)
        create_relay(connection, replace(MAIL, name="b", priority=1, enabled=False), SECRET, 1)
        assert [named(connection, settings, SECRET, name)[1] for name in (None, "a", "b")] == [True, True, False]
        assert named(connection, settings, SECRET, None)[0].name == "a"
        with pytest.raises(BocauError) as caught:
            named(connection, settings, SECRET, "sandbox")
    assert caught.value.code == "relay-unknown"


def test_a_request_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(MAIL) + str(RelayChange(password=SecretStr("hunter2")))


def test_sender_domain_is_stored_as_a_labels(engine: sa.Engine) -> None:
    creation = SenderCreation(domain=" Phòngkhám.vn. ", bounce_domain="B.clinic.vn", selector="k1")
    with transaction(engine) as connection:
        made = create_sender(connection, creation, SECRET, 1)
        assert (made.domain, made.bounce_domain, made.active.selector) == ("xn--phngkhm-mwa2m.vn", "b.clinic.vn", "k1")
        assert change_sender(connection, made.domain, SenderChange()) == made
        assert change_sender(connection, made.domain, SenderChange(bounce_domain="")).bounce_domain == ""
        for wrong, code in (
            (SenderCreation(domain="a b.vn"), "sender-domain-wrong"),
            (SenderCreation(domain="a.vn", bounce_domain="a b"), "sender-domain-wrong"),
            (SenderCreation(domain="a.vn", selector="K"), "selector-wrong"),
            (SenderCreation(domain="phòngkhám.vn"), "sender-exists"),
        ):
            with pytest.raises(BocauError) as caught:
                create_sender(connection, wrong, SECRET, 1)
            assert caught.value.code == code
        with pytest.raises(BocauError):
            change_sender(connection, made.domain, SenderChange(bounce_domain="hen@clinic.vn"))
    assert domain_of("Clinic.VN") == "clinic.vn"
