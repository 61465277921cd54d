"""Segments and lists that campaigns and rules still need."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import campaigns, schedules
from bocau.audience import Kind, Target, attributes, lists, segments, subscriptions
from bocau.audience.requests import AttributeCreation, SegmentChange, SegmentCreation
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import Variant, draft
from bocau.flows import removing
from bocau.flows.removing import StillUsedError
from bocau.relays import stored
from bocau.relays.requests import RelayCreation
from tests.campaigns.world import FORM, INSTALLATION, NOW, a_list, expand, fill, plan, source
from tests.flows.contents import contents

RULE = "name is not empty"


def refused(engine: sa.Engine, match: str, verb: Callable[..., Any], *given: Any, **more: Any) -> None:
    """The verb is refused, and nothing was changed."""
    before = contents(engine)
    with pytest.raises(StillUsedError, match=match), transaction(engine) as connection:
        verb(connection, *given, **more)
    assert contents(engine) == before


def names(engine: sa.Engine) -> tuple[list[str], list[str]]:
    """Of all lists, and of all segments."""
    with reading(engine) as connection:
        return [one.name for one in lists.every(connection)], [one.name for one in segments.every(connection)]


def drafted(connection: Connection, target: Target) -> int:
    return draft.add(connection, plan(target), NOW)


def test_segment_of_a_draft_is_kept_until_nobody_needs_it(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        segments.save(connection, SegmentCreation(name="Khách", rule=RULE), NOW)
        segments.save(connection, SegmentCreation(name="Khác", rule=RULE), NOW)
        number = drafted(connection, Target(everyone=True, not_segments=(" Khách",)))
    for verb in (removing.remove_segment, removing.free_segment):
        refused(engine, "campaign “Bản tin”", verb, "Khách")
    with transaction(engine) as connection:
        assert removing.remove_segment(connection, "Khác").rule == RULE
        draft.put(connection, number, plan(), NOW)
        assert removing.free_segment(connection, "Khách").rule == RULE
        removing.remove_segment(connection, "Khách")
    assert names(engine) == ([], [])


def test_segment_of_a_launched_campaign_may_go(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 2)
        segments.save(connection, SegmentCreation(name="Khách", rule=RULE), NOW)
        number = drafted(connection, Target(segments=("Khách",)))
        campaigns.schedule(connection, number, NOW + 1000, NOW, INSTALLATION)
    refused(engine, "Bản tin", removing.remove_segment, "Khách")
    with transaction(engine) as connection:
        campaigns.launch(connection, number, NOW, INSTALLATION)
        removing.remove_segment(connection, "Khách")
    assert names(engine) == ([], [])


def test_list_is_kept_as_long_as_its_campaign_runs(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        other = a_list(connection, "Khác")
        fill(connection, 2, on=number)
        mine = drafted(connection, Target(lists=(number,)))
        campaigns.launch(connection, mine, NOW, INSTALLATION)
    refused(engine, "campaign “Bản tin”", removing.remove_list, number)
    refused(engine, "campaign “Bản tin”", removing.free_list, "VIP")
    with transaction(engine) as connection:
        assert removing.remove_list(connection, other) == removing.RemovedList("Khác", 0)
        campaigns.cancel(connection, mine, NOW)
        assert removing.free_list(connection, str(number)).name == "VIP"
        assert removing.remove_list(connection, number) == removing.RemovedList("VIP", 2)
    assert names(engine) == ([], [])


@pytest.mark.parametrize("named", ["VIP", "number"])
def test_list_is_kept_as_long_as_a_segment_asks_for_it(engine: sa.Engine, named: str) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        told = "VIP" if named == "VIP" else str(number)
        segments.save(
            connection, SegmentCreation(name="Quý", rule=f'name = "An" or not (in_list("{told}") and name = "B")'), NOW
        )
    refused(engine, "segment “Quý”", removing.remove_list, number)
    with transaction(engine) as connection:
        removing.remove_segment(connection, "Quý")
        removing.remove_list(connection, number)
    assert names(engine) == ([], [])


def test_attribute_is_kept_as_long_as_a_rule_or_a_mail_to_be_made_shows_it(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="tinh", kind=Kind.text, label="Tỉnh"), NOW)
        segments.save(connection, SegmentCreation(name="Huế", rule='name = "tinh" or tinh = "Huế"'), NOW)
        text = source("{{ tinh | default('') }}")
        number = draft.add(connection, plan(variants=(Variant("A", text),)), NOW)
    refused(engine, "campaign “Bản tin”, segment “Huế”", removing.remove_attribute, "tinh")
    with transaction(engine) as connection:
        segments.change(connection, "Huế", SegmentChange(rule='name = "tinh"'), NOW)
        draft.put(connection, number, plan(variants=(Variant("A", source("{{ row['Tỉnh'] | default('') }}")),)), NOW)
    refused(engine, "campaign “Bản tin”", removing.free_attribute, "Tỉnh")
    with transaction(engine) as connection:
        fill(connection, 2)
        draft.put(connection, number, plan(variants=(Variant("A", text),)), NOW)
        campaigns.launch(connection, number, NOW, INSTALLATION)
    refused(engine, "campaign “Bản tin”", removing.remove_attribute, "tinh")
    expand(engine, number)
    with transaction(engine) as connection:
        assert removing.remove_attribute(connection, "tinh") == 0


def test_relay_is_kept_as_long_as_a_campaign_is_sent_through_it_alone(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        stored.create_relay(connection, RelayCreation(name="chinh", host="smtp.congty.test"), b"k" * 32, NOW)
        number = draft.add(connection, plan(relay=stored.find(connection, "chinh")), NOW)
    refused(engine, "campaign “Bản tin”", removing.remove_relay, "chinh")
    with transaction(engine) as connection:
        draft.put(connection, number, plan(), NOW)
        removing.remove_relay(connection, "chinh")


def test_draft_is_kept_as_long_as_a_schedule_copies_it_or_a_segment_asks_who_got_it(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = drafted(connection, Target(everyone=True))
        daily = schedules.Rule(kind="cron", text="0 8 * * *", zone="UTC")
        made = schedules.Plan(name="Hằng ngày", does=schedules.Does.copy, rule=daily, campaign=number)
        schedule = schedules.create(connection, made, NOW)
        past = campaigns.history(connection)
        segments.save(connection, SegmentCreation(name="Đã mở", rule='opened("Bản tin")'), NOW, history=past)
    refused(engine, "schedule “Hằng ngày”, segment “Đã mở”", removing.remove_campaign, number)
    with transaction(engine) as connection:
        schedules.remove(connection, schedule)
        segments.remove(connection, "Đã mở")
        removing.remove_campaign(connection, number)


def test_what_is_gone_is_unknown_the_second_time(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        segments.save(connection, SegmentCreation(name="Khách", rule=RULE), NOW)
        removing.remove_list(connection, number)
        removing.remove_segment(connection, "Khách")
    with reading(engine) as connection:
        for verb, named in ((removing.free_list, "VIP"), (removing.remove_list, number)):
            with pytest.raises(lists.ListUnknownError):
                verb(connection, named)  # type: ignore[operator]
        with pytest.raises(segments.SegmentUnknownError):
            removing.remove_segment(connection, "Khách")


def test_what_members_agreed_to_outlives_their_list(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        (who,) = fill(connection, 1)
        subscriptions.put_on(connection, number, [who], FORM, NOW)
        removing.remove_list(connection, number)
    left = contents(engine)
    assert left["subscription"] == [] and len(left["contact"]) == 1
    assert any(number in row and "subscribed" in row for row in left["consent"])
