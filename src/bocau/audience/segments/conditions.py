"""A rule as a condition on ``contact``. Its values are bound; names are columns or ids that were looked up.

Every condition is true or false, never NULL, so that ``not`` turns it on every database: beside a comparison with a column
that may be NULL stands that it is not. ``plain`` says the same in Python.

What is asked of slots on a page becomes one subquery for each page and each ``and`` or ``or``. It looks up the contacts one
by one, as a slice of them wants it, or collects all it is true of, as a count of everybody wants it (``whole``).
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bocau.audience import attributes, lists, places, tags
from bocau.audience import tables as t
from bocau.audience.segments import letters
from bocau.audience.segments.days import DAY_SECONDS, anniversaries, midnight, today
from bocau.audience.segments.reading import read
from bocau.audience.segments.tree import Call, Compare, Every, Node, Not, Some, Value
from bocau.audience.segments.wrong import SegmentWrongError
from bocau.audience.shapes import CampaignUnknown, History
from bocau.audience.states import Subscribed
from bocau.audience.values import SEPARATOR
from bocau.base.db import Connection
from bocau.base.db.domains import domain_of
from bocau.base.words import N_, Phrase

Condition = sa.ColumnElement[bool]
OWN = {"address": "recipient", "name": "name", "language": "language", "zone": "zone", "status": "status"}


class _Asked(NamedTuple):
    connection: Connection
    rule: str
    history: History
    now: int
    whole: bool

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name


def compile(  # noqa: A001 - as in: compile a rule
    connection: Connection, rule: str, history: History | None, now: int, *, whole: bool = False
) -> Condition:
    """The condition, true or false for each row of ``contact``. ``now`` in ms. ``whole``: it is asked of everybody at once.
    Raises SegmentWrongError, also for names of lists, tags and campaigns that there are not."""
    tree = read(rule, attributes.every(connection))
    return _condition(_Asked(connection, rule, history or {}, now, whole), tree)


def _condition(asked: _Asked, node: Node) -> Condition:
    if isinstance(node, Every):
        return sa.and_(*_parts(asked, node.parts, sa.and_))
    if isinstance(node, Some):
        return sa.or_(*_parts(asked, node.parts, sa.or_))
    if isinstance(node, Not):
        return sa.not_(_condition(asked, node.part))
    if isinstance(node, Call):
        return _call(asked, node)
    if node.field.own == "joined":
        return _joined(asked, node)
    page = node.field.page()
    if node.operator == "is empty":
        return _is_empty(asked, node, page)
    test = _compare(asked, node)
    return test if page is None else _on_page(asked, page, test)


def _parts(asked: _Asked, nodes: Sequence[Node], join: Callable[..., Condition]) -> list[Condition]:
    """Each part's condition; comparisons on one page are one part, since a contact has one row there."""
    conditions: list[Condition] = []
    pages: dict[sa.Table, list[Condition]] = {}
    for node in nodes:
        page = node.field.page() if isinstance(node, Compare) and node.operator != "is empty" else None
        if page is not None and isinstance(node, Compare):
            pages.setdefault(page, []).append(_compare(asked, node))
        else:
            conditions.append(_condition(asked, node))
    return conditions + [_on_page(asked, page, join(*tests)) for page, tests in pages.items()]


def _on_page(asked: _Asked, page: sa.Table, test: Condition) -> Condition:
    """That the contact has a row on the page of which the test is true.

    SQLite and MariaDB look up each contact even where all are wanted, at five times the price of the scan; so there they are
    given the set: DISTINCT keeps MariaDB from making it a join again. PostgreSQL makes a hash join of EXISTS by itself.
    """
    found = sa.select(page.c.contact).where(test).correlate(None)
    if not asked.whole or asked.dialect == "postgresql":
        return found.where(page.c.contact == t.contact.c.id).correlate(t.contact).exists()
    if asked.dialect != "sqlite":
        found = sa.select(found.distinct().subquery().c.contact)
    return t.contact.c.id.in_(found)


def _is_empty(asked: _Asked, node: Compare, page: sa.Table | None) -> Condition:
    has_value = _column(asked, node)[1]
    if has_value is None:
        return sa.false()
    return sa.not_(has_value if page is None else _on_page(asked, page, has_value))


def _compare(asked: _Asked, node: Compare) -> Condition:
    """True or false for each row of the field's table."""
    column, has_value = _column(asked, node)
    test = _test(asked, node, column)
    return test if has_value is None else sa.and_(has_value, test)


def _column(asked: _Asked, node: Compare) -> tuple[sa.ColumnElement[Any], Condition | None]:
    """The column, and that it holds a value; None where it always does."""
    field = node.field
    if field.attribute is not None:
        column = places.column(field.attribute.slot)
        return column, column.is_not(None)
    if field.own == "domain":
        return domain_of(t.contact.c.recipient), None
    column = t.contact.c[OWN[field.own]]
    return column, None if field.own in ("address", "status") else column != ""


def _test(asked: _Asked, node: Compare, column: sa.ColumnElement[Any]) -> Condition:
    operator, values = node.operator, node.values
    day = today(asked.now)
    if node.field.kind == "datetime":
        return _by_days(node, column, day, lambda one: one * DAY_SECONDS)
    if operator in ("in", "not in"):
        among = _among(asked, column, values)
        return among if operator == "in" else sa.not_(among)
    if operator == "has":
        return _contains(asked.dialect, column, f"{SEPARATOR}{values[0]}{SEPARATOR}")
    if operator in ("contains", "starts with", "ends with"):
        return _matches(asked.dialect, column, str(values[0]), operator)
    if operator == "within":
        return column.between(day - int(values[0]), day)
    if operator == "within next":
        return column.between(day, day + int(values[0]))
    if operator == "anniversary":
        return _among(asked, column, anniversaries(day, int(values[0])))
    return _ordered(column, operator, values[0])


def _ordered(column: sa.ColumnElement[Any], operator: str, value: object) -> Condition:
    tests = {
        "=": column == value,
        "!=": column != value,
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
    }
    return tests[operator]


def _joined(asked: _Asked, node: Compare) -> Condition:
    """``created_at`` compared by whole days."""
    return _by_days(node, t.contact.c.created_at, today(asked.now), midnight)


def _by_days(node: Compare, column: sa.ColumnElement[Any], now: int, begins: Callable[[int], int]) -> Condition:
    """A moment compared by whole days; a plain range each, so that an index may answer. ``now``: the day of today;
    ``begins``: a day → its first moment, as the column has it."""
    day = int(node.values[0])
    if node.operator == "within":
        return sa.and_(column >= begins(now - day), column < begins(now + 1))
    first, next_one = begins(day), begins(day + 1)
    tests = {
        "=": sa.and_(column >= first, column < next_one),
        "!=": sa.or_(column < first, column >= next_one),
        "<": column < first,
        "<=": column < next_one,
        ">": column >= next_one,
        ">=": column >= first,
    }
    return tests[node.operator]


def _among(asked: _Asked, column: sa.ColumnElement[Any], values: Sequence[Value]) -> Condition:
    """PostgreSQL gets them as one parameter, which it hashes."""
    if asked.dialect == "postgresql":
        kind: sa.types.TypeEngine[Any] = sa.Text() if isinstance(values[0], str) else column.type
        return column == sa.any_(sa.bindparam(None, list(values), type_=postgresql.ARRAY(kind)))
    return column.in_(values)


def _contains(dialect: str, column: sa.ColumnElement[Any], text: str) -> Condition:
    """Exactly; LIKE would pass over the case of letters on SQLite."""
    if dialect == "postgresql":
        return sa.func.strpos(column, text) > 0
    return sa.func.instr(column, text) > 0


def _matches(dialect: str, column: sa.ColumnElement[Any], wanted: str, where: str) -> Condition:
    """Whatever the case."""
    if dialect == "sqlite":
        return column.op("GLOB", is_comparison=True)(letters.glob(wanted, where))
    end = r"\Z" if dialect == "postgresql" else r"\z"
    return column.regexp_match(letters.expression(wanted, where, end))


def _call(asked: _Asked, node: Call) -> Condition:
    if node.function == "in_list":
        return _in_list(asked, node)
    if node.function == "tagged":
        return _tagged(asked, node)
    ask = asked.history.get(node.function)
    if ask is None:
        raise SegmentWrongError(asked.rule, node.place, Phrase(N_("nothing is known of campaigns here")))
    try:
        did = ask(node.argument).subquery()
    except CampaignUnknown as error:
        raise _missing(asked, node, N_("there is no campaign “{name}”"), []) from error
    # EXISTS: beside OR and NOT, PostgreSQL looks through all of an IN for each contact once it is too big to be hashed.
    return sa.exists().where(did.c[0] == t.contact.c.recipient)


def _in_list(asked: _Asked, node: Call) -> Condition:
    try:
        number = lists.find(asked.connection, node.argument).id
    except lists.ListUnknownError as error:
        names = [one.name for one in lists.every(asked.connection)]
        raise _missing(asked, node, N_("there is no list “{name}”"), names) from error
    return sa.exists().where(
        t.subscription.c.list == number,
        t.subscription.c.contact == t.contact.c.id,
        t.subscription.c.state == Subscribed.subscribed.value,
    )


def _tagged(asked: _Asked, node: Call) -> Condition:
    try:
        number = tags.find(asked.connection, node.argument)
    except tags.TagUnknownError as error:
        names = [one["name"] for one in tags.every(asked.connection)]
        raise _missing(asked, node, N_("there is no tag “{name}”"), names) from error
    return sa.exists().where(t.contact_tag.c.tag == number, t.contact_tag.c.contact == t.contact.c.id)


def _missing(asked: _Asked, node: Call, text: str, names: list[str]) -> SegmentWrongError:
    reason = Phrase(text, name=node.argument)
    close = get_close_matches(node.argument, names, 3)
    if close:
        reason = Phrase(N_("{reason}; perhaps you mean {names}"), reason=reason, names=", ".join(close))
    return SegmentWrongError(asked.rule, node.place, reason)
