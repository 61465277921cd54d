"""Values are written the way people do, in Vietnamese and English; what cannot be written so stops that mail, and says it."""

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bocau import cells, content
from bocau.base import clock
from bocau.cells.words import FALSE, MISSING, TRUE

HOSTILE = (
    "x" * 100_000,
    "1" * 100_000,
    "1e9999",
    float("inf"),
    float("nan"),
    10**30,
    [1],
    {"a": 1},
    "1.2.3",
    "--1",
    "²",
)


def render(html: str, **data: Any) -> str:
    made = content.Compiled(content.Version.unsaved(content.Source("s {{ 1 }}", html=html)))
    return made.render(data).text.removesuffix("\n")


def written(value: object, how: str, **data: Any) -> str:
    return render(f"{{{{ x|{how} }}}}", x=value, **data)


def test_the_mail_of_a_school_fee() -> None:
    page = "<p>{{ hoc_phi|money }} {{ ngay|date }} {{ dong|yesno }}</p>"
    assert render(page, hoc_phi=1250000.5, ngay="2026-12-01", dong=True) == "1.250.000,50 01/12/2026 Có"
    assert render(page, hoc_phi="1.250.000,50", ngay="01/12/2026", dong="Có") == "1.250.000,50 01/12/2026 Có"
    said = render(page, hoc_phi=1250000.5, ngay="2026-12-01", dong=False, language="en")
    assert said == "1,250,000.50 1 Dec 2026 No"


@pytest.mark.parametrize(
    "value", [1250000.5, "1.250.000,50", "1,250,000.50", "1250000.5", "1250000,5", " 1.250.000,50 ₫ "]
)
def test_a_number_is_read_however_it_is_written(value: object) -> None:
    assert written(value, "money") == "1.250.000,50"
    assert written(value, "number") == "1.250.000,5"


@pytest.mark.parametrize(
    ("value", "how", "said"),
    [
        (1250000, "money('VND')", "1.250.000 ₫"),
        (1250000.5, "money('VND')", "1.250.000,50 ₫"),
        (1250000.5, "money('VND', lang='en')", "₫1,250,000.50"),
        (20, "money('USD', lang='en')", "$20.00"),
        (-20, "money('usd', lang='en')", "-$20.00"),
        (20, "money('CHF', lang='en')", "CHF 20.00"),
        (20, "money('đồng')", "20 đồng"),
        (20.005, "money(digits=0)", "20"),
        ("0.125", "money", "0,13"),
        (-0.001, "money", "0,00"),
        ("500.000", "money", "500.000"),
        ("500,000", "number", "500.000"),
        ("0.500", "number", "0,5"),
        (1250000.5, "number(lang='en')", "1,250,000.5"),
        (7, "number(2)", "7,00"),
        ("-1 250", "number", "-1.250"),
    ],
)
def test_money_and_numbers(value: object, how: str, said: str) -> None:
    assert written(value, how) == said


@pytest.mark.parametrize(
    ("value", "how", "hanoi", "boston"),
    [
        ("1.250", "number", "1.250", "1,25"),
        ("1,250", "number", "1.250", "1.250"),
        ("500,000 đ", "money('VND')", "500.000 ₫", "500.000 ₫"),
        ("1,500,000", "money", "1.500.000", "1.500.000"),
        ("05/03/2026", "date", "05/03/2026", "03/05/2026"),
        ("05/03/2026 09:05 SA", "datetime", "05/03/2026 09:05", "03/05/2026 09:05"),
        ("05/03/2026 14:05", "time", "14:05", "14:05"),
    ],
)
def test_what_can_be_read_in_two_ways_is_read_as_people_of_the_installation_write_it(
    value: str, how: str, hanoi: str, boston: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for author, said in (("Asia/Ho_Chi_Minh", hanoi), ("America/New_York", boston)):
        monkeypatch.setattr(clock, "_zone", [ZoneInfo(author)])
        for recipient in ("", "Asia/Ho_Chi_Minh", "America/New_York", "Europe/Berlin"):
            assert written(value, how, zone=recipient) == said


@pytest.mark.parametrize(
    ("value", "how", "said"),
    [
        ("(1.250)", "number", "-1.250"),
        ("($1,250.50)", "money", "-1.250,50"),
        ("(1.250 ₫)", "money('VND')", "-1.250 ₫"),
        ("-₫1,250.50", "money", "-1.250,50"),
        ("$-5", "money", "-5"),
        ("$5 USD", "money('USD')", "5,00 $"),
        ("- 5 đ", "money", "-5"),
        ("+5", "number", "5"),
        ("−5", "number", "-5"),
        ("1\u2009250\u202f000", "number", "1.250.000"),
        ("1'250'000.5", "number", "1.250.000,5"),
        ("1e5", "number", "100.000"),
        ("7.30", "number", "7,3"),
        ("007", "number", "7"),
        ("12,34,567.5", "number", "1.234.567,5"),
        ("99.999.999.999.999.999,99", "number", "99.999.999.999.999.999,99"),
        ("12/31/2026", "date", "31/12/2026"),
        ("2026/12/01", "date", "01/12/2026"),
        ("14:05 01/12/2026", "datetime", "01/12/2026 14:05"),
        ("2026-12-01T14:05:09.123+09:00", "datetime(zone='Asia/Ho_Chi_Minh')", "01/12/2026 12:05"),
        ("2026-12-01 14:05-0330", "datetime(zone='UTC')", "01/12/2026 17:35"),
        ("01/12/2026 14:05Z", "datetime(zone='Asia/Ho_Chi_Minh')", "01/12/2026 21:05"),
        ("09:05 SA", "time", "09:05"),
        ("2:05 CH", "time", "14:05"),
        ("8h30", "time", "08:30"),
        ("14:05:09.5", "time('HH:mm:ss')", "14:05:09"),
    ],
)
def test_texts_are_read_as_cells_of_tables_are(value: str, how: str, said: str) -> None:
    assert written(value, how) == said


@pytest.mark.parametrize(
    ("value", "how"),
    [
        ("1₫250", "money"),
        ("+-5", "number"),
        ("9704000000000018", "number"),
        ("05/03/90", "date"),
        ("31/02/2026", "date"),
        ("7.30", "time"),
        ("14:05Z", "time"),
        ("2026-12-01 14:05+99:00", "datetime"),
        ("13:05 CH", "time"),
    ],
)
def test_what_cells_do_not_read_is_told(value: str, how: str) -> None:
    with pytest.raises(content.RenderError, match=r"this is not a|this has no"):
        written(value, how)


@pytest.mark.parametrize("how", ["money('VND')", "number", "date", "datetime", "time", "phone", "yesno"])
def test_what_stands_for_no_value_stays_empty(how: str) -> None:
    for word in (*MISSING, " ", " N/A "):
        assert written(word, how) == ""
    assert written("-", f"{how}|default('—')") == "—"


def test_yes_and_no_are_the_same_words_in_mails_and_in_tables() -> None:
    read = cells.reader(cells.Meaning(cells.Kind.boolean))
    for word in TRUE | FALSE:
        for spelled in (word, word.upper(), f" {word} ", f"{word}.0"):
            assert written(spelled, "yesno") == ("Có" if read(spelled) else "Không")


@pytest.mark.parametrize(
    ("value", "how", "said"),
    [
        ("2026-12-01", "date", "01/12/2026"),
        ("2026-12-01T14:05", "date", "01/12/2026"),
        ("01/12/2026", "date('long')", "1 tháng 12 năm 2026"),
        ("1-12-2026", "date('full')", "Thứ Ba, 1 tháng 12 năm 2026"),
        ("2026-12-06", "date('weekday')", "Chủ Nhật"),
        ("2026-12-01", "date('full', lang='en')", "Tuesday, 1 December 2026"),
        ("2026-12-01", "date('month', lang='en')", "December 2026"),
        ("2026-12-01", "date('iso')", "2026-12-01"),
        ("2026-12-01", "date('dd/mm/yy')", "01/12/26"),
        ("2026-12-01", "date(\"'ngày' d 'tháng' M\")", "ngày 1 tháng 12"),
        ("2026-12-01", "date('%A, %-d/%m/%Y %%')", "Thứ Ba, 1/12/2026 %"),
        ("2026-12-01", "date('EEE d MMM', lang='en')", "Tue 1 Dec"),
        ("2026-12-01T14:05:09", "datetime", "01/12/2026 14:05"),
        ("01/12/2026 14:05", "datetime(lang='en')", "1 Dec 2026 14:05"),
        ("2026-12-01 14:05", "datetime('HH:mm, dd/mm/yyyy')", "14:05, 01/12/2026"),
        ("2026-12-01T00:05", "datetime('h:mm:ss a', lang='en')", "12:05:00 AM"),
        ("2026-12-01T14:05Z", "datetime", "01/12/2026 14:05"),
        ("2026-12-01T17:05Z", "datetime(zone='Asia/Ho_Chi_Minh')", "02/12/2026 00:05"),
        ("2026-12-01T14:05+09:00", "time(zone='Asia/Ho_Chi_Minh')", "12:05"),
        ("8:30", "time", "08:30"),
        ("2026-12-01T14:05", "time('H %M')", "14 05"),
    ],
)
def test_dates_and_times(value: object, how: str, said: str) -> None:
    assert written(value, how) == said


def test_a_time_of_the_world_is_shown_where_the_person_is() -> None:
    assert written("2026-12-01T17:05Z", "datetime", zone="Asia/Ho_Chi_Minh") == "02/12/2026 00:05"
    assert written("2026-12-01T17:05Z", "datetime", zone="../etc/passwd") == "01/12/2026 17:05"
    assert written("2026-12-01T17:05", "datetime", zone="Asia/Ho_Chi_Minh") == "01/12/2026 17:05"


@pytest.mark.parametrize(
    ("value", "how", "said"),
    [
        ("0912345678", "phone", "0912 345 678"),
        (912345678, "phone", "0912 345 678"),
        ("+84 (0)912-345.678", "phone", "0912 345 678"),
        ("84912345678", "phone('international')", "+84 912 345 678"),
        ("0084 912 345 678", "phone('e164')", "+84912345678"),
        ("02438251234", "phone", "024 3825 1234"),
        ("0236 3821234", "phone", "0236 382 1234"),
        ("19001234", "phone", "1900 1234"),
        ("1800 599 920", "phone", "1800 599 920"),
        ("+1 (650) 253-0000", "phone", "+16502530000"),
    ],
)
def test_telephone_numbers(value: object, how: str, said: str) -> None:
    assert written(value, how) == said


@pytest.mark.parametrize("value", [True, 1, 1.0, "true", "Có", "CÓ", "yes", "x", "Đúng"])
def test_yes(value: object) -> None:
    assert (written(value, "yesno"), written(value, "yesno(lang='en')")) == ("Có", "Yes")
    assert written(value, "yesno('Đã đóng', 'Chưa đóng')") == "Đã đóng"


@pytest.mark.parametrize("value", [False, 0, 0.0, "false", "Không", "no", "0"])
def test_no(value: object) -> None:
    assert (written(value, "yesno"), written(value, "yesno('Đã đóng', 'Chưa đóng')")) == ("Không", "Chưa đóng")


@pytest.mark.parametrize("how", ["money", "number", "date", "datetime", "time", "phone", "yesno"])
def test_an_empty_cell_stays_empty_and_a_missing_field_is_told(how: str) -> None:
    assert written(None, how) == written("", how) == ""
    assert written(None, f"{how}|default('—')") == "—"
    with pytest.raises(content.RenderError, match="the field x is missing"):
        render(f"{{{{ x|{how} }}}}")


@pytest.mark.parametrize("how", ["money", "number", "date", "datetime", "time", "phone", "yesno"])
@pytest.mark.parametrize("value", HOSTILE)
def test_what_cannot_be_written_so_is_told(how: str, value: object) -> None:
    with pytest.raises(content.RenderError) as told:
        render(f"<p>a</p>\n<p>{{{{ x|{how} }}}}</p>", x=value)
    assert str(told.value).startswith("html, line 2: this ")
    assert len(str(told.value)) < 200


@pytest.mark.parametrize(
    "how",
    [
        "money(1)",
        "money('x' * 11)",
        "money(digits=13)",
        "money(digits='2')",
        "money(digits=-1)",
        "money('a', 1, 2, 3)",
        "money(colour=1)",
        "money(lang='fr')",
        "date('q')",
        "date('" + "d" * 101 + "')",
        "date('%Q')",
        "date(5)",
        'date("\'")',
        "date('HH')",
        "datetime(zone='Asia/Nowhere')",
        "datetime(zone='../../etc/passwd')",
        "datetime(zone=[1])",
        "phone('x')",
        "number(true)",
    ],
)
def test_options_that_are_not_understood_are_told(how: str) -> None:
    value = {"date": "2026-12-01", "datetime": "2026-12-01T14:05Z", "phone": "0912345678"}.get(how.partition("(")[0], 1)
    with pytest.raises(content.RenderError):
        written(value, how)


def test_values_of_a_database_are_written_too() -> None:
    assert written(Decimal("1250000.50"), "money") == "1.250.000,50"
    assert written(datetime.date(2026, 12, 1), "date('full')") == "Thứ Ba, 1 tháng 12 năm 2026"
    assert written(datetime.datetime(2026, 12, 1, 14, 5), "datetime") == "01/12/2026 14:05"


@pytest.mark.parametrize(
    ("page", "language", "said"),
    [
        ("<html lang='en'>", "", "1,250"),
        ("<html lang='en-US'>", "", "1,250"),
        ("<html lang='vi'>", "", "1.250"),
        ("<html lang='und'>", "", "1.250"),
        ("<html lang='{{ y }}'>", "", "1.250"),
        ("", "", "1.250"),
        ("", "en", "1,250"),
        ("", "fr", "1,250"),
        ("<html lang='en'>", "vi", "1.250"),
    ],
)
def test_the_language_is_the_persons_else_the_pages_else_vietnamese(page: str, language: str, said: str) -> None:
    assert render(page + "<p>{{ x|number }}</p>", x=1250, language=language, y="en") == said


def test_all_parts_of_a_mail_are_written_in_one_language() -> None:
    source = content.Source("{{ x|number }}", html="<html lang='en'><p>{{ x|number }}</p>", text="{{ x|number }}")
    made = content.Compiled(content.Version.unsaved(source)).render({"x": 1250})
    assert (made.subject, made.text) == ("1,250", "1,250")


def test_the_tag_that_fails_is_named() -> None:
    page = "{{ a|number }}\n{% for one in rows %}{{ one|money }}{% endfor %}\n<a href='https://a.test/?x={{ b|date }}'>l</a>"
    good: dict[str, Any] = {"a": 1, "rows": [1], "b": "2026-12-01"}
    assert "line 1: this is not a number in {{ a|number }}" in _error(page, **{**good, "a": "z"})
    assert "line 2: this is not a number in {{ one|money }}" in _error(page, **{**good, "rows": [1, "z"]})
    assert "line 3: this is not a date in {{ b|date }}" in _error(page, **{**good, "b": "z"})


def test_the_tag_that_is_named_fails_for_the_reason_that_is_told() -> None:
    page = "{% if a %}{{ x|number }}{% else %}{{ x|yesno }}{% endif %}"
    assert "this is not a number in {{ x|number }}" in _error(page, a=1, x="z")


def _error(page: str, **data: Any) -> str:
    with pytest.raises(content.RenderError) as told:
        render(page, **data)
    return str(told.value)


def test_fields_behind_a_filter_are_fields() -> None:
    source = content.Source("s", html="{{ a|money('VND', lang='en') }}{{ row['Học phí']|date('long') }}")
    assert [str(one) for one in content.fields(content.Version.unsaved(source))] == ["a", "row['Học phí']"]


def test_texts_whose_values_are_known_are_written_by_these() -> None:
    known = {"05/03/2026": "2026-05-03", "1,125": 1.125, "x": None}
    assert written("05/03/2026", "date('long')", bocau_values=known) == "3 tháng 5 năm 2026"
    assert written("1,125", "number", bocau_values=known) == "1,125"
    assert written("05/03/2026", "date", bocau_values="05/03/2026") == "05/03/2026"
    assert render("{{ x }}", x="05/03/2026", bocau_values=known) == "05/03/2026"
    with pytest.raises(content.RenderError, match="this is not a date"):
        written("x", "date", bocau_values=known)
