import os
import subprocess
import sys
from pathlib import Path

import pytest

from bocau.base import tether

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")


def test_command_is_run_as_it_is() -> None:
    out = subprocess.run(tether.command([sys.executable, "-c", "print('here')"]), capture_output=True, text=True)
    assert (out.stdout, out.stderr, out.returncode) == ("here\n", "", 0)


@linux
def test_process_whose_parent_died_meanwhile_does_not_start(tmp_path: Path) -> None:
    sign = tmp_path / "started"
    command = tether.command([sys.executable, "-c", f"open({str(sign)!r}, 'w')"])
    command[command.index(str(os.getpid()))] = "1"  # as if this test's process had been another one
    out = subprocess.run(command, capture_output=True)
    assert out.returncode != 0 and not sign.exists()
