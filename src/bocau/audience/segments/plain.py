"""A rule judged for one contact, without a database. It means what ``conditions`` means. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bocau.audience.segments import letters
from bocau.audience.segments.days import DAY_SECONDS, OLDEST, today
from bocau.audience.segments.tree import Call, Compare, Every, Node, Not, Some
from bocau.audience.values import EPOCH, SEPARATOR, Slot


@dataclass(frozen=True)
class Facts:
    """What is known of one contact. ``own``: recipient, name, language, zone, status (number), created_at (ms), as the row
    has them. ``slots``: attribute's name → value as its slot holds it. ``calls``: function → names it is true of."""

    own: Mapping[str, str | int]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    calls: Mapping[str, Collection[str]] = field(default_factory=dict)


def holds(node: Node, facts: Facts, now: int) -> bool:
    """``now`` in ms."""
    if isinstance(node, Every):
        return all(holds(part, facts, now) for part in node.parts)
    if isinstance(node, Some):
        return any(holds(part, facts, now) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, facts, now)
    if isinstance(node, Call):
        return node.argument in facts.calls.get(node.function, ())
    return _compare(node, _value(node, facts), now)


def _value(node: Compare, facts: Facts) -> Slot:
    own = node.field.own
    if not own:
        return facts.slots.get(node.field.name)
    if own == "joined":
        return facts.own["created_at"]
    if own in ("address", "domain"):
        key = str(facts.own["recipient"])
        return key if own == "address" else key.rpartition("@")[2]
    return None if facts.own[own] == "" else facts.own[own]


def _compare(node: Compare, value: Slot, now: int) -> bool:
    if node.operator == "is empty":
        return value is None
    if value is None:
        return False
    if node.field.kind == "moment":
        value = today(int(value))
    elif node.field.kind == "datetime":
        value = int(value) // DAY_SECONDS
    if node.operator in ("in", "not in"):
        return (value in node.values) == (node.operator == "in")
    if isinstance(value, str):
        return _text(value, node.operator, str(node.values[0]))
    return _number(value, node.operator, float(node.values[0]), today(now))


def _text(value: str, operator: str, wanted: str) -> bool:
    if operator in ("=", "!="):
        return (value == wanted) == (operator == "=")
    if operator == "has":
        return wanted in value.strip(SEPARATOR).split(SEPARATOR)
    return letters.found(value, wanted, operator)


def _number(value: float, operator: str, wanted: float, day: int) -> bool:
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: value == wanted,
        "!=": lambda: value != wanted,
        "<": lambda: value < wanted,
        "<=": lambda: value <= wanted,
        ">": lambda: value > wanted,
        ">=": lambda: value >= wanted,
        "within": lambda: day - wanted <= value <= day,
        "within next": lambda: day <= value <= day + wanted,
        "anniversary": lambda: _is_due(int(value), day, int(wanted)),
    }
    return tests[operator]()


def _is_due(value: int, first: int, count: int) -> bool:
    born = EPOCH + timedelta(days=value)
    return any(_falls_on(born, EPOCH + timedelta(days=first + number)) for number in range(count + 1))


def _falls_on(born: date, day: date) -> bool:
    if not OLDEST <= born.year <= day.year or born > day:
        return False
    if (born.month, born.day) == (2, 29) and (day + timedelta(days=1)).month == 3 and day.month == 2:
        return True  # the last day of February, whatever its number
    return (born.month, born.day) == (day.month, day.day)
