import base64

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bocau.base.db import transaction
from bocau.base.secrets import SealBrokenError
from bocau.relays import SenderIdentity, sender_for
from bocau.relays.requests import SenderChange, SenderCreation
from bocau.relays.senders import (
    AFTER_QUEUE,
    DAY,
    Sender,
    SenderExistsError,
    SenderUnknownError,
    activate_key,
    change_sender,
    create_sender,
    drop_old_keys,
    list_senders,
    prepare_key,
    remove_sender,
    show_sender,
)
from bocau.relays.tables import sender_key

SECRET = b"s" * 32


def add(engine: sa.Engine, domain: str, now: int = 100, **more: str) -> Sender:
    with transaction(engine) as connection:
        return create_sender(connection, SenderCreation(domain=domain, **more), SECRET, now)


def signer(engine: sa.Engine, domain: str, at: int | None = None) -> SenderIdentity | None:
    with transaction(engine) as connection:
        return sender_for(connection, domain, SECRET, at)


def test_new_sender_signs_with_a_2048_bit_key_whose_public_half_is_published(engine: sa.Engine) -> None:
    made = add(engine, "clinic.test")
    found = signer(engine, "clinic.test")
    assert found is not None
    key = serialization.load_pem_private_key(found.private_key_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    public = serialization.load_der_public_key(base64.b64decode(made.active.public_key))
    assert public == key.public_key()
    assert (found.domain, found.selector, found.bounce_domain) == ("clinic.test", "bocau1", "")


def test_private_key_is_sealed_in_the_database_and_never_printed(engine: sa.Engine) -> None:
    add(engine, "clinic.test")
    with transaction(engine) as connection:
        assert "PRIVATE KEY" not in str(connection.execute(sa.select(sender_key)).all())
        with pytest.raises(SealBrokenError):
            sender_for(connection, "clinic.test", b"x" * 32)
    assert "PRIVATE KEY" not in repr(signer(engine, "clinic.test"))


def test_subdomain_is_signed_by_the_nearest_stored_domain_above_it(engine: sa.Engine) -> None:
    add(engine, "clinic.test")
    add(engine, "mail.clinic.test", bounce_domain="b.clinic.test")
    for domain, signs in [
        ("a.b.clinic.test", "clinic.test"),
        ("x.mail.clinic.test", "mail.clinic.test"),
        ("Mail.CLINIC.test.", "mail.clinic.test"),
    ]:
        found = signer(engine, domain)
        assert found is not None
        assert found.domain == signs


@pytest.mark.parametrize("domain", ["test", "other.test", "evilclinic.test", "", "clinic.test.evil.test"])
def test_foreign_domain_is_not_signed(engine: sa.Engine, domain: str) -> None:
    add(engine, "clinic.test")
    assert signer(engine, domain) is None


def test_sender_is_added_once(engine: sa.Engine) -> None:
    key = add(engine, "clinic.test").active
    with pytest.raises(SenderExistsError):
        add(engine, "clinic.test")
    with transaction(engine) as connection:
        assert show_sender(connection, "clinic.test").active == key


def test_prepared_key_does_not_sign_until_it_is_activated(engine: sa.Engine) -> None:
    add(engine, "clinic.test")
    with transaction(engine) as connection:
        key = prepare_key(connection, "clinic.test", SECRET, 200)
        assert prepare_key(connection, "clinic.test", SECRET, 300) == key, "asked again, the same"
    before = signer(engine, "clinic.test")
    with transaction(engine) as connection:
        activate_key(connection, "clinic.test", 400)
    after = signer(engine, "clinic.test")
    assert before is not None
    assert after is not None
    assert (before.selector, after.selector) == ("bocau1", "bocau2")
    assert before.private_key_pem != after.private_key_pem


def test_letter_made_again_is_signed_with_the_key_of_its_time(engine: sa.Engine) -> None:
    add(engine, "clinic.test", now=100)
    with transaction(engine) as connection:
        prepare_key(connection, "clinic.test", SECRET, 200)
        activate_key(connection, "clinic.test", 400)
    selectors = []
    for at in (50, 100, 399, 400, 999):
        found = signer(engine, "clinic.test", at)
        assert found is not None
        selectors.append(found.selector)
    assert selectors == ["bocau2", "bocau1", "bocau1", "bocau2", "bocau2"]


def test_keys_are_shown_newest_first_with_their_state(engine: sa.Engine) -> None:
    add(engine, "clinic.test", now=100)
    with transaction(engine) as connection:
        prepare_key(connection, "clinic.test", SECRET, 200)
        activate_key(connection, "clinic.test", 300)
        prepare_key(connection, "clinic.test", SECRET, 400)
        shown = show_sender(connection, "clinic.test")
    assert [(key.selector, key.state) for key in shown.keys] == [
        ("bocau3", "next"),
        ("bocau2", "active"),
        ("bocau1", "retired"),
    ]


def test_activating_without_a_next_key_changes_nothing(engine: sa.Engine) -> None:
    made = add(engine, "clinic.test")
    with transaction(engine) as connection:
        assert activate_key(connection, "clinic.test", 500) == made


def test_old_key_is_kept_until_no_letter_can_need_it(engine: sa.Engine) -> None:
    add(engine, "clinic.test", now=0)
    with transaction(engine) as connection:
        prepare_key(connection, "clinic.test", SECRET, 0)
        activate_key(connection, "clinic.test", 1000)
        assert drop_old_keys(connection, 1000 + 3 * DAY + AFTER_QUEUE, 3 * DAY) == 0
        assert drop_old_keys(connection, 1001 + 3 * DAY + AFTER_QUEUE, 3 * DAY) == 1
        assert show_sender(connection, "clinic.test").active.selector == "bocau2"


def test_own_selector_is_used_and_rotation_avoids_it(engine: sa.Engine) -> None:
    made = add(engine, "clinic.test", selector="bocau1")
    assert made.active.selector == "bocau1"
    with transaction(engine) as connection:
        assert prepare_key(connection, "clinic.test", SECRET, 1).selector == "bocau2"


def test_bounce_domain_can_be_set_and_cleared(engine: sa.Engine) -> None:
    add(engine, "clinic.test")
    with transaction(engine) as connection:
        for bounces in ("b.clinic.test", ""):
            change = SenderChange(bounce_domain=bounces)
            assert change_sender(connection, "clinic.test", change) == show_sender(connection, "clinic.test")
            assert change_sender(connection, "clinic.test", SenderChange()).bounce_domain == bounces


def test_removed_sender_signs_no_more(engine: sa.Engine) -> None:
    add(engine, "clinic.test")
    with transaction(engine) as connection:
        remove_sender(connection, "clinic.test")
        assert list_senders(connection) == []
    assert signer(engine, "clinic.test") is None
    add(engine, "clinic.test")


@pytest.mark.parametrize("verb", [remove_sender, show_sender, lambda s, d: prepare_key(s, d, SECRET, 0)])
def test_unknown_sender_is_told(engine: sa.Engine, verb: object) -> None:
    with pytest.raises(SenderUnknownError), transaction(engine) as connection:
        verb(connection, "nobody.test")  # type: ignore[operator]
