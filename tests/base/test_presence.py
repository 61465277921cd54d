import subprocess
import sys
from pathlib import Path

from bocau.base.presence import announce, present

CHILD = """
import sys
from pathlib import Path
from bocau.base.presence import announce
announce(Path(sys.argv[1]), "worker", queues=["bulk"])
print("here", flush=True)
sys.stdin.read()
"""


def test_part_is_present_until_it_leaves(tmp_path: Path) -> None:
    assert present(tmp_path) == []
    leave = announce(tmp_path, "web", port=8025)
    (seen,) = present(tmp_path)
    assert (seen.part, seen.facts) == ("web", {"port": 8025})
    leave()
    leave()
    assert present(tmp_path) == []


def test_killed_process_is_gone_at_once_and_its_file_too(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    (seen,) = present(tmp_path)
    assert (seen.part, seen.pid) == ("worker", child.pid)
    child.kill()
    child.communicate()
    assert present(tmp_path) == []
    assert list((tmp_path / "run").iterdir()) == []


def test_forked_child_does_not_keep_its_parent_present(tmp_path: Path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from bocau.base.presence import announce
announce(Path(sys.argv[1]), "worker")
if os.fork() == 0:
    print("child", flush=True)
    sys.stdin.read()
    os._exit(0)
os._exit(0)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    child.wait(10)
    assert child.stdout is not None
    child.stdout.readline()
    assert present(tmp_path) == []
    child.communicate()


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    assert present(tmp_path) == []
    assert (folder / "notes.txt").exists()
