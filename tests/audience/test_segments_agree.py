"""The SQL of a rule and its plain evaluation say the same about every contact, on every database."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocau.audience import attributes, lists, places, segments
from bocau.audience.requests import AttributeCreation, ListCreation
from bocau.audience.segments.tokens import quoted
from bocau.audience.shapes import CampaignUnknown, History
from bocau.audience.states import Kind, Status, Subscribed
from bocau.audience.tables import contact, contact_pages, contact_tag, subscription, tag
from bocau.audience.values import Attribute, clean, to_slot
from bocau.base.db import Connection, transaction
from tests.audience.people import DAY, HOSTILE, NOW
from tests.audience.test_places import take_slots

CHOICES = ("Vàng", "Bạc", "100%")
CAMPAIGNS = ("Bản tin 10", "x' OR '1'='1")
LIST_NAMES = ("VIP", "a\"b\\'--")
SEPARATED = "\x1f"
letters = st.text(alphabet="aAđĐếẾbBıİſsßǅK%_*?[]\\'\"^$.-|(){}+ \n\t#&~/0" + SEPARATED, min_size=1, max_size=4)
texts = st.one_of(
    letters, st.sampled_from(HOSTILE), st.sampled_from(("Huế", "HUẾ", "Hà Nội", "hà nội")), st.text(max_size=6)
)
numbers = st.one_of(st.integers(-3, 3), st.sampled_from((1_000_000, -0.5, 0.1, 2.0**53, 1e15)))
days = st.one_of(
    st.integers(-3, 3).map(lambda n: NOW // DAY + n),
    st.integers(-25_000, 20_000),
    st.sampled_from((-5_784, 59, 11_016)),
)
domains = ("gmail.com", "cong-ty.test", "mail.gmail.com")
FAKE = Attribute("", "", Kind.date, (), "")


def iso(day: int) -> str:
    from bocau.audience.values import from_slot

    return str(from_slot(FAKE, day))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    some = st.none()
    return {
        "local": draw(st.sampled_from(("an", "ngọc", "b.c+d", "o'x"))),
        "domain": draw(st.sampled_from(domains)),
        "name": clean(draw(st.one_of(st.just(""), texts))),
        "language": draw(st.sampled_from(("", "vi", "en"))),
        "zone": draw(st.sampled_from(("", "Asia/Ho_Chi_Minh"))),
        "status": draw(st.sampled_from(list(Status))).value,
        "created_at": NOW + draw(st.integers(-40 * DAY, DAY)),
        "lists": {name: draw(st.sampled_from((None, *Subscribed))) for name in LIST_NAMES},
        "tagged": draw(st.booleans()),
        "city": draw(st.one_of(some, texts)),
        "tier": draw(st.one_of(some, st.sampled_from(CHOICES))),
        "amount": draw(st.one_of(some, numbers)),
        "vip": draw(st.one_of(some, st.booleans())),
        "born": draw(st.one_of(some, days.map(iso))),
        "words": draw(st.one_of(some, st.lists(texts, max_size=3))),
    }


def literal(text: str) -> bool:
    return bool(clean(text))


quotes = texts.filter(literal).map(quoted)
signs = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
parts = st.sampled_from(("contains", "starts with", "ends with"))
equals = st.sampled_from(("=", "!="))


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(lambda found: f"({', '.join(found)})")


within = st.builds(
    "{} {} {}".format, st.sampled_from(("within", "within next")), st.sampled_from((0, 1, 2, 3, 60)), st.just("days")
)
dates = st.one_of(days.map(iso), days.map(lambda day: f'"{iso(day)}"'))
pieces = st.sampled_from(("Gmail", "an", ".", "M", "'")).map(quoted)
conditions = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(("city", "name")), st.one_of(equals, parts), quotes),
    st.builds("{} {} {}".format, st.just("city"), st.sampled_from(("in", "not in")), several(quotes)),
    st.builds("tier {} {}".format, equals, st.sampled_from(CHOICES).map(quoted)),
    st.builds("tier {} {}".format, parts, letters.filter(literal).map(quoted)),
    st.builds("words {} {}".format, st.sampled_from(("has", "contains")), quotes),
    st.builds("amount {} {}".format, signs, numbers.map(lambda n: f"{n:.1f}")),
    st.builds("amount {} {}".format, st.sampled_from(("in", "not in")), several(numbers.map(lambda n: f"{n:.1f}"))),
    st.sampled_from(("vip", "vip = true", "vip != true", "vip = false")),
    st.builds("born {} {}".format, st.one_of(signs, st.sampled_from(("before", "after"))), dates),
    st.builds("born {}".format, within),
    st.builds("born anniversary within {} days".format, st.integers(0, 31)),
    st.builds("joined {} {}".format, signs, dates),
    st.builds("joined within {} days".format, st.integers(0, 45)),
    st.builds(
        "{} is {}".format,
        st.sampled_from(("city", "tier", "amount", "vip", "born", "words", "name", "language")),
        st.sampled_from(("empty", "not empty")),
    ),
    st.builds("domain {} {}".format, equals, st.sampled_from(domains).map(quoted)),
    st.builds("{} {} {}".format, st.sampled_from(("domain", "email")), parts, pieces),
    st.builds("status {} {}".format, equals, st.sampled_from([one.name for one in Status]).map(quoted)),
    st.builds("language {} {}".format, equals, st.sampled_from(("vi", "en")).map(quoted)),
    st.builds("in_list({})".format, st.sampled_from(LIST_NAMES).map(quoted)),
    st.just('tagged("x")'),
    st.builds("{}({})".format, st.sampled_from(("opened", "clicked")), st.sampled_from(CAMPAIGNS).map(quoted)),
)
rules = st.recursive(
    conditions,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or not ({})".format, inner, inner),
    ),
    max_leaves=5,
)


def history() -> History:
    """Opened: who speaks Vietnamese; clicked: who has a zone. One campaign, whose name is hostile, by nobody."""
    other = contact.alias()

    def did(column: sa.ColumnElement[str], value: str) -> Any:
        def ask(name: str) -> Any:
            if name not in CAMPAIGNS:
                raise CampaignUnknown(name)
            return sa.select(other.c.recipient).where(column == value if name == CAMPAIGNS[0] else sa.false())

        return ask

    return {"opened": did(other.c.language, "vi"), "clicked": did(other.c.zone, "Asia/Ho_Chi_Minh")}


KINDS = {
    "city": Kind.text,
    "tier": Kind.choice,
    "amount": Kind.number,
    "vip": Kind.boolean,
    "born": Kind.date,
    "words": Kind.list,
}


@pytest.fixture(params=[False, True], ids=["first", "pages"])
def paged(request: pytest.FixtureRequest, engine: sa.Engine) -> bool:
    """Whether the attributes have their slots on pages; of texts the first on one, the others on the next."""
    if request.param:
        with transaction(engine) as connection:
            for kind, count in ((Kind.text, 24 + 15), (Kind.number, 16 + 15), (Kind.date, 8 + 16)):
                take_slots(connection, kind, count)
    return bool(request.param)


def prepare(connection: Connection) -> None:
    for name, kind in KINDS.items():
        attributes.define(
            connection, AttributeCreation(name=name, kind=kind, choices=CHOICES if kind == Kind.choice else ()), NOW
        )
    for name in LIST_NAMES:
        lists.create(connection, ListCreation(name=name), NOW)
    connection.execute(sa.insert(tag).values(id=1, name="x", created_at=NOW))


def fill(connection: Connection, people: list[dict[str, Any]]) -> dict[int, segments.Facts]:
    """Replace all contacts; what is known of each by id."""
    for table in (contact, subscription, contact_tag, *contact_pages):
        connection.execute(sa.delete(table))
    known = [one for one in attributes.every(connection) if one.name in KINDS]
    pages: dict[int, dict[str, Any]] = {}
    numbers = {one.name: one.id for one in lists.every(connection)}
    found: dict[int, segments.Facts] = {}
    lines: dict[sa.Table, list[dict[str, Any]]] = {contact: [], subscription: [], contact_tag: []}
    for number, person in enumerate(people, 1):
        own = {name: person[name] for name in ("name", "language", "zone", "status", "created_at")}
        own["recipient"] = f"{person['local']}{number}@{person['domain']}"
        slots = {one.name: to_slot(one, person[one.name]) for one in known}
        columns, away = places.split({one.slot: slots[one.name] for one in known})
        if any(value is not None for value in away.values()):
            pages[number] = away
        lines[contact].append({"id": number, "address": own["recipient"], "updated_at": NOW, **own, **columns})
        lines[subscription] += [
            {"list": numbers[name], "contact": number, "state": state.value, "at": NOW}
            for name, state in person["lists"].items()
            if state is not None
        ]
        lines[contact_tag] += [{"tag": 1, "contact": number, "at": NOW}] * person["tagged"]
        found[number] = segments.Facts(own, slots, calls(person))
    for table, some in lines.items():
        if some:
            connection.execute(sa.insert(table), some)
    places.write(connection, pages)
    return found


def calls(person: Mapping[str, Any]) -> dict[str, set[str]]:
    return {
        "in_list": {name for name, state in person["lists"].items() if state == Subscribed.subscribed},
        "tagged": {"x"} if person["tagged"] else set(),
        "opened": {CAMPAIGNS[0]} if person["language"] == "vi" else set(),
        "clicked": {CAMPAIGNS[0]} if person["zone"] else set(),
    }


def test_sql_agrees_with_the_plain_evaluation(engine: sa.Engine, paged: bool) -> None:
    with transaction(engine) as connection:
        prepare(connection)

    @settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(rows(), min_size=4, max_size=8), st.lists(rules, min_size=4, max_size=8))
    def agrees(people: list[dict[str, Any]], some: list[str]) -> None:
        with transaction(engine) as connection:
            facts = fill(connection, people)
            known = attributes.every(connection)
            asked: list[sa.ColumnElement[int]] = []
            for rule in some:
                for whole in (False, True):
                    where = segments.compile(connection, rule, history(), NOW, whole=whole)
                    asked += [sa.case((turned, 1), else_=0) for turned in (where, sa.not_(where))]
            trees = [segments.read(rule, known) for rule in some]
            for row in connection.execute(sa.select(contact.c.id, *asked)):
                for number, (rule, tree) in enumerate(zip(some, trees, strict=True)):
                    held = segments.holds(tree, facts[row[0]], NOW)
                    told = tuple(row[1 + 4 * number : 5 + 4 * number])
                    assert told == (held, not held, held, not held), (rule, facts[row[0]])

    agrees()


def test_hostile_texts_find_exactly_themselves(engine: sa.Engine, paged: bool) -> None:
    plain = {
        "local": "an",
        "domain": "mail.test",
        "language": "",
        "zone": "",
        "status": 0,
        "created_at": NOW,
        "lists": {},
        "tagged": False,
    }
    none = dict.fromkeys(("tier", "amount", "vip", "born"))
    cleaned = [clean(text) for text in HOSTILE]
    with transaction(engine) as connection:
        prepare(connection)
        fill(connection, [{**plain, **none, "name": one, "city": one, "words": [one]} for one in HOSTILE])
        for number, text in enumerate(HOSTILE, 1):
            for operator in ("city =", "name =", "words has"):
                chosen = segments.compile(connection, f"{operator} {quoted(text)}", {}, NOW)
                assert list(connection.execute(sa.select(contact.c.id).where(chosen)).scalars()) == [number], operator
            found = segments.compile(connection, f"city contains {quoted(cleaned[number - 1])}", {}, NOW)
            assert number in connection.execute(sa.select(contact.c.id).where(found)).scalars().all()
        assert connection.execute(sa.select(sa.func.count()).select_from(contact)).scalar() == len(HOSTILE)
