from pathlib import Path

import pytest

from bocau.intake import Wishes
from bocau.intake.errors import FileHasNobodyError
from tests.intake.lists import EXAMPLES, read, write


def kinds(path: Path, text: str, wishes: Wishes | None = None) -> list[str]:
    return [one.kind.value for one in read(write(path / "a.csv", text), wishes)[2].meanings]


def test_column_of_plain_numbers_is_a_number(tmp_path: Path) -> None:
    assert kinds(tmp_path, "email,a,b\na@b.test,1,x\nb@b.test,-2,3\n") == ["text", "number", "text"]


def test_one_cell_makes_the_column_text(tmp_path: Path) -> None:
    rows = "".join(f"p{n}@b.test,{n}\n" for n in range(1500))
    assert kinds(tmp_path, "email,a\n" + rows) == ["text", "number"]
    assert kinds(tmp_path, "email,a\n" + rows + "z@b.test,007\n") == ["text", "text"]


def test_empty_cells_say_nothing_about_a_kind(tmp_path: Path) -> None:
    assert kinds(tmp_path, "email,a,b\na@b.test,,\nb@b.test, 5 ,\nc@b.test\n") == ["text", "number", "text"]


def test_column_that_begins_after_empty_blocks_is_judged_whole(tmp_path: Path) -> None:
    empty = "".join(f"p{n}@b.test,\n" for n in range(1000))
    assert kinds(tmp_path, "email,a\n" + empty + "y@b.test,1\n") == ["text", "number"]
    assert kinds(tmp_path, "email,a\n" + "y@b.test,1\n" + empty + "z@b.test,x\n") == ["text", "text"]


def test_a_persons_word_stands_over_what_cells_show(tmp_path: Path) -> None:
    wishes = Wishes(kinds={"a": "text", "b": "number"})
    assert kinds(tmp_path, "email,a,b\na@b.test,1,007\n", wishes) == ["text", "text", "number"]


def test_people_are_counted_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\na@b.test\nA@B.test\nb@real.vn\nwrong\n\n")
    found = read(path)[2]
    assert (found.rows, found.good, found.people, found.real) == (4, 3, 2, 1)


def test_list_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileHasNobodyError) as caught:
        read(write(tmp_path / "a.csv", "email\nwrong\n"))
    assert "column email" in caught.value.advice()


def test_sample_of_ten_thousand() -> None:
    messages, problems, found = read(EXAMPLES / "contacts-10k.csv")
    assert found.people == len(messages) == 10_000
    assert problems == []
    assert [key for key, one in zip(found.columns.keys, found.meanings, strict=True) if one.kind == "number"] == [
        "amount"
    ]
