"""CI's second try, with real runs of pytest in a folder of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "once_more.py"
TESTS = """
from pathlib import Path
import pytest

def first_time(name):
    mark = Path(name)
    was = mark.exists()
    mark.touch()
    return not was

def test_good(): pass
def test_flaky(): assert not first_time("flaky")
def test_broken(): assert False

@pytest.mark.parametrize("n", ["a@b", "c"])
def test_twins(n): assert not first_time(n.replace("@", ""))

@pytest.mark.xdist_group("house")
def test_grouped(): assert not first_time("grouped")
"""


def tried(folder: Path, which: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """A run of the tests whose names hold ``which``, then the second try."""
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = xdist_group: x\n")
    run = [sys.executable, "-m", "pytest", "-q", "-k", which, *options]
    assert subprocess.run(run, cwd=folder, capture_output=True, check=False).returncode == 1
    return subprocess.run([sys.executable, SCRIPT, "7"], cwd=folder, capture_output=True, text=True, check=False)


def test_what_passes_alone_is_told_and_forgiven(tmp_path: Path) -> None:
    told = tried(tmp_path, "flaky or good")
    assert told.returncode == 0 and "FLAKY test_it.py::test_flaky 7\n" in told.stdout


def test_what_fails_twice_is_not(tmp_path: Path) -> None:
    told = tried(tmp_path, "flaky or broken")
    assert told.returncode == 1
    assert "FLAKY test_it.py::test_flaky 7\n" in told.stdout
    assert "FAILED TWICE test_it.py::test_broken 7\n" in told.stdout


def test_two_of_one_name_are_not(tmp_path: Path) -> None:
    told = tried(tmp_path, "twins")
    assert told.returncode == 1
    assert "FLAKY MORE THAN ONCE test_it.py::test_twins 7\n" in told.stdout


def test_a_test_that_stays_with_others_is_found_by_its_name(tmp_path: Path) -> None:
    told = tried(tmp_path, "grouped", "-n", "1", "--dist", "loadgroup")
    assert told.returncode == 0 and "FLAKY test_it.py::test_grouped 7\n" in told.stdout


@pytest.mark.parametrize("kept", [None, "{}"])
def test_a_run_that_failed_without_a_test_is_not_forgiven(tmp_path: Path, kept: str | None) -> None:
    if kept is not None:
        (tmp_path / ".pytest_cache/v/cache").mkdir(parents=True)
        (tmp_path / ".pytest_cache/v/cache/lastfailed").write_text(kept)
    told = subprocess.run([sys.executable, SCRIPT, "7"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
