"""Run once more, each by itself, what failed in the last run of pytest here: python tools/once_more.py SEED

What passes now is printed as ``FLAKY name seed`` and forgiven: a busy machine must not throw a day's work away. It is a bug
all the same, to be found. What fails twice is not forgiven, nor are two of one name, nor more than ``MOST``; nor a run
that did not come to its end, nor one that left a process behind.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

CACHE = Path(".pytest_cache/v")
FAILED = CACHE / "cache/lastfailed"
ENDED = CACHE / "bocau/ended"
"""Written by tests/fakes/ending.py."""
MOST = 5
GROUP = re.compile(r"@\w+$")
"""What xdist adds to the name of a test that stays with others."""


def failed() -> list[str]:
    """The names of what failed, by the file where pytest keeps them."""
    return sorted({GROUP.sub("", name) for name in kept(FAILED) or {}})


def kept(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def unforgivable(seed: str) -> str:
    """Why no test that passes now can make the run good: what it did besides failing; empty when there is nothing."""
    ended = kept(ENDED)
    if not ended or ended["seed"] != seed:
        return f"no run with seed {seed} came to its end"
    if ended["status"] != 1 or not ended["whole"]:
        return f"the run ended early, with status {ended['status']}"
    return "a process outlived the run" if ended["outlived"] else ""


def passes(name: str, seed: str) -> bool:
    alone = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run([*alone, f"--randomly-seed={seed}", name], check=False).returncode == 0


def main(seed: str) -> int:
    if reason := unforgivable(seed):
        say(f"Not tried again: {reason}")
        return 1
    names = failed()
    if not names or len(names) > MOST:
        say(f"{len(names)} tests failed: not tried again")
        return 1
    flaky = [name for name in names if passes(name, seed)]
    for name in flaky:
        say(f"FLAKY {name} {seed}")
    doubled = [name for name, count in Counter(name.partition("[")[0] for name in flaky).items() if count > 1]
    lost = [name for name in names if name not in flaky]
    for name in lost:
        say(f"FAILED TWICE {name} {seed}")
    for name in doubled:
        say(f"FLAKY MORE THAN ONCE {name} {seed}")
    return 1 if lost or doubled else 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
