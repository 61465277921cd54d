"""Run once more, each by itself, what failed in the last run of pytest here: python tools/once_more.py SEED

What passes now is printed as ``FLAKY name seed`` and forgiven: a busy machine must not throw a day's work away. It is a bug
all the same, to be found. What fails twice is not forgiven, nor are two of one name, nor more than ``MOST``.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
MOST = 5
GROUP = re.compile(r"@\w+$")
"""What xdist adds to the name of a test that stays with others."""


def failed() -> list[str]:
    """The names of what failed, by the file where pytest keeps them."""
    kept = json.loads(FAILED.read_text(encoding="utf-8")) if FAILED.exists() else {}
    return sorted({GROUP.sub("", name) for name in kept})


def passes(name: str, seed: str) -> bool:
    alone = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run([*alone, f"--randomly-seed={seed}", name], check=False).returncode == 0


def main(seed: str) -> int:
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
