"""What is renamed is followed by everything that names it, in one transaction."""

import pytest
import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Kind, Target, attributes, contacts, lists, segments
from bocau.audience.attributes import AttributeTakenError
from bocau.audience.requests import (
    AttributeChange,
    AttributeCreation,
    ContactCreation,
    ListChange,
    SegmentChange,
    SegmentCreation,
)
from bocau.audience.segments import Renaming, SegmentTooLongError, renamed
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import Variant, draft
from bocau.campaigns.errors import CampaignWrongError
from bocau.campaigns.requests import CampaignChange
from bocau.campaigns.shapes import File
from bocau.flows import renaming
from bocau.flows.renaming import BeingMadeError, Followed
from tests.campaigns.world import (
    INSTALLATION,
    NOW,
    a_list,
    everybody,
    expand,
    fill,
    finish,
    plan,
    send,
    source,
    started,
)
from tests.flows.contents import contents

RENAMED = {
    'tinh = "Huế"': 'tinh_thanh = "Huế"',
    'TINH="tinh" or name = "tinh"': 'tinh_thanh="tinh" or name = "tinh"',
    'not (tinh in ("tinh", "a")) and\n  tagged("tinh")': 'not (tinh_thanh in ("tinh", "a")) and\n  tagged("tinh")',
    'in_list("tinh") and opened("tinh") and tinh is empty': 'in_list("tinh") and opened("tinh") and tinh_thanh is empty',
    'name = "\\"tinh = " and tinh starts with "tinh"': 'name = "\\"tinh = " and tinh_thanh starts with "tinh"',
}
ARGUMENTS = {
    """in_list("VIP") and not in_list('VIP') or tagged("VIP")""": 'in_list("Khách \\"quý\\"") and not in_list("Khách '
    '\\"quý\\"") or tagged("VIP")',
    'name = "VIP" or in_list(“ VIP ”)': 'name = "VIP" or in_list("Khách \\"quý\\"")',
}


def known(connection: Connection) -> tuple[attributes.Attribute, ...]:
    attributes.define(connection, AttributeCreation(name="tinh", kind=Kind.text, label="tinh"), NOW)
    return tuple(attributes.every(connection))


def ruled(connection: Connection, name: str, rule: str) -> None:
    segments.save(connection, SegmentCreation(name=name, rule=rule), NOW, history=campaigns.history(connection))


def rule_of(engine: sa.Engine, name: str) -> str:
    with reading(engine) as connection:
        return segments.find(connection, name).rule


def to_thanh(connection: Connection) -> Followed:
    return renaming.change_attribute(connection, "tinh", AttributeChange(name="tinh_thanh"))[1]


def written(text: str, name: str = "A") -> Variant:
    return Variant(name, source(text))


def text_of(engine: sa.Engine, number: int) -> list[str]:
    with reading(engine) as connection:
        return [one.source.text.splitlines()[0] for one in campaigns.show(connection, number).plan.variants]


@pytest.mark.parametrize("rule", RENAMED)
def test_only_an_attribute_of_a_rule_is_renamed(engine: sa.Engine, rule: str) -> None:
    with transaction(engine) as connection:
        assert renamed(rule, known(connection), Renaming("attribute", "tinh", "tinh_thanh")) == RENAMED[rule]


@pytest.mark.parametrize("rule", ARGUMENTS)
def test_only_a_list_of_a_rule_is_renamed(rule: str) -> None:
    assert renamed(rule, (), Renaming("list", "VIP", 'Khách "quý"')) == ARGUMENTS[rule]


def test_a_scheduled_campaign_goes_out_after_its_segments_attribute_was_renamed(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        for address, place in (("an@x.test", "Huế"), ("ba@x.test", "Hà Nội")):
            contacts.add(connection, ContactCreation(address=address, values={"tinh": place}), NOW)
        ruled(connection, "Huế", 'tinh = "Huế"')
        variants = (written("Ở {{ tinh }}"), written("{# tinh #}Tại {{ row['tinh'] }}", "B"))
        number = draft.add(connection, plan(Target(segments=("Huế",)), variants=variants), NOW)
        campaigns.schedule(connection, number, NOW + 1000, NOW, INSTALLATION)
    with transaction(engine) as connection:
        assert to_thanh(connection) == Followed(("Huế",), ("Bản tin",), ())
    assert rule_of(engine, "Huế") == 'tinh_thanh = "Huế"'
    assert text_of(engine, number) == ["Ở {{ tinh_thanh }}", "{# tinh #}Tại {{ row['tinh'] }}"]
    with transaction(engine) as connection:
        assert campaigns.start_due(connection, NOW + 2000, INSTALLATION) == [number]
    expand(engine, number, NOW + 2000)
    assert everybody(engine, number) == ["an@x.test"]


def test_a_template_that_cannot_follow_is_told(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        draft.add(connection, plan(name="Một", variants=(written("{{ tinh }} {{ tinh_thanh | default('') }}"),)), NOW)
        number = draft.add(connection, plan(name="Hai", variants=(written("{{ tinh }}"),)), NOW)
        draft.add(connection, plan(name="Ba", variants=(written("tinh"),)), NOW)
        assert to_thanh(connection) == Followed((), ("Hai",), ("Một",))
    assert text_of(engine, number) == ["{{ tinh_thanh }}"]


def test_a_column_of_a_campaigns_own_file_is_no_attribute(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        mine = draft.add(connection, plan(Target(), name="Tệp", variants=(written("{{ tinh }}"),)), NOW)
        both = draft.add(connection, plan(name="Cả hai", variants=(written("{{ tinh }}"),)), NOW)
        for number in (mine, both):
            campaigns.filed.begin_file(connection, number, File("a.csv", "x", {"tinh": "tinh"}, ("tinh",)))
        assert to_thanh(connection) == Followed((), (), ("Cả hai",))
    assert text_of(engine, mine) == text_of(engine, both) == ["{{ tinh }}"]


def test_nothing_is_renamed_while_mails_that_show_it_are_made(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        fill(connection, 3)
    number = started(engine, plan(variants=(written("{{ tinh | default('') }}"),)))
    before = contents(engine)
    with pytest.raises(BeingMadeError, match="Bản tin"), transaction(engine) as connection:
        to_thanh(connection)
    assert contents(engine) == before
    expand(engine, number)
    with transaction(engine) as connection:
        assert to_thanh(connection).by_hand == ()
    send(engine)
    assert finish(engine) == [number]
    with pytest.raises(CampaignWrongError, match="tinh"), transaction(engine) as connection:
        campaigns.send_rest(connection, number, NOW)
    with transaction(engine) as connection:
        campaigns.launch(connection, campaigns.copy(connection, number, NOW), NOW, INSTALLATION)


def test_rules_of_a_campaign_under_way_follow(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        for at in range(3):
            contacts.add(connection, ContactCreation(address=f"p{at}@x.test", values={"tinh": "Huế"}), NOW)
        ruled(connection, "Huế", 'tinh = "Huế"')
    number = started(engine, plan(Target(segments=("Huế",))))
    with transaction(engine) as connection:
        campaigns.expand_slice(connection, number, NOW, 1)
        to_thanh(connection)
    expand(engine, number)
    assert everybody(engine, number) == ["p0@x.test", "p1@x.test", "p2@x.test"]


def test_a_name_that_is_taken_or_makes_a_rule_too_long_changes_nothing(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        known(connection)
        attributes.define(connection, AttributeCreation(name="tinh_thanh", kind=Kind.text), NOW)
        ruled(connection, "Ngắn", "tinh is empty")
        rule = 'tinh = "' + "x" * 490 + '"'
        ruled(connection, "Dài", " or ".join([rule] * 19) + " " * 2 + f'or name = "{"y" * 300}"')
    before = contents(engine)
    with pytest.raises(AttributeTakenError), transaction(engine) as connection:
        to_thanh(connection)
    with pytest.raises(SegmentTooLongError, match="Dài"), transaction(engine) as connection:
        renaming.change_attribute(connection, "tinh", AttributeChange(name="t" * 60))
    assert contents(engine) == before


def test_a_list_is_followed_by_rules_and_by_nothing_else(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = a_list(connection, "VIP")
        draft.add(connection, plan(Target(lists=(number,))), NOW)
        ruled(connection, "Quý", 'name = "VIP" or in_list("VIP")')
        ruled(connection, "Theo số", f'in_list("{number}")')
        changed, followed = renaming.change_list(connection, "VIP", ListChange(name="Khách quý"))
        assert (changed.name, followed) == ("Khách quý", Followed(("Quý",)))
        assert renaming.change_list(connection, "Khách quý", ListChange(label="Nhãn"))[1] == Followed()
        a_list(connection, "Khác")
    assert rule_of(engine, "Quý") == 'name = "VIP" or in_list("Khách quý")'
    assert rule_of(engine, "Theo số") == f'in_list("{number}")'
    with pytest.raises(lists.ListTakenError), transaction(engine) as connection:
        renaming.change_list(connection, "Khách quý", ListChange(name="Khác"))


def test_targets_follow_their_segment(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        ruled(connection, "Khách", "name is not empty")
        number = draft.add(connection, plan(Target(everyone=True, not_segments=(" Khách", "Khác"))), NOW)
        changed, followed = renaming.change_segment(connection, "Khách", SegmentChange(name="Quý"), NOW)
        assert (changed.name, followed) == ("Quý", Followed(campaigns=("Bản tin",)))
        assert campaigns.show(connection, number).plan.target.not_segments == ("Quý", "Khác")


def test_rules_follow_the_campaign_they_ask_about(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(), NOW)
        ruled(connection, "Đã mở", 'opened("Bản tin") and name = "Bản tin"')
        assert renaming.change_campaign(connection, number, CampaignChange(name="Tin 1"), NOW) == Followed(("Đã mở",))
    assert rule_of(engine, "Đã mở") == 'opened("Tin 1") and name = "Bản tin"'
