import re
from pathlib import Path

import pytest

import bocau

FOLDER = Path(bocau.__file__).parent / "doors" / "web" / "templates"
FORBIDDEN = [r"\sstyle=", r"\son\w+=", r"<style", r"<script(?![^>]*\ssrc=)", r"\|\s*safe", r"https?://", r"autoescape"]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_templates_hold_nothing_the_policy_forbids(pattern: str) -> None:
    for path in FOLDER.rglob("*.html"):
        assert not re.search(pattern, path.read_text(encoding="utf-8")), path
