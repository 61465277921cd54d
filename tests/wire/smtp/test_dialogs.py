"""Every dialog of dialogs/*.txt, played against the real Session. The notation: see dialog.py."""

from pathlib import Path

import pytest

from tests.wire.smtp.dialog import Dialog, Player, read_dialogs

FILES = sorted((Path(__file__).parent / "dialogs").glob("*.txt"))
CASES = [
    pytest.param(dialog, pieces, id=f"{path.stem}: {dialog.title} ({pieces})")
    for path in FILES
    for dialog in read_dialogs(path)
    for pieces in dialog.pieces
]


@pytest.mark.parametrize(("dialog", "pieces"), CASES)
def test_dialog_goes_as_written(dialog: Dialog, pieces: str) -> None:
    Player(dialog, pieces).play()


def test_dialogs_are_found() -> None:
    assert len(FILES) > 5
    assert len({str(case.id) for case in CASES}) == len(CASES)


def test_a_dialog_can_fail() -> None:
    wrong = Dialog("x", {}, ("whole",), [("S", "220 hi"), ("C", "EHLO somebody.else")])
    with pytest.raises(AssertionError):
        Player(wrong, "whole").play()
