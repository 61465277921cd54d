import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.sandbox import Mailbox, Query, search
from bocau.sandbox.mailbox import MailboxBrokenError
from tests.sandbox.letters import caught, letter


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with Mailbox(tmp_path) as opened:
        yield opened


def subjects(mailbox: Mailbox) -> list[str]:
    return [entry.subject for entry in search(mailbox, Query()).entries]


def test_mail_is_kept_byte_for_byte_and_shown_newest_first(mailbox: Mailbox) -> None:
    raws = [letter(subject=f"Nhắc lịch {number}") for number in range(3)]
    mailbox.add([caught(raw) for raw in raws[:2]])
    mailbox.add([caught(raws[2])])
    found = search(mailbox, Query()).entries
    assert [entry.subject for entry in found] == ["Nhắc lịch 2", "Nhắc lịch 1", "Nhắc lịch 0"]
    assert [mailbox.raw(entry.id) for entry in reversed(found)] == raws
    assert found[0].recipients == ("lan@clinic.test",)
    assert mailbox.raw(99) is None


def test_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    with Mailbox(tmp_path, keep_mails=5) as mailbox:
        for number in range(4):
            mailbox.add([caught(letter(subject=f"{number}{place}")) for place in "ab"])
        assert subjects(mailbox) == ["3b", "3a", "2b", "2a", "1b"]


def test_oldest_go_when_they_weigh_too_much(tmp_path: Path) -> None:
    raws = [letter(subject=str(number)) for number in range(8)]
    with Mailbox(tmp_path, keep_bytes=3 * len(raws[0])) as mailbox:
        for raw in raws:
            mailbox.add([caught(raw)])
        assert mailbox.tally().bytes == 3 * len(raws[0])
        assert subjects(mailbox) == ["7", "6", "5"]


def test_one_mail_larger_than_all_is_still_kept(tmp_path: Path) -> None:
    with Mailbox(tmp_path, keep_bytes=100) as mailbox:
        mailbox.add([caught(), caught()])
        assert mailbox.tally().mails == 1


def test_limits_hold_when_another_process_clears_in_between(tmp_path: Path) -> None:
    with Mailbox(tmp_path, keep_mails=3) as mailbox, Mailbox(tmp_path) as other:
        mailbox.add([caught()] * 3)
        assert other.clear() == 3
        mailbox.add([caught()] * 2)
        mailbox.add([caught()] * 2)
        assert other.tally().mails == 3


def test_numbers_are_never_given_twice(mailbox: Mailbox) -> None:
    mailbox.add([caught()])
    first = search(mailbox, Query()).entries[0].id
    mailbox.clear()
    mailbox.add([caught()])
    assert search(mailbox, Query()).entries[0].id > first


def test_clear_leaves_nothing_and_gives_the_space_back(mailbox: Mailbox) -> None:
    mailbox.add([caught(letter(text="x" * 100_000)) for _ in range(20)])
    mailbox.look_through(100)
    assert mailbox.clear() == 20
    assert mailbox.tally().mails == 0
    assert mailbox.path.stat().st_size < 200_000


def test_attachments_are_counted_once_the_mail_was_looked_through(mailbox: Mailbox) -> None:
    mailbox.add([caught(letter(files=(("a.pdf", b"x"),)))])
    assert search(mailbox, Query()).entries[0].files is None
    assert mailbox.tally().waiting == 1
    assert (mailbox.look_through(10), mailbox.look_through(10)) == (1, 0)
    assert search(mailbox, Query()).entries[0].files == 1
    assert mailbox.tally().waiting == 0


def test_failed_group_keeps_none_of_it(mailbox: Mailbox) -> None:
    mailbox.add([caught()])
    mailbox._db.execute("CREATE TRIGGER no BEFORE INSERT ON letter BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(MailboxBrokenError, match="disk full"):
        mailbox.add([caught(), caught()])
    assert mailbox.tally().mails == 1


def test_file_that_is_no_database_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "mailbox.db").write_bytes(b"not a database" * 100)
    with pytest.raises(MailboxBrokenError) as raised:
        Mailbox(tmp_path)
    assert "mailbox.db" in str(raised.value)
    assert raised.value.advice()


def test_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        mailbox.add([caught()])
        writer = sqlite3.connect(mailbox.path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with Mailbox(tmp_path, wait=0.0) as reader:
            assert reader.tally().mails == 1
        writer.close()
