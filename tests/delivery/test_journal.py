import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bocau.base import locks
from bocau.delivery import journal
from bocau.delivery.journal import Journal
from bocau.ledger.protocol import DOUBT, NEVER, Fact, Result
from bocau.ledger.states import MessageState

SENT = Fact(7, 1, MessageState.sent, 250, "2.0.0", "Đã nhận", 3)


def written(folder: Path) -> Journal:
    diary = Journal(folder, "ledger-1")
    for message in (7, 8, 9):
        diary.attempt(message, 1, 5, 2)
    diary.reply(Result(7, 1, MessageState.sent, code=250, enhanced="2.0.0", reply="Đã nhận", relay=3), 5, 2)
    diary.reply(Result(8, 1, MessageState.unknown, doubt=True), 5, 2)
    diary.settled(5, 2, 4)
    diary.flush()
    return diary


def test_what_was_written_is_told(tmp_path: Path) -> None:
    diary = written(tmp_path)
    told = journal.told(diary.path, "ledger-1")
    assert told.facts == {(7, 1): SENT, (8, 1): Fact(8, 1, DOUBT, relay=0)}
    assert told.attempted == {(7, 1), (8, 1), (9, 1)} and told.intact
    assert journal.settles(diary.path, "ledger-1") == {5: (2, 4)}
    diary.abandon()


def test_attempt_taken_back_and_made_again_counts_as_made(tmp_path: Path) -> None:
    diary = Journal(tmp_path, "ledger-1")
    diary.attempt(7, 1, 5, 2)
    diary.never(7, 1, 5, 2)
    diary.flush()
    assert journal.told(diary.path, "ledger-1").facts == {(7, 1): Fact(7, 1, NEVER)}
    diary.attempt(7, 1, 5, 2)
    diary.flush()
    assert journal.told(diary.path, "ledger-1").facts == {}
    diary.abandon()


def test_lock_is_had_only_when_the_owner_is_dead(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        written(tmp_path).composing(9)
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    path = next(tmp_path.glob("*.log"))
    assert journal.lock(path) is None
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    held = journal.lock(path)
    assert held is not None and journal.lock(path) is None
    assert journal.told(path, "ledger-1").composing == 9
    for descriptor in (held, reader, writer):
        os.close(descriptor)


def test_successor_finds_a_journal_only_when_it_is_locked_and_headed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, list[str]]] = []

    def watched(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def before(*args: object) -> object:
            seen.append((name, [path.name for path in tmp_path.glob("*" + journal.SUFFIX)]))
            return call(*args)

        return before

    monkeypatch.setattr(locks, "lock", watched("lock", locks.lock))
    monkeypatch.setattr(journal.os, "pwrite", watched("pwrite", journal.os.pwrite))
    diary = Journal(tmp_path, "ledger-1")
    monkeypatch.undo()
    assert seen == [("lock", []), ("pwrite", [])]
    assert journal.read(diary.path)[0] is not None and journal.lock(diary.path) is None
    diary.abandon()


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_torn_tail_keeps_what_is_whole_and_counts_as_intact(tmp_path: Path, cut: int) -> None:
    diary = written(tmp_path)
    whole = diary.path.read_bytes()[: diary.size]
    diary.path.write_bytes(whole[:-cut] + bytes(4096))
    told = journal.told(diary.path, "ledger-1")
    assert told.intact and told.attempted == {(7, 1), (8, 1), (9, 1)}
    diary.abandon()


def test_zeroed_middle_keeps_replies_and_proves_nothing_by_absence(tmp_path: Path) -> None:
    diary = written(tmp_path)
    data = bytearray(diary.path.read_bytes())
    at = data.index(journal.MARK, 150)
    data[at - 20 : at + 20] = bytes(40)
    diary.path.write_bytes(data)
    told = journal.told(diary.path, "ledger-1")
    assert not told.intact and told.composing == 0 and (7, 1) in told.facts
    diary.abandon()


def test_what_is_left_behind_a_hole_proves_nothing_by_absence(tmp_path: Path) -> None:
    """The page before the last is zero, and the last holds the end of one record and no whole one."""
    diary = Journal(tmp_path, "ledger-1")
    record = 0
    while diary.size < 8192 or 4096 - diary.size % 4096 >= record:
        before = diary.size
        diary.attempt(7, 1, 5, 2)
        diary.flush()
        record = diary.size - before
    for message in (8, 9):
        diary.attempt(message, 1, 5, 2)
    diary.flush()
    data = bytearray(diary.path.read_bytes())
    last = (diary.size - 1) // 4096 * 4096
    ends = [start + journal.HEAD.size + len(body) for start, body in journal._bodies(bytes(data))]
    cut = min(end for end in ends if end > last)  # of the record that reaches into the last page
    data[cut:] = bytes(len(data) - cut)
    assert journal.read(diary.path)[2]
    data[last - 4096 : last] = bytes(4096)
    diary.path.write_bytes(data)
    assert not journal.read(diary.path)[2]
    diary.abandon()


@pytest.mark.parametrize("cut", [0, 1, 20, 40, 100])
def test_a_cut_file_proves_nothing_by_absence(tmp_path: Path, cut: int) -> None:
    diary = written(tmp_path)
    os.truncate(diary.path, diary.size - cut)
    assert not journal.told(diary.path, "ledger-1").intact
    diary.abandon()


def test_a_deleted_file_is_noticed_and_closing_it_is_no_error(tmp_path: Path) -> None:
    diary = written(tmp_path)
    assert not diary.deleted()
    diary.path.unlink()
    assert diary.deleted()
    diary.close()
    assert not list(tmp_path.glob("*" + journal.DONE))


def test_old_journals_are_cleared_and_no_living_one(tmp_path: Path) -> None:
    living, ended, old = (written(tmp_path) for _ in range(3))
    ended.close()
    old.close()
    killed = [tmp_path / ("killed" + ending) for ending in (journal.NEW, journal.SLOT)]
    for path in killed:
        path.touch()
    for path in (living.path, old.path.with_suffix(journal.DONE), killed[0]):
        os.utime(path, (0, 0))
    journal.clear(tmp_path, 60)
    kept = [living.path, living.path.with_suffix(journal.SLOT), ended.path.with_suffix(journal.DONE)]
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    living.abandon()


def test_a_journal_retired_after_it_was_found_is_read_all_the_same(tmp_path: Path) -> None:
    first, second, third = (written(tmp_path) for _ in range(3))
    first.close()
    os.utime(first.path.with_suffix(journal.DONE), (0, 0))
    os.utime(third.path, (9, 9))
    os.utime(second.path, (5, 5))
    found = journal.found(tmp_path)
    assert found == [(0, first.path), (5, second.path), (9, third.path)]
    second.close()
    third.path.unlink()
    assert [journal.settles(path, "ledger-1") for _, path in found] == [{5: (2, 4)}, {5: (2, 4)}, {}]
    assert journal.told(third.path, "ledger-1").intact is False
    assert [path for _, path in journal.found(tmp_path)] == [first.path, second.path]
    third.abandon()


def test_other_boot_is_not_intact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diary = written(tmp_path)
    monkeypatch.setattr(journal, "boot_id", lambda: "another")
    told = journal.told(diary.path, "ledger-1")
    assert not told.intact and told.facts[(7, 1)] == SENT
    diary.abandon()


def test_foreign_journal_is_refused(tmp_path: Path) -> None:
    diary = written(tmp_path)
    with pytest.raises(journal.JournalForeignError):
        journal.told(diary.path, "ledger-2")
    diary.abandon()


def test_clean_end_is_kept_under_another_name(tmp_path: Path) -> None:
    diary = written(tmp_path)
    diary.close()
    assert not list(tmp_path.glob("*.log")) and not list(tmp_path.glob("*.slot"))
    assert journal.settles(next(tmp_path.glob("*.done")), "ledger-1") == {5: (2, 4)}
