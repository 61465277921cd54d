"""CI's second try, with real runs of pytest in a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "once_more.py"
SEED = "7"
ENVIRON = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "-p randomly -p xdist",
}
"""Only the plugins that matter: others take longer to import than all that is done here."""
CONFTEST = """
import pytest
from tests.fakes import ending, leftovers, surroundings

surroundings.make()
leftovers.PATIENCE = 0.0

def pytest_configure(config):
    ending.watch(config)

@pytest.fixture(scope="session", autouse=True)
def nothing_outlives_the_run():
    yield
    leftovers.check_run()
"""
TESTS = """
import os
import subprocess
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

def test_leaving():
    if first_time("leaving"):
        process = subprocess.Popen(["sleep", "600"])
        Path("left").write_text(str(process.pid))
        process.returncode = 0

def test_stopped():
    if first_time("stopped"):
        raise KeyboardInterrupt

def test_fatal():
    if first_time("fatal"):
        os._exit(1)
"""


def run(folder: Path, which: str, *options: str, seed: str = SEED) -> int:
    """pytest's exit code for the tests whose names hold ``which``, in the order of the file."""
    (folder / "test_it.py").write_text(TESTS)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = xdist_group: x\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        f"--randomly-seed={seed}",
        "--randomly-dont-reorganize",
        "-k",
        which,
    ]
    return subprocess.run([*command, *options], cwd=folder, env=ENVIRON, capture_output=True, check=False).returncode


def once_more(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, SCRIPT, SEED]
    return subprocess.run(command, cwd=folder, env=ENVIRON, capture_output=True, text=True, check=False)


def tried(folder: Path, which: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """A run in which tests fail, then the second try."""
    assert run(folder, which, *options) == 1
    return once_more(folder)


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """The file in which a test says what it left behind."""
    yield tmp_path / "left"
    os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)


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


@pytest.mark.parametrize("options", [(), ("-n", "1", "--dist", "loadgroup")], ids=["alone", "xdist"])
def test_a_process_that_outlives_the_run_is_not_the_last_tests_fault(
    tmp_path: Path, left: Path, options: tuple[str, ...]
) -> None:
    told = tried(tmp_path, "leaving", *options)
    assert left.exists() and told.returncode == 1
    assert "a process outlived the run" in told.stdout and "FLAKY" not in told.stdout


def test_a_run_that_was_interrupted_is_not_forgiven(tmp_path: Path) -> None:
    assert run(tmp_path, "flaky or stopped") == pytest.ExitCode.INTERRUPTED
    told = once_more(tmp_path)
    assert told.returncode == 1 and "ended early, with status 2" in told.stdout


@pytest.mark.parametrize("options", [("-x",), ("-x", "-n", "1")], ids=["alone", "xdist"])
def test_a_run_that_stopped_at_the_first_failure_is_not_forgiven(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run(tmp_path, "flaky or good", *options) in (1, 2)
    told = once_more(tmp_path)
    assert told.returncode == 1 and "ended early" in told.stdout


def test_a_run_with_an_error_of_pytest_itself_is_not_forgiven(tmp_path: Path) -> None:
    (tmp_path / "broken_hook.py").write_text("def pytest_runtest_logfinish(location):\n    raise OSError\n")
    options = ("-p", "broken_hook", "-o", "pythonpath=.")
    assert run(tmp_path, "flaky", *options) == pytest.ExitCode.INTERNAL_ERROR
    told = once_more(tmp_path)
    assert told.returncode == 1 and "ended early, with status 3" in told.stdout


def test_a_run_of_which_nothing_is_known_is_not_forgiven_for_the_one_before(tmp_path: Path) -> None:
    assert run(tmp_path, "flaky") == 1
    assert run(tmp_path, "fatal") == 1  # as if it was killed: it wrote nothing
    told = once_more(tmp_path)
    assert told.returncode == 1 and "no run with seed 7 came to its end" in told.stdout


def test_a_run_with_another_seed_is_not_this_one(tmp_path: Path) -> None:
    assert run(tmp_path, "flaky", seed="8") == 1
    assert run(tmp_path, "good", "--no-such-option") == pytest.ExitCode.USAGE_ERROR
    told = once_more(tmp_path)
    assert told.returncode == 1 and "no run with seed 7 came to its end" in told.stdout


@pytest.mark.parametrize("kept", [None, "{}"])
def test_a_run_that_failed_without_a_test_is_not_forgiven(tmp_path: Path, kept: str | None) -> None:
    assert run(tmp_path, "flaky") == 1
    failed = tmp_path / ".pytest_cache/v/cache/lastfailed"
    failed.unlink() if kept is None else failed.write_text(kept)
    told = once_more(tmp_path)
    assert told.returncode == 1 and "0 tests failed" in told.stdout
