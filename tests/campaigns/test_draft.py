"""Drafts: made, changed, copied; what is frozen at the launch; files of people."""

from dataclasses import replace

import orjson
import pytest
import sqlalchemy as sa

from bocau import audience, campaigns, content, ledger
from bocau.audience import Target, attributes, contacts, subscriptions
from bocau.audience.requests import AttributeCreation, ContactChange, ContactCreation
from bocau.base.db import reading, transaction
from bocau.campaigns import Variant, draft, filed
from bocau.campaigns.errors import CampaignStepWrongError, CampaignWrongError
from bocau.campaigns.shapes import File
from bocau.ledger import NewMessage
from bocau.ledger.options import Limits, Options
from tests.campaigns.world import (
    FORM,
    HOUR,
    INSTALLATION,
    NOW,
    SANDBOX,
    SITE,
    a_list,
    everybody,
    expand,
    fill,
    finish,
    letters,
    messages,
    plan,
    send,
    source,
    started,
    state,
)


def test_a_plan_comes_back_as_it_was_given(engine: sa.Engine) -> None:
    given = plan(
        Target(tags=("vip",), not_segments=("xa",)),
        variants=letters("Một", "Hai"),
        options=Options(reply_to="b@x.test"),
        relay=-2,
    )
    with transaction(engine) as connection:
        number = draft.add(connection, given, NOW)
        found = campaigns.show(connection, number)
    stored = replace(found.plan, variants=tuple(replace(one, id=0) for one in found.plan.variants))
    assert stored == replace(given, test=campaigns.Trial())


def test_names_are_taken_once(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(), NOW)
    with transaction(engine) as connection, pytest.raises(campaigns.CampaignNameTakenError):
        draft.add(connection, plan(), NOW)
    with transaction(engine) as connection:
        draft.put(connection, number, plan(sender="C <c@x.test>"), NOW)
        assert campaigns.find(connection, "Bản tin") == campaigns.find(connection, str(number)) == number


def test_what_runs_is_not_changed_any_more(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 3)
    number = started(engine, plan())
    with transaction(engine) as connection, pytest.raises(CampaignStepWrongError):
        draft.put(connection, number, plan(), NOW)
    with transaction(engine) as connection, pytest.raises(CampaignStepWrongError):
        campaigns.launch(connection, number, NOW, INSTALLATION)


def test_content_and_options_are_frozen_at_the_launch(engine: sa.Engine) -> None:
    limits = {"per_hour": 100, "quiet": {"from": "21:00", "to": "07:00", "zone": "recipient"}}
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        attributes.define(connection, AttributeCreation(name="city", kind=audience.Kind.text, label="Thành phố"), NOW)
        people = fill(connection, 1, on=one)
        contacts.change(connection, people[0], ContactChange(zone="Asia/Tokyo", values={"city": "Huế"}), NOW)
    options = Options.from_dict({"limits": limits, "track": {"utm": {"source": "tin"}}})
    wanted = plan(
        Target(lists=(one,)), options=options, relay=SANDBOX.id, variants=(Variant("A", source("{{ city }}")),)
    )
    number = started(engine, wanted)
    expand(engine, number)
    with reading(engine) as connection:
        ((submission, name),) = campaigns.submissions(connection, number).items()
        row = ledger.show_submission(connection, submission)
        assert row is not None
        told = orjson.loads(row["options"])
        assert name == "A"
        assert content.load(connection, row["content"]).source == source("{{ city }}")
        message = ledger.show_message(connection, messages(connection, submission)[0]["id"])
    assert (row["stream"], row["queue"], row["key"].startswith(f"campaign:{number}:")) == ("bulk", "bulk", True)
    assert told == {
        "unsubscribe": "own",
        "track": {"mode": "person", "base": SITE, "utm": {"source": "tin"}},
        "lists": [one],
        "campaign": number,
        "relay": SANDBOX.id,
        "columns": {"Thành phố": "city"},
        "limits": {"key": f"campaign:{number}", **limits},
    }
    assert message is not None
    assert orjson.loads(message["data"]) == {"name": "p0000", "language": "", "zone": "Asia/Tokyo", "city": "Huế"}


def test_a_copy_is_a_draft_of_its_own(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 3)
    number = started(engine, plan(variants=letters("Một", "Hai")))
    with transaction(engine) as connection:
        second = campaigns.copy(connection, number, NOW)
        third = campaigns.copy(connection, second, NOW)
        named = campaigns.copy(connection, number, NOW, "Tháng ba")
        found = [campaigns.show(connection, one) for one in (second, third, named)]
    assert [one.plan.name for one in found] == ["Bản tin (2)", "Bản tin (3)", "Tháng ba"]
    assert {one.state.name for one in found} == {"draft"}
    assert [one.source.subject for one in found[0].plan.variants] == ["Một", "Hai"]
    with transaction(engine) as connection:
        campaigns.launch(connection, second, NOW, INSTALLATION)
    expand(engine, second)
    assert len(everybody(engine, second)) == 3


def test_a_scheduled_one_that_cannot_be_sent_any_more_is_a_draft_and_says_why(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        fill(connection, 3, on=one)
        number = draft.add(connection, plan(Target(lists=(one,))), NOW)
        campaigns.schedule(connection, number, NOW + HOUR, NOW, INSTALLATION)
        audience.lists.delete(connection, one)
    with transaction(engine) as connection:
        assert campaigns.start_due(connection, NOW + HOUR, INSTALLATION) == [number]
        found = campaigns.show(connection, number)
        assert campaigns.start_due(connection, NOW + HOUR, INSTALLATION) == []
        assert campaigns.submissions(connection, number) == {}
    assert found.state.name == "draft"
    assert found.problem is not None
    assert found.problem["code"] == "campaign-unready"


def file_rows(*names: str) -> list[NewMessage]:
    return [
        NewMessage(f"{name}@x.test", f"{name}@x.test", name, row, orjson.dumps({"name": name, "ma": row}).decode())
        for row, name in enumerate(names, 2)
    ]


FILE = File("khach.csv", "abc", {"Mã": "ma"}, ("email", "name", "ma"))


def test_people_of_a_file_and_of_lists_get_it_once_with_the_files_data(engine: sa.Engine) -> None:
    wanted = plan(Target(lists=(1,), not_tags=()), variants=(Variant("A", source("{{ name }}")),))
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        people = fill(connection, 4, on=one)
        vip = a_list(connection, "VIP")
        contacts.add(connection, ContactCreation(address="vip@x.test"), NOW)
        subscriptions.put_on(connection, vip, ["vip@x.test"], FORM, NOW)
        audience.suppress(connection, "khong@x.test", audience.Reason.manual, NOW)
        wanted = replace(wanted, target=Target(lists=(one,), not_lists=(vip,)))
        number = draft.add(connection, wanted, NOW)
        assert filed.begin_file(connection, number, FILE)
        filed.add_file_rows(connection, number, file_rows("p0001", "an"))
    with transaction(engine) as connection, pytest.raises(campaigns.CampaignUnreadyError, match="file"):
        campaigns.launch(connection, number, NOW, INSTALLATION)
    with transaction(engine) as connection:  # the same command again
        assert filed.begin_file(connection, number, FILE)
        assert filed.add_file_rows(connection, number, file_rows("p0001", "an", "vip", "khong")) == 2
        assert filed.end_file(connection, number) == 4
        assert not filed.begin_file(connection, number, FILE)
        counted = filed.count(connection, number, NOW)
    assert (counted.total, counted.mailable, counted.left_out) == (7, 5, {"left-out": 1, "manual": 1})
    with transaction(engine) as connection:
        campaigns.launch(connection, number, NOW, INSTALLATION)
    expand(engine, number, size=2)
    assert everybody(engine, number) == sorted([*people, "an@x.test"])
    with reading(engine) as connection:
        ((submission, _),) = campaigns.submissions(connection, number).items()
        rows = {row["address"]: row for row in messages(connection, submission)}
        shown = ledger.show_message(connection, rows["p0001@x.test"]["id"])
        assert campaigns.progress(connection, number).left_out == {"left-out": 1, "manual": 1}
    assert shown is not None
    assert orjson.loads(shown["data"])["ma"] == 2
    send(engine)
    assert finish(engine) == [number]


def test_a_file_may_be_all_there_is(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(Target(), variants=(Variant("A", source("{{ ma }}")),)), NOW)
        filed.begin_file(connection, number, FILE)
        filed.add_file_rows(connection, number, file_rows(*"abcdefg"))
        filed.end_file(connection, number)
        again = campaigns.copy(connection, number, NOW)
        campaigns.launch(connection, number, NOW, INSTALLATION)
        campaigns.launch(connection, again, NOW, INSTALLATION)
    for one in (number, again):
        expand(engine, one, size=3)
        assert len(everybody(engine, one)) == 7
    with transaction(engine) as connection:
        assert filed.forget(connection, "a@x.test") == 2
    assert state(engine, number) == "running"


@pytest.mark.parametrize(
    ("limits", "good"),
    [
        ({"per_hour": 1, "window": {"most": 5, "seconds": 60}, "per_domain": {"*": 5}}, True),
        (
            {
                "quiet": {"from": "21:00", "to": "07:00", "zone": "Asia/Ho_Chi_Minh"},
                "frequency": {"most": 2, "days": 7},
            },
            True,
        ),
        ({"per_hour": 0}, False),
        ({"per_hour": True}, False),
        ({"window": {"most": 5, "seconds": 0}}, False),
        ({"window": {"most": 5, "seconds": 10**18}}, False),
        ({"per_domain": {"gmail.com": "x"}}, False),
        ({"per_domain": {"bệnhviện.vn": 5, "*": 9}}, True),
        ({"per_domain": {"BỆNHVIỆN.vn": 5, "xn--bnhvin-ik8be.vn": 9}}, False),
        ({"per_domain": {"not a domain": 5}}, False),
        ({"quiet": {"from": "25:00", "to": "07:00", "zone": "recipient"}}, False),
        ({"quiet": {"from": "21:00", "to": "07:00", "zone": "Asia/Sai_Gon"}}, False),
        ({"quiet": {"from": "21:00", "to": "07:00"}}, False),
        ({"quiet": {"from": "21:00", "to": "07:00", "zone": "UTC", "default": "UTC"}}, False),
        ({"key": "campaign:1"}, False),
        ({"per_second": 5}, False),
    ],
)
def test_limits_that_could_not_be_kept_are_refused(engine: sa.Engine, limits: dict[str, object], good: bool) -> None:
    with transaction(engine) as connection:
        if good:
            draft.add(connection, plan(options=Options(limits=Limits.from_dict(limits))), NOW)
        else:
            with pytest.raises(CampaignWrongError):
                draft.add(connection, plan(options=Options(limits=Limits.from_dict(limits))), NOW)


@pytest.mark.parametrize(
    ("queue", "good"), [("bulk.eu", True), ("transactional", True), ("chores", False), ("vip", False), ("", False)]
)
def test_a_queue_that_no_worker_serves_is_refused(engine: sa.Engine, queue: str, good: bool) -> None:
    with transaction(engine) as connection:
        if good:
            draft.add(connection, replace(plan(), queue=queue), NOW)
        else:
            with pytest.raises(CampaignWrongError):
                draft.add(connection, replace(plan(), queue=queue), NOW)
