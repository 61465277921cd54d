import os
import subprocess
import sys
from pathlib import Path

from bocau.base.shares import Shares

CHILD = """
import sys
from pathlib import Path
from bocau.base.shares import Shares
shares = Shares(Path(sys.argv[1]))
shares.add([(("mails", "gmail"), 5.0), (("mails", "sandbox"), 2.0)])
print("counted", flush=True)
sys.stdin.read()
"""


def start(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "counted\n"
    return child


def end(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.communicate()


def test_numbers_of_all_processes_are_added_up(tmp_path: Path) -> None:
    own = Shares(tmp_path)
    own.add([(("mails", "gmail"), 1.0)])
    children = [start(tmp_path), start(tmp_path)]
    try:
        assert own.sums() == {("mails", "gmail"): 11.0, ("mails", "sandbox"): 4.0}
    finally:
        for child in children:
            end(child)
        own.close()


def test_numbers_of_a_killed_process_stay_and_its_file_goes(tmp_path: Path) -> None:
    end(start(tmp_path))
    reader = Shares(tmp_path)
    for _ in range(3):
        assert reader.sums() == {("mails", "gmail"): 5.0, ("mails", "sandbox"): 2.0}
    assert list(tmp_path.glob("*.share")) == []


def test_file_folded_by_a_reader_killed_before_deleting_it_counts_once(tmp_path: Path) -> None:
    end(start(tmp_path))
    (file,) = tmp_path.glob("*.share")
    kept = file.read_bytes()
    reader = Shares(tmp_path)
    reader.sums()
    file.write_bytes(kept)
    assert reader.sums()[("mails", "gmail")] == 5.0


def test_living_process_keeps_its_file(tmp_path: Path) -> None:
    child = start(tmp_path)
    try:
        reader = Shares(tmp_path)
        assert reader.sums() == reader.sums()
        assert len(list(tmp_path.glob("*.share"))) == 1
    finally:
        end(child)


def test_forked_child_counts_in_a_file_of_its_own(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from bocau.base.shares import Shares
shares = Shares(Path(sys.argv[1]))
shares.add([(("mails",), 1.0)])
child = os.fork()
shares.add([(("mails",), 10.0)])
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
assert shares.sums() == {("mails",): 21.0}, shares.sums()
assert len(list(Path(sys.argv[1]).glob("*.share"))) == 1
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_damaged_files_count_for_nothing(tmp_path: Path) -> None:
    for number, bad in enumerate((b"", b"\xff" * 40, os.urandom(4096), b"\x20" + b"\0" * 40)):
        (tmp_path / f"{number}.share").write_bytes(bad)
    (tmp_path / "retired.json").write_bytes(b'{"sums": [[')
    own = Shares(tmp_path)
    own.add([(("mails",), 1.0)])
    assert own.sums() == {("mails",): 1.0}
    own.close()


def test_counting_goes_on_where_the_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("a file, not a folder")
    own = Shares(tmp_path / "metrics")
    own.add([(("mails",), 1.0)])
    own.add([(("mails",), 1.0)])
    own.close()


def test_more_names_than_a_file_holds_do_no_harm(tmp_path: Path) -> None:
    own = Shares(tmp_path)
    own.add([((f"name-{number}", "x" * 100), 1.0) for number in range(5000)])
    sums = own.sums()
    assert 1000 < len(sums) < 5000
    assert set(sums.values()) == {1.0}
    own.close()


def test_sums_stay_when_a_process_closes_and_counts_again(tmp_path: Path) -> None:
    own = Shares(tmp_path)
    for _ in range(3):
        own.add([(("mails",), 1.0)])
        own.close()
    assert own.sums() == {("mails",): 3.0}
