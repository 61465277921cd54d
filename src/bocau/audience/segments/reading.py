"""A rule read into its tree. Pure.

``not`` binds closest, then ``and``, then ``or``. A rule is bounded in characters, conditions and depth, so that reading it,
and the statement it becomes, stay small.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Literal, NamedTuple

from bocau.audience.segments.fields import Field, fields
from bocau.audience.segments.literals import value
from bocau.audience.segments.tokens import Token, tokens
from bocau.audience.segments.tree import Call, Compare, Every, Node, Not, Operator, Some, Value
from bocau.audience.segments.wrong import SegmentWrongError
from bocau.audience.values import Attribute, clean
from bocau.base.words import N_, Phrase

MOST_CHARACTERS = 10_000
MOST_CONDITIONS = 200
MOST_VALUES = 500
"""Values of all ``in`` together."""
MOST_DEPTH = 20
MOST_DAYS = 36_500
MOST_ANNIVERSARY = 31
Thing = Literal["attribute", "list", "tag", "campaign"]
FUNCTIONS = {
    "in_list": "in_list",
    "tagged": "tagged",
    "has_tag": "tagged",
    "opened": "opened",
    "clicked": "clicked",
    "received": "received",
}
ARGUMENTS: dict[str, Thing] = {
    "in_list": "list",
    "tagged": "tag",
    "opened": "campaign",
    "clicked": "campaign",
    "received": "campaign",
}
"""Function → what its argument names."""
UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
SIGNS: dict[str, Operator] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
NO_FIELD = frozenset(("and", "or", "in", "is", "within", "true", "false", "empty"))


class Naming(NamedTuple):
    """A place of a rule where something else is named: from ``place`` up to ``end``, quotes too."""

    thing: Thing
    name: str
    place: int
    end: int


def read(rule: str, known: Sequence[Attribute]) -> Node:
    """The tree of a rule. ``known``: all attributes there are. Raises SegmentWrongError."""
    return _Reader(rule, known).whole()


def namings(rule: str, known: Sequence[Attribute]) -> list[Naming]:
    """What a rule names, in the order of its places. Raises SegmentWrongError."""
    reader = _Reader(rule, known)
    reader.whole()
    return reader.namings


class _Reader:
    def __init__(self, rule: str, known: Sequence[Attribute]) -> None:
        if len(rule) > MOST_CHARACTERS:
            reason = Phrase(N_("the rule is longer than {most} characters"), most=MOST_CHARACTERS)
            raise SegmentWrongError(rule, MOST_CHARACTERS, reason)
        self.rule = rule
        self.tokens = list(tokens(rule))
        self.at = 0
        self.fields: Mapping[str, Field] = fields(known)
        self.labels = {clean(one.label).casefold(): one.name for one in known}
        self.depth = self.conditions = self.values = 0
        self.namings: list[Naming] = []

    def whole(self) -> Node:
        node = self._some()
        if self._now().kind != "end":
            raise self._wrong(self._now(), N_("“and”, “or” or the end is expected"))
        return node

    def _now(self) -> Token:
        return self.tokens[self.at]

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _met(self, kind: str, text: str) -> bool:
        """Whether this stands here; then it is behind us."""
        met = self._now().kind == kind and self._now().text == text
        if met:
            self._take()
        return met

    def _wrong(self, token: Token, text: str, **filled: object) -> SegmentWrongError:
        return SegmentWrongError(self.rule, token.place, Phrase(text, **filled))

    def _some(self) -> Node:
        parts = [self._every()]
        while self._met("word", "or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> Node:
        parts = [self._one()]
        while self._met("word", "and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Node:
        token = self._now()
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._wrong(token, N_("there are more than {most} conditions inside each other"), most=MOST_DEPTH)
        if self._met("word", "not"):
            node: Node = Not(self._one())
        elif self._met("sign", "("):
            node = self._some()
            if not self._met("sign", ")"):
                raise self._wrong(self._now(), N_("“and”, “or” or “)” is expected"))
        else:
            node = self._condition()
        self.depth -= 1
        return node

    def _condition(self) -> Node:
        token = self._take()
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise self._wrong(token, N_("there are more than {most} conditions"), most=MOST_CONDITIONS)
        if token.kind != "word" or token.text in NO_FIELD:
            raise self._wrong(token, N_("a condition is expected, like {example}"), example='name contains "An"')
        if self._met("sign", "("):
            return self._call(token)
        field = self.fields.get(token.text)
        if field is None:
            raise self._unknown(token)
        if field.attribute is not None:
            self.namings.append(Naming("attribute", field.name, token.place, token.end))
        return self._compare(field)

    def _call(self, token: Token) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            close = get_close_matches(token.text, FUNCTIONS, 3, 0.5) or list(FUNCTIONS)
            raise self._wrong(token, N_("there is no such function; there are {names}"), names=", ".join(close))
        argument = self._take()
        if argument.kind != "text" or not clean(argument.text):
            raise self._wrong(argument, N_("a name in quotes is expected"))
        if not self._met("sign", ")"):
            raise self._wrong(self._now(), N_("“)” is expected"))
        named = clean(argument.text)
        self.namings.append(Naming(ARGUMENTS[function], named, argument.place, argument.end))
        return Call(function, named, argument.place)

    def _unknown(self, token: Token) -> SegmentWrongError:
        words = [*self.fields, *FUNCTIONS, *self.labels]
        close = [self.labels.get(word, word) for word in get_close_matches(token.text, words, 3)]
        if close:
            names = ", ".join(dict.fromkeys(close))
            return self._wrong(token, N_("there is no attribute of this name; perhaps you mean {names}"), names=names)
        return self._wrong(token, N_("there is no attribute of this name"))

    def _compare(self, field: Field) -> Node:
        token = self._now()
        operator = self._operator(field)
        if operator == "":
            return Compare(field, "=", (1.0,))
        if operator == "is empty":
            return self._empty(field)
        if operator in ("before", "after"):
            return Compare(field, "<" if operator == "before" else ">", (self._value(field),))
        if operator in ("in", "not in"):
            return Compare(field, "in" if operator == "in" else "not in", self._choices(field))
        if operator == "within":
            return self._within(field)
        if operator == "anniversary":
            return self._anniversary(field)
        if operator == "contains" and field.kind == "list":
            operator = "has"
        if operator in ("contains", "starts with", "ends with"):
            return Compare(field, operator, (value(self.rule, field, self._take(), whole=False),))  # type: ignore[arg-type]
        if operator in SIGNS or operator == "has":
            return Compare(field, operator, (self._value(field),))  # type: ignore[arg-type]
        raise self._wrong(token, N_("a condition is expected, like {example}"), example='name contains "An"')

    def _operator(self, field: Field) -> str:
        """What follows the field; empty for a boolean that stands alone."""
        token = self._now()
        words = token.text
        if token.kind == "sign" and words in SIGNS:
            self._take()
        elif token.kind == "word" and words not in ("and", "or"):
            self._take()
            follows = {"not": "in", "starts": "with", "ends": "with"}.get(words)
            if words == "is":
                words = "is empty"
            elif follows is not None and self._met("word", follows):
                words = f"{words} {follows}"
        elif field.kind == "boolean":
            return ""
        if words not in field.operators():
            raise self._wrong(
                token,
                N_("{name} can be followed by {operators}"),
                name=field.name,
                operators=", ".join(field.operators()),
            )
        return words

    def _empty(self, field: Field) -> Node:
        negated = self._met("word", "not")
        if not self._met("word", "empty"):
            raise self._wrong(self._now(), N_("“empty” or “not empty” is expected"))
        node = Compare(field, "is empty")
        return Not(node) if negated else node

    def _value(self, field: Field) -> Value:
        return value(self.rule, field, self._take())

    def _choices(self, field: Field) -> tuple[Value, ...]:
        if not self._met("sign", "("):
            raise self._wrong(self._now(), N_("values in brackets are expected, like {example}"), example='("a", "b")')
        found: list[Value] = []
        while not found or self._met("sign", ","):
            self.values += 1
            if self.values > MOST_VALUES:
                raise self._wrong(self._now(), N_("there are more than {most} values"), most=MOST_VALUES)
            found.append(self._value(field))
        if not self._met("sign", ")"):
            raise self._wrong(self._now(), N_("“,” or “)” is expected"))
        return tuple(dict.fromkeys(found))

    def _within(self, field: Field) -> Node:
        token = self._now()
        ahead = self._met("word", "next")
        if ahead and field.kind == "moment":
            raise self._wrong(token, N_("a number of days is expected, like {example}"), example="30 days")
        return Compare(field, "within next" if ahead else "within", (self._days(MOST_DAYS),))

    def _anniversary(self, field: Field) -> Node:
        if not self._met("word", "within"):
            raise self._wrong(self._now(), N_("“{word}” is expected"), word="within")
        return Compare(field, "anniversary", (self._days(MOST_ANNIVERSARY),))

    def _days(self, most: int) -> int:
        token, unit = self._take(), self._take()
        if token.kind != "number" or not token.text.isdigit():
            raise self._wrong(token, N_("a number of days is expected, like {example}"), example="30 days")
        if unit.kind != "word" or unit.text not in UNITS:
            raise self._wrong(unit, N_("“{word}” is expected"), word="days")
        days = int(token.text) * UNITS[unit.text]
        if days > most:
            raise self._wrong(token, N_("at most {most} days are allowed"), most=most)
        return days
