"""What is looked at before a launch."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import audience, campaigns
from bocau.audience import Target
from bocau.base.db import reading, transaction
from bocau.campaigns import Plan, Trial, Variant, draft, patterns
from bocau.campaigns.findings import Finding, Level
from bocau.campaigns.installation import Installation
from bocau.campaigns.preflight import preflight
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.ledger.options import Options, Track
from bocau.relays import Relay, senders
from bocau.relays.published import Lookup
from bocau.relays.requests import SenderCreation
from bocau.wire.smtp import Profile
from tests.campaigns.world import INSTALLATION, NOW, SANDBOX, SITE, a_list, fill, letters, plan

REAL = Relay(1, "postfix", "smtp", Profile("mail.congty.vn", 587, "off"), max_connections=5)
HUGE = {"digest": "0" * 64, "name": "a.pdf", "type": "application/pdf", "size": 9 << 20}
GOOD = "Chào {{ name }}\n{{ unsubscribe_url }}"


@pytest.fixture
def database_kind() -> str:
    """One kind: what is looked at here is not the database's to decide."""
    return "sqlite"


def nothing(name: str) -> Sequence[str]:
    return []


def installation(relay: Relay = SANDBOX, site: str = SITE) -> Installation:
    return Installation(site, 10 << 20, lambda connection: (relay,))


def looked(
    engine: sa.Engine, wanted: Plan, given: Installation | None = None, lookup: Lookup | None = nothing
) -> dict[str, Finding]:
    with transaction(engine) as connection:
        number = draft.add(connection, wanted, NOW)
    with reading(engine) as connection:
        return {one.code: one for one in preflight(connection, number, NOW, given or installation(), lookup).findings}


def mail(subject: str = "Tin tháng này", text: str = GOOD, html: str = "", **more: object) -> tuple[Variant, ...]:
    return (Variant("A", Source(subject=subject, text=text, html=html, **more)),)  # type: ignore[arg-type]


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    with transaction(engine) as connection:
        fill(connection, 5)
    return engine


def test_a_good_one_has_nothing_against_it(filled: sa.Engine) -> None:
    found = looked(filled, plan())
    assert set(found) == {"sandboxed"}
    assert found["sandboxed"].level is Level.warn


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"variants": mail(text="Chào {{ ten_khach }} {{ unsubscribe_url }}")}, "fields-missing"),
        ({"variants": mail(text="Chào {{ name")}, "template-wrong"),
        ({"variants": mail(subject=" ")}, "subject-wrong"),
        ({"variants": mail(html='<p>{{ name }} <a href="">Xem</a></p>')}, "link-empty"),
        ({"variants": mail(html='<p>{{ name }} <a href="congty.vn/tin">Xem</a></p>')}, "link-broken"),
        ({"target": Target(tags=("vip",))}, "tag-unknown"),
        ({"target": Target(lists=(99,))}, "list-unknown"),
        ({"target": Target()}, "target-wrong"),
        ({"options": Options(track=Track(utm={"nguồn": "x"}))}, "option-wrong"),
        ({"relay": 77}, "relay-unusable"),
        ({"variants": mail(attachments=(HUGE,))}, "attachments-too-large"),
        ({"options": Options(headers={"Bcc": "a@x.test"})}, "header-wrong"),
        ({"variants": mail(subject="{% for i in range(100000000) %}x{% endfor %}")}, "mails-broken"),
        ({"variants": mail(subject="{{ 7 // 0 }}")}, "mails-broken"),
    ],
)
def test_what_could_not_be_sent_blocks(filled: sa.Engine, changed: dict[str, Any], code: str) -> None:
    found = looked(filled, plan(**changed))
    assert code in found, found
    assert found[code].level is Level.block
    assert str(found[code].sentence)
    with transaction(filled) as connection:
        number = campaigns.find(connection, "Bản tin")
        with pytest.raises(campaigns.CampaignUnreadyError):
            campaigns.launch(connection, number, NOW, INSTALLATION)


@pytest.mark.parametrize(
    ("variants", "code"),
    [
        (mail(text="Chào {{ name }}"), "unsubscribe-missing"),
        (mail(subject="KHUYẾN MÃI CUỐI NĂM"), "subject-loud"),
        (mail(subject="Giảm giá!!!"), "subject-marks"),
        (mail(subject="Re: đơn hàng của bạn"), "subject-reply"),
        (mail(text=GOOD + "\nLorem ipsum dolor"), "placeholder-left"),
        (mail(text=GOOD + "\n100% miễn phí cho bạn"), "spam-words"),
        (mail(html='<p>Chào bạn <a href="http://congty.vn/">Xem</a></p>'), "link-http"),
        (mail(html='<p>Chào bạn <a href="https://bit.ly/x">Xem</a></p>'), "link-shortened"),
        (mail(html="<p>Chào bạn</p>" + "<p>xin chào các bạn</p>" * 6000), "html-large"),
        (mail(html='<img src="https://congty.vn/a.png" alt="Tin">', text=""), "only-pictures"),
        (
            mail(html=f'<p hidden>{"Xem trước " * 9}</p><img src="https://congty.vn/a.png" alt="Tin">', text=""),
            "only-pictures",
        ),
        (
            mail(attachments=({"digest": "0" * 64, "name": "a.pdf", "type": "application/pdf", "size": 3 << 20},)),
            "attachments-heavy",
        ),
    ],
)
def test_what_readers_and_filters_dislike_warns(filled: sa.Engine, variants: tuple[Variant, ...], code: str) -> None:
    found = looked(filled, plan(variants=variants))
    assert code in found, found
    assert (found[code].level, found[code].variant) == (Level.warn, "A")
    with transaction(filled) as connection:
        campaigns.launch(connection, campaigns.find(connection, "Bản tin"), NOW, INSTALLATION)


def test_nobody_who_may_be_mailed_blocks(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
    assert looked(engine, plan(Target(lists=(one,))))["audience-empty"].level is Level.block
    with transaction(engine) as connection:
        for address in fill(connection, 2):
            audience.suppress(connection, address, audience.Reason.manual, NOW)
    assert looked(engine, plan(name="Khác"))["audience-blocked"].level is Level.block


@pytest.mark.parametrize(
    ("site", "relay", "code"),
    [
        (SITE, REAL, ""),
        ("http://127.0.0.1:8025", SANDBOX, ""),
        ("http://127.0.0.1:8025", REAL, "site-local"),
        ("http://tin.congty.vn", REAL, "site-wrong"),
        ("", SANDBOX, "site-wrong"),
    ],
)
def test_our_own_pages_must_be_reached(filled: sa.Engine, site: str, relay: Relay, code: str) -> None:
    found = looked(filled, plan(), installation(relay, site))
    blocked = {one.code for one in found.values() if one.level is Level.block}
    assert blocked == ({code} if code else set())
    with transaction(filled) as connection, pytest.raises(campaigns.CampaignUnreadyError) if code else nullcontext():
        campaigns.launch(connection, campaigns.find(connection, "Bản tin"), NOW, installation(relay, site))


def test_receivers_must_believe_who_writes(filled: sa.Engine) -> None:
    assert "sender-free" in looked(filled, plan(sender="A <a@gmail.com>"), installation(REAL))
    unsigned = looked(filled, plan(name="Hai", sender="A <a@tin.congty.vn>"), installation(REAL))
    assert "sender-unsigned" in unsigned
    with transaction(filled) as connection:
        senders.create_sender(connection, SenderCreation(domain="congty.vn"), b"s" * 32, NOW)
    found = looked(filled, plan(name="Ba", sender="A <a@tin.congty.vn>"), installation(REAL))
    assert {"dkim-missing", "spf-missing", "dmarc-missing"} <= set(found)
    assert found["dkim-missing"].level is Level.warn
    offline = looked(filled, plan(name="Bốn", sender="A <a@congty.vn>"), installation(REAL), lookup=None)
    assert not {"dkim-missing", "sender-unsigned"} & set(offline)


def test_a_test_that_chance_decides_is_told(filled: sa.Engine) -> None:
    found = looked(filled, plan(variants=letters("Một", "Một"), test=Trial(50, By.opens)))
    assert {"test-small", "variants-equal"} <= set(found)


def test_mails_that_cannot_be_made_are_told_before(filled: sa.Engine) -> None:
    """The fields are there; what the template does with them fails."""
    found = looked(filled, plan(variants=mail(text="{{ name.x.y }} {{ unsubscribe_url }}")))
    assert found["mails-broken"].level is Level.block


@pytest.mark.parametrize("subject", ["Tin tháng 12", "VAT 2026", "Chào {{ NAME }}!", "Retail tuần này"])
def test_ordinary_subjects_are_left_alone(subject: str) -> None:
    assert list(patterns.of_subject(subject)) == []
