"""What is shown of a campaign, and its JSON, whose keys stay."""

from dataclasses import replace

import orjson
import pytest
import sqlalchemy as sa

from bocau import audience, campaigns
from bocau.audience import Target, contacts, lists
from bocau.audience.requests import ContactCreation
from bocau.base.db import reading, transaction
from bocau.campaigns import Trial, Variant, draft, filed
from bocau.campaigns.requests import CampaignChange, NamedTarget
from bocau.campaigns.shapes import File, Progress
from bocau.campaigns.states import By
from bocau.campaigns.view import CampaignView, Divided, VariantView, results_view, view
from bocau.ledger.options import Limits, Options
from tests.campaigns.world import FROM, HOUR, INSTALLATION, NOW, a_list, expand, fill, letters, plan, send, started

NOTHING = Progress(total=0, open=0, deferred=0, seen=0, left_out={}, expanded=False)
KEYS = [
    "id",
    "name",
    "state",
    "from",
    "target",
    "file",
    "variants",
    "test",
    "winner",
    "decides_at",
    "options",
    "queue",
    "relay",
    "start_at",
    "local_time",
    "zone",
    "problem",
    "copy_of",
    "created_at",
    "launched_at",
    "finished_at",
    "progress",
]


def viewed(engine: sa.Engine, campaign_id: int) -> CampaignView:
    with reading(engine) as connection:
        return view(connection, campaign_id)


def test_a_draft_is_shown_with_names_in_place_of_ids(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one, gone = a_list(connection, "Một"), a_list(connection, "Hai")
        wanted = plan(
            Target(lists=(one, gone), not_lists=(one,), tags=("vip",)),
            variants=(*letters("Một"), replace(letters("Hai")[0], name="B", sender="B <b@x.test>")),
            test=Trial(20, By.clicks, HOUR),
            options=Options(limits=Limits(per_hour=5)),
            relay=-1,
        )
        campaign_id = draft.add(connection, wanted, NOW)
        lists.delete(connection, gone)
        filed.begin_file(connection, campaign_id, File("khach.csv", "abc", {}, ("email",)))
    found = viewed(engine, campaign_id)
    assert found.target == NamedTarget(lists=("Một", str(gone)), not_lists=("Một",), tags=("vip",))
    assert found.variants == (
        VariantView("A", "Một", FROM, None, None),
        VariantView("B", "Hai", "B <b@x.test>", None, None),
    )
    assert (found.relay, found.state.name, found.winner, found.progress) == ("sandbox", "draft", None, NOTHING)
    told = found.as_dict()
    assert list(told) == KEYS
    assert told["test"] == {"share": 20, "by": "clicks", "wait_seconds": 3600}
    assert told["options"] == {"limits": {"per_hour": 5}}
    assert told["file"] == "khach.csv"
    assert told["created_at"] == "2026-09-21T14:13:20.000+00:00"
    assert orjson.loads(orjson.dumps(told)) == told


def test_what_a_program_sees_of_people_can_be_asked_for_again(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        campaign_id = draft.add(connection, plan(Target(lists=(one,), not_segments=("Huế",))), NOW)
        again = CampaignChange(target=view(connection, campaign_id).target)
        campaigns.change(connection, campaign_id, again, NOW)
        assert campaigns.show(connection, campaign_id).plan.target == Target(lists=(one,), not_segments=("Huế",))


def test_local_time_stands_instead_of_a_moment(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        campaign_id = draft.add(connection, plan(), NOW)
        campaigns.schedule(connection, campaign_id, 0, NOW, INSTALLATION, wall="2031-12-01T08:00", zone="UTC")
    told = viewed(engine, campaign_id).as_dict()
    assert (told["state"], told["start_at"], told["local_time"]) == ("scheduled", None, "2031-12-01T08:00")


def test_why_it_stopped_is_said_in_words(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        campaign_id = draft.add(connection, plan(Target(lists=(one,))), NOW)
        campaigns.schedule(connection, campaign_id, NOW + HOUR, NOW, INSTALLATION)
        audience.lists.delete(connection, one)
        campaigns.start_due(connection, NOW + HOUR, INSTALLATION)
    found = viewed(engine, campaign_id)
    assert found.problem is not None
    assert f"Campaign {campaign_id} cannot be sent as it is" in found.problem


def test_results_are_shown_by_variant_and_divided(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 3)
        contacts.add(connection, ContactCreation(address="khong@x.test"), NOW)
        audience.suppress(connection, "khong@x.test", audience.Reason.manual, NOW)
    campaign_id = started(engine, plan(variants=(Variant("A", letters("Một")[0].source),)))
    expand(engine, campaign_id)
    send(engine)
    with reading(engine) as connection:
        found = results_view(connection, campaign_id, "link")
        alone = results_view(connection, campaign_id)
    (only,) = found.variants
    assert (only.name, only.counts["sent"], found.progress.left_out) == ("A", len(people), {"manual": 1})
    assert found.progress == Progress(3, 0, 0, 4, {"manual": 1}, expanded=True)
    assert list(found.as_dict()) == ["id", "variants", *NOTHING.as_dict(), "link"]
    assert list(alone.as_dict()) == ["id", "variants", *NOTHING.as_dict()]
    line = replace(found, by="domain", divided=(Divided("x.test", "x.test", {"sent": 3}),)).as_dict()
    assert line["domain"] == [{"key": "x.test", "name": "x.test", "sent": 3}]


def test_who_is_unknown_is_said(engine: sa.Engine) -> None:
    with reading(engine) as connection, pytest.raises(campaigns.CampaignUnknownError):
        view(connection, 4711)
