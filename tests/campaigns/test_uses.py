"""Segments and lists that campaigns still need."""

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Target, segments
from bocau.base.db import transaction
from bocau.campaigns import draft, uses
from tests.campaigns.world import INSTALLATION, NOW, a_list, fill, plan

RULE = "name is not empty"


def test_segment_of_a_draft_is_kept_until_nobody_needs_it(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        segments.save(connection, "Khách", RULE, NOW)
        segments.save(connection, "Khác", RULE, NOW)
        number = draft.add(connection, plan(Target(everyone=True, not_segments=(" Khách",))), NOW)
        with pytest.raises(uses.StillUsedError, match="campaign “Bản tin”"):
            uses.refuse_used_segment(connection, "Khách")
        uses.refuse_used_segment(connection, "Khác")
        draft.put(connection, number, plan(), NOW)
        uses.refuse_used_segment(connection, "Khách")


def test_segment_of_a_launched_campaign_may_go(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 2)
        segments.save(connection, "Khách", RULE, NOW)
        number = draft.add(connection, plan(Target(segments=("Khách",))), NOW)
        campaigns.schedule(connection, number, NOW + 1000, NOW, INSTALLATION)
        with pytest.raises(uses.StillUsedError):
            uses.refuse_used_segment(connection, "Khách")
        campaigns.launch(connection, number, NOW, INSTALLATION)
        uses.refuse_used_segment(connection, "Khách")


def test_list_is_kept_as_long_as_its_campaign_runs(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        other = a_list(connection, "Khác")
        fill(connection, 2, on=number)
        mine = draft.add(connection, plan(Target(lists=(number,))), NOW)
        campaigns.launch(connection, mine, NOW, INSTALLATION)
        with pytest.raises(uses.StillUsedError, match="campaign “Bản tin”"):
            uses.refuse_used_list(connection, number, "VIP")
        uses.refuse_used_list(connection, other, "Khác")
        campaigns.cancel(connection, mine, NOW)
        uses.refuse_used_list(connection, number, "VIP")


@pytest.mark.parametrize("named", ["VIP", "number"])
def test_list_is_kept_as_long_as_a_segment_asks_for_it(engine: sa.Engine, named: str) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        told = "VIP" if named == "VIP" else str(number)
        segments.save(connection, "Quý", f'name = "An" or not (in_list("{told}") and name = "B")', NOW)
        for refuse in (uses.refuse_used_list, uses.refuse_renaming_list):
            with pytest.raises(uses.StillUsedError, match="segment “Quý”"):
                refuse(connection, number, "VIP")
        segments.remove(connection, "Quý")
        uses.refuse_used_list(connection, number, "VIP")
        uses.refuse_renaming_list(connection, number, "VIP")
