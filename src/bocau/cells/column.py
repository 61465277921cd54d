"""What a whole column is, decided from its cells, its file's habits and the zone's. Pure.

A column is a number, a date or a yes-or-no only when its cells say so together; one cell that is something else makes it a
text, which keeps every cell as people see it. What can be read in two ways is decided by the rest of the column, then by the
file's other columns, then by the zone; where these contradict each other, it is asked.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from bocau.cells import dates, numbers
from bocau.cells.habits import Habits
from bocau.cells.meaning import Answer, Kind, Meaning, Place, Question, Shown, wished
from bocau.cells.numbers import Shape
from bocau.cells.words import CERTAIN, CODES, MISSING, PHONE

FIRST = 200
"""Cells after which a column that is mostly text is looked at no further."""
MOST_WORDS = 12


class Study:
    """What was seen in a column's cells, added block by block. ``heading``: for questions; ``field``: its field name."""

    def __init__(self, heading: str = "", field: str = "", today: date | None = None) -> None:
        self.heading, self.field = heading, field
        self.today = today or date.today()
        self.filled = self.missing = self.truths = self.phones = self.clocks = self.dates = 0
        self.shapes: Counter[Shape] = Counter()
        self.days: Counter[str] = Counter()  # dmy, mdy, both, first (the year), none
        self.places: dict[str, Place] = {}
        self.words: set[str] | None = set()
        self.forms: set[tuple[str, ...]] = set()
        self.open = True

    def add(self, cells: Iterable[Any], rows: Sequence[int]) -> None:
        """Look at cells of these rows."""
        kept = list(cells)
        start = 0
        while self.open and start < len(kept):
            end = min(len(kept), start + FIRST) if self.filled < FIRST else len(kept)
            self._part(kept[start:end], rows[start:end])
            self.open = self.filled < FIRST or self._fits() * 2 >= self.filled
            start = end

    def _part(self, cells: list[Any], rows: Sequence[int]) -> None:
        if not set(map(type, cells)) <= {str}:
            for row, cell in zip(rows, cells, strict=False):
                self._look(cell, 1, (row,), (cell,))
            return
        for cell, count in Counter(cells).items():
            self._look(cell, count, rows, cells)

    def _look(self, cell: Any, count: int, rows: Sequence[int], cells: Sequence[Any]) -> None:
        """``cell``, which stands ``count`` times among ``cells``."""
        if type(cell) is not str:
            if cell is not None:
                self._typed(cell, rows[0])
            return
        text = cell.strip()
        if not text:
            return
        folded = text.casefold()
        if folded in MISSING:
            self.missing += count
            self._place("missing", cell, rows, cells)
            return
        self.filled += count
        self._word(folded)
        shape = numbers.shape(text)
        if shape:
            self.shapes[shape] += count
            self._place(shape, cell, rows, cells)
        elif (written := dates.look(text)) is not None:
            order = self._order(written)
            self._date(written, order, count)
            self._place(f"date-{order}", cell, rows, cells)
            self._place("date", cell, rows, cells)
        else:
            self._place("other", cell, rows, cells)
        if PHONE.match(text):
            self.phones += count

    def _place(self, name: str, cell: str, rows: Sequence[int], cells: Sequence[Any]) -> None:
        if name not in self.places:
            self.places[name] = Place(rows[cells.index(cell)], cell.strip())

    def _typed(self, cell: Any, row: int) -> None:
        """A cell that says by itself what it is."""
        self.filled += 1
        if isinstance(cell, Shown):
            value = cell.value
            self._word(str(cell).casefold())
            if isinstance(value, date):
                written = dates.look(str(cell))
                if written is None and not _is_whole(str(cell), value):
                    self.places.setdefault("other", Place(row, str(cell)))
                    return
                self.dates, self.days["first"] = self.dates + 1, self.days["first"] + 1
                self.clocks += isinstance(value, datetime) and value.time() != time()
                self.forms.add(written.form if written else ("", "any", "-", "first", "", ""))
                self.places.setdefault("date", Place(row, str(cell)))
                return
            cell = value
        if isinstance(cell, bool):
            self.truths += 1
        elif isinstance(cell, int | float):
            self.shapes[Shape.exponent if abs(cell) >= 1e15 else Shape.whole] += 1
        self._word(str(cell).casefold())

    def _word(self, folded: str) -> None:
        if self.words is not None:
            self.words.add(folded)
            if len(self.words) > MOST_WORDS:
                self.words = None

    def _date(self, written: dates.Written, order: str, count: int) -> None:
        self.dates += count
        self.clocks += count * (written.clock is not None and written.clock != time())
        self.forms.add(written.form)
        self.days[order] += count

    def _order(self, written: dates.Written) -> str:
        if written.year_first:
            return "first" if self._is_day(written, "") else "none"
        good = [order for order in dates.ORDERS if self._is_day(written, order)]
        return "both" if len(good) == 2 else good[0] if good else "none"

    def _is_day(self, written: dates.Written, order: str) -> bool:
        try:
            dates.day_of(written, order, self.today)
        except ValueError:
            return False
        return True

    def _fits(self) -> int:
        """Cells that may be a number, a date or a truth."""
        certain = self.filled if self.words is not None else 0
        return max(certain, sum(self.shapes.values()) - self.shapes[Shape.exponent], self.dates, self.truths)

    def seen(self, meaning: Meaning) -> Meaning:
        """A meaning with only the signs, or the order, that the cells themselves show."""
        signed = any(self.shapes[one] for one in (Shape.dots, Shape.commas, Shape.comma, Shape.point))
        ordered = any(self.days[one] for one in ("dmy", "mdy", "both", "none"))
        return replace(meaning, decimal=meaning.decimal if signed else "", order=meaning.order if ordered else "")

    @property
    def decimal(self) -> str:
        """The sign that the column shows without a doubt; empty for none, or both."""
        comma, point = self.shapes[Shape.comma], self.shapes[Shape.point]
        return "," if comma and not point else "." if point and not comma else ""


def _is_whole(text: str, value: date) -> bool:
    """Whether a text says all of a day; a month or an hour alone is no day, whatever is behind it."""
    found = list(map(int, re.findall(r"[0-9]+", text)))
    return all(number in found for number in (value.year, value.month, value.day))


def habits_of_file(studies: Iterable[Study], habits: Habits) -> Habits:
    """The zone's habits, with the decimal sign that the file's numbers show where they agree."""
    signs = {one.decimal for one in studies if one.open and _all_numbers(one)} - {""}
    return habits._replace(decimal=signs.pop()) if len(signs) == 1 else habits


def decide(study: Study, habits: Habits, zone: Habits | None = None) -> Meaning | Question:
    """What the column is. ``habits``: of its file; ``zone``: of the zone, which may contradict them."""
    if not study.filled or not study.open:
        return Meaning()
    if study.missing > study.filled:
        return Meaning(against=study.places["missing"])
    if study.words is not None and study.words <= CERTAIN:
        return Meaning(Kind.boolean)
    if study.truths == study.filled:
        return Meaning(Kind.boolean)
    if study.phones == study.filled or (CODES.match(study.field) and _all_numbers(study, codes=True)):
        return Meaning(Kind.phone if study.phones == study.filled else Kind.code)
    if study.dates == study.filled and study.days["none"] * 2 <= study.filled:
        return _dates(study, habits)
    if _all_numbers(study):
        return _numbers(study, habits, zone or habits)
    if _all_numbers(study, codes=True):
        return Meaning(Kind.code)
    return Meaning(against=_against(study))


def _all_numbers(study: Study, *, codes: bool = False) -> bool:
    kinds = set(study.shapes) - ({Shape.code} if codes else set())
    return study.filled > 0 and sum(study.shapes.values()) == study.filled and not kinds & {Shape.code, Shape.exponent}


def _against(study: Study) -> Place | None:
    """The cell that keeps nearly a number or a date from being one."""
    count = sum(study.shapes.values()) - study.shapes[Shape.code] - study.shapes[Shape.exponent]
    if study.filled >= 3 and max(count, study.dates) * 10 >= study.filled * 8:
        fewer = ("other", Shape.code, Shape.exponent, "date") if count > study.dates else ("other", *Shape)
        return next((study.places[one] for one in fewer if one and one in study.places), None)
    return None


def _numbers(study: Study, habits: Habits, zone: Habits) -> Meaning | Question:
    comma, point = study.places.get(Shape.comma), study.places.get(Shape.point)
    dots, commas = study.places.get(Shape.dots), study.places.get(Shape.commas)
    if comma and point:
        return _ask_number(study, comma, point)
    if shown := study.decimal:
        doubtful = dots if shown == "." else commas
        if (
            doubtful is not None and shown != zone.decimal
        ):  # thousands, or else the zone would write it in the other way
            return _ask_number(study, doubtful, comma or point)
        return Meaning(Kind.number, shown)
    if dots and commas:
        return _ask_number(study, dots, commas)
    doubtful = dots or commas
    if doubtful is None:
        return Meaning(Kind.number, habits.decimal)
    sign = numbers.sign_of(Shape.dots if dots else Shape.commas, habits.decimal)
    thousands = sign == ("," if dots else ".")
    contradicted = zone.decimal and habits.decimal != zone.decimal
    if sign and (thousands or not contradicted):
        return Meaning(Kind.number, sign)
    return _ask_number(study, doubtful)


def _ask_number(study: Study, place: Place, other: Place | None = None) -> Question:
    answers = []
    for word, sign in (("number:comma", ","), ("number:point", ".")):
        try:
            answers.append(Answer(word, numbers.plainly(numbers.read(place.text, sign))))
        except ValueError:
            answers.append(Answer(word, ""))
    return Question(study.heading, place, (*answers, Answer("text", place.text)), other)


def _dates(study: Study, habits: Habits) -> Meaning | Question:
    order = _order_of(study, habits)
    if isinstance(order, Question):
        return order
    kind = Kind.datetime if study.clocks else Kind.date
    return Meaning(kind, order=order, pattern=dates.pattern_of(study.forms, order))


def _order_of(study: Study, habits: Habits) -> str | Question:
    days = study.days
    last = days["dmy"] + days["mdy"] + days["both"]
    if not last:
        return habits.order
    if days["dmy"] and days["mdy"]:
        rare, order = min((days["mdy"], "dmy"), (days["dmy"], "mdy"))
        return order if last >= 20 and rare * 10 <= last else _ask_date(study)
    shown = "dmy" if days["dmy"] else "mdy" if days["mdy"] else ""
    if not shown:
        return habits.order or _ask_date(study)
    if habits.order in ("", shown) or days[shown] * 10 >= last * 3:
        return shown
    return habits.order if last >= 20 and days[shown] * 10 <= last else _ask_date(study)


def _ask_date(study: Study) -> Question:
    word = "datetime" if study.clocks else "date"
    shown = [study.places[name] for name in ("date-dmy", "date-mdy", "date-both") if name in study.places]
    place = study.places.get("date-both", shown[0])
    answers = []
    for order in dates.ORDERS:
        try:
            answers.append(Answer(f"{word}:{order}", dates.shown(dates.read(place.text, order, study.today), "")))
        except ValueError:
            answers.append(Answer(f"{word}:{order}", ""))
    both = "date-dmy" in study.places and "date-mdy" in study.places
    other = study.places["date-mdy"] if both and place != study.places["date-mdy"] else None
    return Question(study.heading, place, (*answers, Answer("text", place.text)), other)


def settle(word: str, study: Study, habits: Habits, zone: Habits | None = None) -> Meaning | Question:
    """What a column is that a person gave a word of WORDS: her kind, with the sign or the order that its cells show where
    she says none."""
    asked = replace(wished(word), asked=True)
    if asked.kind is Kind.number and not asked.decimal:
        found = _numbers(study, habits, zone or habits)
        return found if isinstance(found, Question) else replace(asked, decimal=found.decimal)
    if asked.kind in (Kind.date, Kind.datetime):
        order = asked.order or _order_of(study, habits)
        return (
            order
            if isinstance(order, Question)
            else replace(asked, order=order, pattern=dates.pattern_of(study.forms, order))
        )
    return asked
