"""Segments and lists that campaigns still need."""

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Target, segments
from bocau.base.db import transaction
from bocau.campaigns import uses
from tests.campaigns.world import AROUND, NOW, a_list, fill, plan

RULE = "name is not empty"


def test_segment_of_a_draft_is_kept_until_nobody_needs_it(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        segments.save(session, "Khách", RULE, NOW)
        segments.save(session, "Khác", RULE, NOW)
        number = campaigns.create(session, plan(Target(everyone=True, not_segments=(" Khách",))), NOW)
        with pytest.raises(uses.StillUsedError, match="campaign “Bản tin”"):
            uses.refuse_used_segment(session, "Khách")
        uses.refuse_used_segment(session, "Khác")
        campaigns.change(session, number, plan(), NOW)
        uses.refuse_used_segment(session, "Khách")


def test_segment_of_a_launched_campaign_may_go(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        fill(session, 2)
        segments.save(session, "Khách", RULE, NOW)
        number = campaigns.create(session, plan(Target(segments=("Khách",))), NOW)
        campaigns.schedule(session, number, NOW + 1000, NOW, AROUND)
        with pytest.raises(uses.StillUsedError):
            uses.refuse_used_segment(session, "Khách")
        campaigns.launch(session, number, NOW, AROUND)
        uses.refuse_used_segment(session, "Khách")


def test_list_is_kept_as_long_as_its_campaign_runs(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        number = a_list(session, "VIP")
        other = a_list(session, "Khác")
        fill(session, 2, on=number)
        mine = campaigns.create(session, plan(Target(lists=(number,))), NOW)
        campaigns.launch(session, mine, NOW, AROUND)
        with pytest.raises(uses.StillUsedError, match="campaign “Bản tin”"):
            uses.refuse_used_list(session, number, "VIP")
        uses.refuse_used_list(session, other, "Khác")
        campaigns.cancel(session, mine, NOW)
        uses.refuse_used_list(session, number, "VIP")


@pytest.mark.parametrize("named", ["VIP", "number"])
def test_list_is_kept_as_long_as_a_segment_asks_for_it(engine: sa.Engine, named: str) -> None:
    with transaction(engine) as session:
        number = a_list(session, "VIP")
        told = "VIP" if named == "VIP" else str(number)
        segments.save(session, "Quý", f'name = "An" or not (in_list("{told}") and name = "B")', NOW)
        for refuse in (uses.refuse_used_list, uses.refuse_renaming_list):
            with pytest.raises(uses.StillUsedError, match="segment “Quý”"):
                refuse(session, number, "VIP")
        segments.remove(session, "Quý")
        uses.refuse_used_list(session, number, "VIP")
        uses.refuse_renaming_list(session, number, "VIP")
