"""What a request comes to: a change says only what is to be otherwise."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Target
from bocau.base import clock
from bocau.base.db import transaction
from bocau.base.errors import BocauError
from bocau.campaigns import Plan, Trial, requests
from bocau.campaigns.requests import (
    CampaignChange,
    CampaignCreation,
    LimitsChange,
    NamedTarget,
    SourceChange,
    TrackChange,
    TrialChange,
    VariantChange,
)
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.ledger.options import Frequency, Limits, Options, QuietHours, Track, Window
from tests.campaigns.world import FROM, NOW, a_list, plan

SOURCE = Source(subject="Tin", markdown="Chào", text="Chào bạn")
CREATION = CampaignCreation(name=" Bản tin ", sender=FROM, source=SOURCE, target=NamedTarget(everyone=True))


def made(engine: sa.Engine, creation: CampaignCreation = CREATION, *changes: CampaignChange) -> Plan:
    """The plan of a campaign that was made and then changed."""
    with transaction(engine) as connection:
        campaign_id = campaigns.create(connection, creation, NOW)
        for one in changes:
            campaigns.change(connection, campaign_id, one, NOW + 1)
        found = campaigns.show(connection, campaign_id).plan
    return replace(found, variants=tuple(replace(one, id=0) for one in found.variants))


def test_what_is_not_given_is_the_products_own_choice(engine: sa.Engine) -> None:
    assert made(engine) == plan(site="", variants=(campaigns.Variant("A", SOURCE),))


def test_a_change_that_says_nothing_changes_nothing(engine: sa.Engine) -> None:
    full = replace(
        CREATION,
        variants=(VariantChange(name="B", source=SourceChange(subject="Khác")),),
        trial=TrialChange(share=20, by=By.clicks, wait=5000),
        reply_to="b@x.test",
        headers={"X-A": "1"},
        track=TrackChange(mode="aggregate", opens=False, utm={"source": "tin"}),
        limits=LimitsChange(per_hour=5, frequency=Frequency(2, 7)),
        queue="bulk.eu",
        relay="sandbox",
        site="https://x.test",
        time_to_live=60.0,
    )
    before = made(engine, full)
    after = made(engine, replace(full, name="Hai"), CampaignChange())
    assert after == replace(before, name="Hai")
    assert before.test == Trial(20, By.clicks, 5000)
    assert before.options == Options(
        reply_to="b@x.test",
        headers={"X-A": "1"},
        track=Track(mode="aggregate", opens=False, utm={"source": "tin"}),
        limits=Limits(per_hour=5, frequency=Frequency(2, 7)),
    )
    assert (before.queue, before.relay, before.site, before.time_to_live) == ("bulk.eu", -1, "https://x.test", 60.0)


def test_empty_is_given_and_takes_away(engine: sa.Engine) -> None:
    creation = replace(
        CREATION,
        reply_to="b@x.test",
        headers={"X-A": "1"},
        track=TrackChange(utm={"source": "tin"}),
        limits=LimitsChange(per_hour=5, window=Window(5, 60), per_domain={"a.vn": 1}),
        relay="sandbox",
    )
    emptied = CampaignChange(
        reply_to="", headers={}, track=TrackChange(utm={}), limits=LimitsChange(per_hour=None, per_domain={}), relay=""
    )
    changed = made(engine, creation, emptied)
    assert (changed.options, changed.relay) == (Options(limits=Limits(window=Window(5, 60))), None)
    with pytest.raises(BocauError) as caught:
        made(engine, replace(creation, name="Hai"), CampaignChange(name=""))
    assert caught.value.code == "campaign-wrong"


def test_people_are_meant_as_a_whole(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one, other = a_list(connection, "Một"), a_list(connection, "Hai")
    creation = replace(CREATION, target=NamedTarget(lists=("Một", str(other)), tags=("vip",), not_lists=("Hai",)))
    assert made(engine, creation).target == Target(lists=(one, other), tags=("vip",), not_lists=(other,))
    named = CampaignChange(target=NamedTarget(segments=("Huế",)))
    assert made(engine, replace(creation, name="Hai"), named).target == Target(segments=("Huế",))
    assert made(engine, replace(creation, name="Ba"), CampaignChange(target=NamedTarget())).target == Target()


def test_a_body_takes_the_place_of_another(engine: sa.Engine) -> None:
    html = CampaignChange(source=SourceChange(html="<p>Chào</p>"))
    (first,) = made(engine, CREATION, html).variants
    assert first.source == Source(subject="Tin", html="<p>Chào</p>", text="Chào bạn")
    several = SourceChange(html="<p>x</p>", markdown="x")
    with pytest.raises(BocauError) as caught:
        made(engine, replace(CREATION, name="Hai"), CampaignChange(source=several))
    assert caught.value.code == "campaign-wrong"


def test_a_new_variant_says_what_the_first_one_says(engine: sa.Engine) -> None:
    changes = (
        VariantChange(name="B", source=SourceChange(subject="Khác")),
        VariantChange(name="C", sender="C <c@x.test>", source=SourceChange(html="<p>Chào</p>")),
    )
    renamed = CampaignChange(
        source=SourceChange(subject="Mới"), variants=(VariantChange(name="B", sender=" B <b@x.test> "),)
    )
    plan = made(engine, replace(CREATION, variants=changes), renamed)
    assert [(one.name, one.sender, one.source.subject) for one in plan.variants] == [
        ("A", "", "Mới"),
        ("B", "B <b@x.test>", "Khác"),
        ("C", "C <c@x.test>", "Tin"),
    ]
    assert plan.variants[2].source == Source(subject="Tin", html="<p>Chào</p>")
    assert plan.test == Trial()


def test_limits_are_merged_or_made_anew(engine: sa.Engine) -> None:
    creation = replace(CREATION, limits=LimitsChange(per_hour=5, per_domain={"Gmail.COM": 7}))
    window = LimitsChange(window=Window(5, 60))
    merged = made(engine, creation, CampaignChange(limits=window)).options.limits
    assert merged == Limits(per_hour=5, per_domain={"gmail.com": 7}, window=Window(5, 60))
    anew = CampaignChange(limits=replace(window, anew=True))
    assert made(engine, replace(creation, name="Hai"), anew).options.limits == Limits(window=Window(5, 60))
    none = CampaignChange(limits=LimitsChange(anew=True))
    assert made(engine, replace(creation, name="Ba"), none).options == Options()


def test_quiet_hours_without_a_zone_are_those_of_the_installation(engine: sa.Engine) -> None:
    clock.set_zone("Asia/Ho_Chi_Minh")
    try:
        plan = made(engine, replace(CREATION, limits=LimitsChange(quiet=QuietHours("21:00", "07:00"))))
    finally:
        clock.set_zone("UTC")
    assert plan.options.limits == Limits(quiet=QuietHours("21:00", "07:00", "Asia/Ho_Chi_Minh"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (CampaignChange(relay="nobody"), "relay-nameless"),
        (CampaignChange(target=NamedTarget(lists=("nobody",))), "list-unknown"),
        (CampaignChange(trial=TrialChange(share=20)), "campaign-wrong"),
        (CampaignChange(limits=LimitsChange(quiet=QuietHours("21:00", "21:00", "UTC"))), "campaign-wrong"),
        (CampaignChange(sender="nobody"), "address-wrong"),
        (CampaignChange(queue="vip"), "campaign-wrong"),
    ],
)
def test_what_cannot_be_meant_is_refused(engine: sa.Engine, change: CampaignChange, code: str) -> None:
    with pytest.raises(BocauError) as caught:
        made(engine, CREATION, change)
    assert caught.value.code == code


def test_a_request_shows_what_it_gives() -> None:
    assert "name=NOT_GIVEN" in repr(CampaignChange())
    assert requests.SourceChange(text="") != requests.SourceChange()
