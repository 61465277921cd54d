"""Segments and lists that campaigns and rules still need."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Target, lists, segments, subscriptions
from bocau.audience.requests import ListChange, SegmentChange, SegmentCreation
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import draft
from bocau.flows import removing
from bocau.flows.removing import StillUsedError
from tests.campaigns.world import FORM, INSTALLATION, NOW, a_list, fill, plan
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
    for verb, given in (
        (removing.remove_segment, ()),
        (removing.change_segment, (SegmentChange(name="Quý"), NOW)),
        (removing.free_segment, ()),
    ):
        refused(engine, "campaign “Bản tin”", verb, "Khách", *given)
    with transaction(engine) as connection:
        assert removing.remove_segment(connection, "Khác").rule == RULE
        draft.put(connection, number, plan(), NOW)
        assert removing.change_segment(connection, "Khách", SegmentChange(name="Quý"), NOW).name == "Quý"
        assert removing.free_segment(connection, "Quý").rule == RULE
        removing.remove_segment(connection, "Quý")
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
    refused(engine, "segment “Quý”", removing.change_list, "VIP", ListChange(name="Khác", label="Khác"))
    with transaction(engine) as connection:
        assert removing.change_list(connection, "VIP", ListChange(label="Khách quý")).label == "Khách quý"
        removing.remove_segment(connection, "Quý")
        assert removing.change_list(connection, "VIP", ListChange(name="Khác")).name == "Khác"
        assert removing.change_list(connection, "Khác", ListChange()).id == number
        removing.remove_list(connection, number)
    assert names(engine) == ([], [])


def test_campaigns_do_not_mind_another_name_of_their_list(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        drafted(connection, Target(lists=(number,)))
        assert removing.change_list(connection, "VIP", ListChange(name="Khác")).id == number


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
