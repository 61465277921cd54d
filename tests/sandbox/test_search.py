from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.sandbox import Mailbox, Query, search
from bocau.sandbox.folding import fold
from bocau.sandbox.search import Place, terms
from tests.sandbox.letters import caught, letter


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with Mailbox(tmp_path) as opened:
        opened.add(
            [
                caught(letter(subject="Nhắc lịch khám", text="Kính gửi chị Nguyễn Thị Đào"), to="dao.nt@clinic.test"),
                caught(letter(subject="Phiếu lương", text="100% của anh_Hùng", html="<p>Tổng: 6.233.000</p>")),
                caught(letter(subject="Xác nhận", text="mã DH565529"), to="hung@hospital.test"),
            ]
        )
        while opened.look_through(10):
            pass
        yield opened


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "all", ["Xác nhận", "Phiếu lương", "Nhắc lịch khám"]),
        ("nguyen thi dao", "all", ["Nhắc lịch khám"]),
        ("NGUYỄN đào", "all", ["Nhắc lịch khám"]),
        ("dao.nt@clinic", "address", ["Nhắc lịch khám"]),
        ("hospital", "address", ["Xác nhận"]),
        ("hospital", "subject", []),
        ("lich", "subject", ["Nhắc lịch khám"]),
        ("565529", "text", ["Xác nhận"]),
        ('"thi dao"', "all", ["Nhắc lịch khám"]),
        ('"dao thi"', "all", []),
        ("dao thi", "all", ["Nhắc lịch khám"]),
        ("%", "all", ["Phiếu lương"]),
        ("anh_hung", "all", ["Phiếu lương"]),
        ("'; DROP TABLE mail; --", "all", []),
        ("phong kham", "address", ["Xác nhận", "Phiếu lương", "Nhắc lịch khám"]),
    ],
)
def test_mails_are_found(mailbox: Mailbox, text: str, place: Place, found: list[str]) -> None:
    assert [entry.subject for entry in search(mailbox, Query(text, place)).entries] == found


def test_pages_lead_from_newest_to_oldest_and_back(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        mailbox.add([caught(letter(subject=str(number))) for number in range(7)])
        first = search(mailbox, Query(), limit=3)
        second = search(mailbox, Query(), before=first.older, limit=3)
        third = search(mailbox, Query(), before=second.older, limit=3)
        back = search(mailbox, Query(), after=third.newer, limit=3)
    pages = [[entry.subject for entry in page.entries] for page in (first, second, third, back)]
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"], ["3", "2", "1"]]
    assert [page.first for page in (first, second, third, back)] == [1, 4, 7, 4]
    assert (first.newer, third.older, first.total) == (None, None, 7)


def test_page_stays_when_new_mail_comes_in(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        mailbox.add([caught(letter(subject=str(number))) for number in range(4)])
        older = search(mailbox, Query(), limit=2).older
        mailbox.add([caught(letter(subject="new"))])
        assert [entry.subject for entry in search(mailbox, Query(), before=older, limit=2).entries] == ["1", "0"]


def test_terms_are_words_and_phrases_and_not_too_many() -> None:
    assert terms('  một "Hai  Ba" "" ') == ["mot", "hai ba"]
    assert len(terms("x " * 400)) == 10


def test_folding_takes_accents_case_and_spaces_away() -> None:
    assert fold("  NGUYỄN\tThị  Đào ") == "nguyen thi dao"
    assert fold("Nguye\u0302\u0303n") == "nguyen"  # decomposed, as macOS writes it
