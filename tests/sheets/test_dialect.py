import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sheets import dialect
from bocau.sheets.errors import DelimiterWrongError

NAMES = st.lists(
    st.sampled_from(["Họ tên", "city", "Ghi chú", "amount", "Mã đơn"]), min_size=1, max_size=5, unique=True
)
CELLS = st.text(alphabet="abcđ ,;|\t\"'\n1.", max_size=12)


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@given(st.sampled_from(dialect.CANDIDATES), NAMES, st.data())
def test_delimiter_is_found_whatever_cells_hold(delimiter: str, names: list[str], data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(st.tuples(*[CELLS] * len(names)).map(lambda cells: ["an@mail.test", *cells]), min_size=1, max_size=20)
    )
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["email", *names])
    writer.writerows(rows)
    assert dialect.detect(list(io.StringIO(out.getvalue(), newline=""))) == delimiter


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("email\na@b.test\n", ","),
        ("email;note\na@b.test;1,5\nb@b.test;2,5\n", ";"),
        ("Họ tên;Địa chỉ thư\nA, B;a@b.test\nC, D;c@b.test\n", ";"),
        ("Mail\tx;y,z|w\na@b.test\t1\n", "\t"),
        ("a|b\n1|a@b.test\n", "|"),
        ("Bảng lương tháng 11, năm 2026\n\nemail;tên\na@b.test;A\n", ";"),
    ],
)
def test_delimiters_people_write(text: str, delimiter: str) -> None:
    assert dialect.detect(lines(text)) == delimiter


@given(st.text(alphabet='abc,;\t|"\n\r\0@.', max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    assert dialect.detect(list(io.StringIO(text, newline=""))) in dialect.CANDIDATES


@pytest.mark.parametrize(
    ("line", "found"), [("sep=;\r\n", ";"), ("sep=\t\n", "\t"), ("sep=,", ","), ("sep=;;\n", ""), ("email\n", "")]
)
def test_excels_own_first_line(line: str, found: str) -> None:
    assert dialect.announced(line) == found


@pytest.mark.parametrize(("asked", "found"), [(";", ";"), ("tab", "\t"), ("TAB", "\t"), ("semicolon", ";"), ("^", "^")])
def test_asked_for_delimiters(asked: str, found: str) -> None:
    assert dialect.asked(asked) == found


@pytest.mark.parametrize("asked", ["", ";;", '"', "\n", "a", "5", "đ", "\0"])
def test_what_cannot_separate_is_refused(asked: str) -> None:
    with pytest.raises(DelimiterWrongError):
        dialect.asked(asked)
