import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bocau.audience import CampaignUnknown, Status, Target, attributes, count_rule, count_target, lists, segments, tags
from bocau.audience.contacts import add
from bocau.audience.freezing import freeze
from bocau.audience.requests import AttributeCreation, ContactCreation, ListCreation, SegmentChange, SegmentCreation
from bocau.audience.segments import SegmentWrongError, holds, read
from bocau.audience.segments.days import anniversaries
from bocau.audience.segments.plain import Facts
from bocau.audience.segments.tokens import quoted, tokens
from bocau.audience.segments.tree import Call, Compare, Every, Not, Some
from bocau.audience.states import Kind
from bocau.audience.subscriptions import put_on
from bocau.audience.tables import contact
from bocau.audience.values import Attribute
from bocau.base import clock
from bocau.base.db import Connection, make_engine, reading, transaction
from tests.audience.people import DAY, FORM, HOSTILE, NOW

KNOWN = (
    Attribute("city", "Thành phố", Kind.text, (), "t01"),
    Attribute("tier", "Hạng", Kind.choice, ("Vàng", "Bạc"), "t02"),
    Attribute("words", "Từ", Kind.list, (), "t03"),
    Attribute("amount", "Số tiền", Kind.number, (), "n01"),
    Attribute("vip", "VIP", Kind.boolean, (), "n02"),
    Attribute("born", "Ngày sinh", Kind.date, (), "d01"),
)
PROMISED = (
    'city = "Huế" and amount > 1_000_000 and opened("Bản tin 10") and not in_list("VIP") and joined within 30 days'
)
OWN: dict[str, str | int] = {
    "recipient": "an@mail.test",
    "name": "",
    "language": "",
    "zone": "",
    "status": 0,
    "created_at": NOW,
}


def judged(rule: str, now: int = NOW, own: dict[str, str | int] | None = None, **slots: str | float) -> bool:
    return holds(read(rule, KNOWN), Facts(OWN | (own or {}), slots), now)


def wrong(rule: str) -> tuple[int, str]:
    """Where, counted from 0, and why."""
    with pytest.raises(SegmentWrongError) as caught:
        read(rule, KNOWN)
    return caught.value.place, str(caught.value.fields["reason"])


def test_the_promised_rule_is_read() -> None:
    tree = read(PROMISED, KNOWN)
    assert isinstance(tree, Every)
    city, amount, opened, not_in_list, joined = tree.parts
    assert isinstance(city, Compare) and (city.field.name, city.operator, city.values) == ("city", "=", ("Huế",))
    assert isinstance(amount, Compare) and (amount.operator, amount.values) == (">", (1_000_000.0,))
    assert opened == Call("opened", "Bản tin 10", PROMISED.index('"Bản'))
    assert not_in_list == Not(Call("in_list", "VIP", PROMISED.index('"VIP')))
    assert isinstance(joined, Compare) and (joined.operator, joined.values) == ("within", (30,))


def test_not_binds_closer_than_and_which_binds_closer_than_or() -> None:
    tree = read('vip or not vip and city = "a"', KNOWN)
    assert isinstance(tree, Some)
    second = tree.parts[1]
    assert isinstance(second, Every) and isinstance(second.parts[0], Not)
    assert isinstance(read('(vip or vip) and city = "a"', KNOWN), Every)


def test_writing_is_free_in_case_blanks_and_quotes() -> None:
    same = read('city = "a" and not vip', KNOWN)
    for rule in ("CITY='a' AND\n\tNOT vip", "city=“a”and not(vip)"):
        assert read(rule, KNOWN) == same


@pytest.mark.parametrize("text", [*HOSTILE, "\\", '"', '\\"', "a\\\\b", "'", "”", ") or (city"])
def test_a_quoted_text_is_one_text(text: str) -> None:
    assert [(one.kind, one.text) for one in tokens(quoted(text))] == [("text", text), ("end", "")]


@pytest.mark.parametrize(
    ("rule", "marked", "why"),
    [
        ("", "", "a condition is expected"),
        ("   ", "", "a condition is expected"),
        ('city "Huế"', '"Huế"', "city can be followed by =, !=, in"),
        ("city", "", "city can be followed by"),
        ('city > "a"', '> "a"', "city can be followed by"),
        ("amount contains 3", "contains", "amount can be followed by"),
        ('ctiy = "a"', "ctiy", "perhaps you mean city"),
        ('phố = "a"', "phố", "no attribute"),
        ('"a" = city', '"a"', "a condition is expected"),
        ("city = Huế", "Huế", "a text in quotes"),
        ('city = "Huế', '"Huế', "no closing quote"),
        ('city = ""', '""', "city is empty"),
        ("amount = '5'", "'5'", "a number is expected"),
        ("amount > 1.000", "1.000", "1_000 or 1.0000"),
        ("amount > 1.000.000", "1.000.000", "this is not a number"),
        ("amount > " + "9" * 41, "9" * 41, "this is not a number"),
        ("vip = 1", "1", "true or false"),
        ("vip = vip", "vip", "true or false"),
        ('tier = "Vang"', '"Vang"', "Vàng"),
        ('status = "dead"', '"dead"', "active"),
        ('born = "hôm qua"', '"hôm qua"', "a day like"),
        ("born = 2026-02-30", "2026-02-30", "no such day"),
        ("born within 30", "", "days"),
        ("born within x days", "x days", "a number of days"),
        ("born within 99999 days", "99999", "36500"),
        ("born anniversary within 60 days", "60", "31"),
        ("joined within next 3 days", "next", "a number of days"),
        ("joined is empty", "is", "joined can be followed by"),
        ('address = "an"', '"an"', "not an email address"),
        ('opened "a"', "opened", "there is no attribute"),
        ('openned("a")', "openned", "opened"),
        ("opened(5)", "5", "a name in quotes"),
        ('in_list("a"', "", "“)” is expected"),
        ('city in "a"', '"a"', "in brackets"),
        ('city in ("a" "b")', '"b"', "“,” or “)”"),
        ("city in ()", ")", "a text in quotes"),
        ("(vip", "", "“and”, “or” or “)”"),
        ("vip vip", "vip", "vip can be followed by"),
        ('city = "a" vip', "vip", "“and”, “or” or the end"),
        ('city = "a" )', ")", "“and”, “or” or the end"),
        ("vip and", "", "a condition is expected"),
        ("vip; drop table contact", "; drop", "means nothing"),
        ("vip -- x", "-- x", "means nothing"),
        ("city = %s", "%s", "means nothing"),
        ("city == 'a'", "= 'a'", "a text in quotes"),
    ],
)
def test_what_is_wrong_is_pointed_at(rule: str, marked: str, why: str) -> None:
    place, reason = wrong(rule)
    assert place == (rule.rindex(marked) if marked else len(rule))
    assert why in reason


def test_the_error_shows_the_line_and_a_caret() -> None:
    with pytest.raises(SegmentWrongError) as caught:
        read('vip and\n  ctiy = "a\x1b[31m"', KNOWN)
    assert str(caught.value).split("\n") == [
        "The rule is wrong at line 2, column 3:",
        '    ctiy = "a·[31m"',
        "    ^",
        "  there is no attribute of this name; perhaps you mean city.",
    ]
    long = "vip and " * 150
    with pytest.raises(SegmentWrongError) as caught:
        read(long + "x", KNOWN)
    assert max(len(line) for line in str(caught.value.fields["excerpt"]).split("\n")) < 120


@pytest.mark.parametrize(
    "rule",
    [
        "vip and " * 2_000 + "vip",
        " or ".join(["vip"] * 201),
        "(" * 21 + "vip" + ")" * 21,
        "not " * 5_000 + "vip",
        f"amount in ({', '.join(['1'] * 501)})",
        'city = "' + "a" * 501 + '"',
    ],
)
def test_a_rule_has_bounds(rule: str) -> None:
    assert wrong(rule)[1]


@pytest.mark.parametrize(
    "rule", [" or ".join(["vip"] * 200), "(" * 19 + "vip" + ")" * 19, f"amount in ({', '.join(map(str, range(500)))})"]
)
def test_the_longest_rules_are_counted(engine: sa.Engine, rule: str) -> None:
    with transaction(engine) as connection:
        for one in KNOWN:
            attributes.define(connection, AttributeCreation(name=one.name, kind=one.kind, choices=one.choices), NOW)
        add(connection, ContactCreation(address="a@mail.test", values={"vip": True, "amount": 499}), NOW)
        assert segments.how_many(connection, rule, None, NOW) == 1


def test_equal_is_exact_and_contains_passes_over_case() -> None:
    assert judged('city = "Huế"', city="Huế") and not judged('city = "huế"', city="Huế")
    assert judged('city contains "UẾ"', city="Huế") and judged('city starts with "đ"', city="Đà Nẵng")
    assert judged('city ends with "Ẵng"', city="Đà Nẵng") and not judged('city contains "hue"', city="Huế")
    assert judged('city = "Hue\u0302\u0301"', city="Huế")  # written with combining signs
    assert judged('city contains " N"', city="Đà Nẵng") and not judged('city contains " đ"', city="Đà Nẵng")
    assert judged('words has "a"', words="\x1fa\x1fb\x1f") and not judged('words has "A"', words="\x1fa\x1fb\x1f")
    assert judged('tier = "vàng"', tier="Vàng")  # a choice is recognised, as everywhere


def test_addresses_are_compared_as_people_spell_them() -> None:
    assert judged('email = " An@MAIL.test "') and judged('domain = "Mail.Test"') and judged('domain = "@mail.test"')
    assert judged('email contains "AN@"') and not judged('domain contains "an"')
    assert judged('domain in ("công-ty.test")', own={"recipient": "an@xn--cng-ty-ixa.test"})


def test_who_has_no_value_fits_no_comparison_and_every_not() -> None:
    for rule in (
        'city = "a"',
        'city != "a"',
        'city not in ("a")',
        'city contains "a"',
        "amount < 1",
        "vip",
        "vip = false",
    ):
        assert not judged(rule) and judged(f"not ({rule})")
    assert judged('city != "a"', city="b") and judged("city is empty") and judged("name is empty")
    assert judged("amount is not empty", amount=0.0) and judged("not vip", vip=0.0)


def test_days_are_whole_days() -> None:
    today = NOW // DAY
    assert judged("born within 0 days", born=today) and not judged("born within 1 day", born=today + 1)
    assert judged("born within next 1 week", born=today + 7) and not judged("born within next 7 days", born=today - 1)
    midnight = (NOW // DAY) * DAY
    assert judged('joined = "2026-09-21"', own={"created_at": midnight})
    assert judged('joined before "2026-09-21"', own={"created_at": midnight - 1})
    assert not judged('joined after "2026-09-21"', own={"created_at": midnight + DAY - 1})
    assert judged("joined within 1 day", own={"created_at": midnight - DAY})
    assert not judged("joined within 1 day", own={"created_at": midnight - DAY - 1})


@pytest.fixture
def in_hue() -> Iterator[None]:
    clock.set_zone("Asia/Ho_Chi_Minh")
    yield
    clock.set_zone("UTC")


def test_days_begin_at_midnight_where_the_installation_is(engine: sa.Engine, in_hue: None) -> None:
    """It is 06:30 on 2 December in Huế and still the first in UTC."""
    now = _ms(2026, 12, 1, 23, 30)
    dawn = _ms(2026, 12, 1, 17, 0)  # midnight in Huế
    day = dawn + 7 * 3_600_000
    assert judged("born within 0 days", now=now, born=day // DAY)
    assert not judged("born within 0 days", now=now, born=day // DAY - 1)
    with transaction(engine) as connection:
        for name, at in (("before", dawn - 1), ("at", dawn), ("after", dawn + 1)):
            add(connection, ContactCreation(address=f"{name}@x.test"), at)
    late, everybody = ["after@x.test", "at@x.test"], ["after@x.test", "at@x.test", "before@x.test"]
    rules = {
        "joined = 2026-12-02": late,
        "joined < 2026-12-02": ["before@x.test"],
        "joined within 0 days": late,
        "joined within 1 day": everybody,
        "joined after 2026-12-01": late,
        "joined before 0002-01-01": [],
        "joined <= 9999-12-31": everybody,
    }
    with reading(engine) as connection:
        for rule, wanted in rules.items():
            found = segments.sample(connection, rule, {}, now)
            assert sorted(one["address"] for one in found) == wanted, rule


def _ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc, arg-type]


def test_who_was_born_on_the_leap_day_has_a_birthday_every_year() -> None:
    leap = 11_016  # 2000-02-29
    last_of_february = {2026: 20_512, 2027: 20_877, 2028: 21_243}
    for day in last_of_february.values():
        assert leap in anniversaries(day, 0)
        assert judged("born anniversary within 0 days", now=day * DAY, born=leap)
    assert leap not in anniversaries(last_of_february[2028] - 1, 0)
    assert leap not in anniversaries(last_of_february[2026] + 1, 0)


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    """a and b from Huế, b is switched off; c from Hà Nội; a and c are on VIP; b is tagged."""
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text, label="Thành phố"), NOW)
        number = lists.create(connection, ListCreation(name="VIP"), NOW)
        for letter, city in (("a", "Huế"), ("b", "Huế"), ("c", "Hà Nội")):
            status = Status.inactive if letter == "b" else Status.active
            one = add(
                connection,
                ContactCreation(
                    address=f"{letter}@mail.test", name=letter.upper(), status=status, values={"city": city}
                ),
                NOW,
            )
            if letter == "b":
                tags.put(connection, "mới", [one], NOW)
        put_on(connection, number, ["a@mail.test", "c@mail.test"], FORM, NOW)
    return engine


def test_a_segment_is_saved_counted_and_sampled(filled: sa.Engine) -> None:
    with transaction(filled) as connection:
        made = segments.save(connection, SegmentCreation(name=" Huế ", rule=' city = "Huế" '), NOW)
        assert made == (made.id, "Huế", 'city = "Huế"', NOW, NOW)
        assert segments.find(connection, "Huế") == made and segments.every(connection) == [made]
        assert count_rule(connection, made.rule, None, NOW) == (2, 1, {"inactive": 1})
        assert segments.how_many(connection, made.rule, None, NOW) == 2
        assert segments.sample(connection, made.rule, None, NOW, 1) == [
            {"address": "a@mail.test", "name": "A", "attributes": {"city": "Huế"}}
        ]
        assert segments.sample(connection, 'name = "x"', None, NOW) == []
        with pytest.raises(segments.SegmentTakenError):
            segments.save(connection, SegmentCreation(name="Huế", rule='city = "Hà Nội"'), NOW)
        changed = segments.save(connection, SegmentCreation(name="Huế", rule='city = "Hà Nội"', replace=True), NOW + 1)
        assert changed == made._replace(rule='city = "Hà Nội"', updated_at=NOW + 1)
        assert segments.change(connection, "Huế", SegmentChange(name="Thủ đô"), NOW).name == "Thủ đô"
        segments.save(connection, SegmentCreation(name="Huế", rule='city = "Huế"'), NOW)
        with pytest.raises(segments.SegmentTakenError):
            segments.change(connection, "Huế", SegmentChange(name="Thủ đô"), NOW)
        segments.remove(connection, "Huế")
        for lost in (segments.find, segments.remove):
            with pytest.raises(segments.SegmentUnknownError):
                lost(connection, "Huế")
        for name in ("", " ", "a" * 101):
            with pytest.raises(segments.SegmentNameWrongError):
                segments.save(connection, SegmentCreation(name=name, rule='city = "Huế"'), NOW)


def test_lists_tags_and_campaigns_are_asked(filled: sa.Engine) -> None:
    def none(name: str) -> Any:
        raise CampaignUnknown(name)

    def those(name: str) -> Any:
        return sa.select(contact.c.recipient).where(contact.c.name == name).correlate(None)

    with transaction(filled) as connection:
        assert segments.how_many(connection, 'city = "Huế" and in_list("VIP")', None, NOW) == 1
        assert segments.how_many(connection, 'not tagged("mới")', None, NOW) == 2
        for rule, history, why in (
            ('in_list("vip")', {}, "there is no list “vip”"),
            ('in_list("VIPP")', {}, "perhaps you mean VIP"),
            ('tagged("moi")', {}, "there is no tag"),
            ('opened("x")', {}, "nothing is known of campaigns"),
            ('opened("x")', {"opened": none}, "there is no campaign “x”"),
        ):
            with pytest.raises(SegmentWrongError) as caught:
                segments.save(connection, SegmentCreation(name="s", rule=rule), NOW, history=history)
            assert why in str(caught.value) and caught.value.place == rule.index('"')
        assert segments.how_many(connection, 'opened("A") or in_list("VIP")', {"opened": those}, NOW) == 2


def test_targets_take_and_leave_out_segments(filled: sa.Engine) -> None:
    def total(connection: Connection, target: Target) -> int:
        return count_target(connection, target, None, NOW).total

    with transaction(filled) as connection:
        segments.save(connection, SegmentCreation(name="Huế", rule='city = "Huế"'), NOW)
        add(connection, ContactCreation(address="d@mail.test"), NOW)
        assert total(connection, Target(segments=("Huế",))) == 2
        assert total(connection, Target(everyone=True, not_segments=("Huế",))) == 2
        frozen = freeze(connection, Target(segments=("Huế",)))
        segments.save(connection, SegmentCreation(name="Huế", rule='city = "Đà Nẵng"', replace=True), NOW)
        assert total(connection, Target(segments=("Huế",))) == 0
        assert total(connection, Target.from_json(frozen.to_json())) == 2
        assert json.loads(frozen.to_json()) == {"rules": ['city = "Huế"']}


@pytest.mark.parametrize(
    ("rule", "roomy"),
    [
        ('in_list("VIP") and not in_list("Tin")', False),
        ("vip and amount > 5", False),
        ('in_list("VIP") or vip', True),
        ('vip and (amount > 5 or not in_list("VIP"))', True),
        ('not (vip and in_list("VIP"))', True),
    ],
)
def test_postgresql_gets_more_memory_where_it_must_look_up_and_only_there(
    postgresql_url: str, rule: str, roomy: bool
) -> None:
    made = make_engine(postgresql_url)
    with transaction(made) as connection:
        before = connection.exec_driver_sql("show work_mem").scalar()
        for name, kind in (("vip", Kind.boolean), ("amount", Kind.number)):
            attributes.define(connection, AttributeCreation(name=name, kind=kind), NOW)
        for name in ("VIP", "Tin"):
            lists.create(connection, ListCreation(name=name), NOW)
        for ask in (segments.how_many, count_rule):
            ask(connection, rule, None, NOW)
            assert (connection.exec_driver_sql("show work_mem").scalar() != before) is roomy
    made.dispose()
