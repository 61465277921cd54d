"""Text stands out from what is behind it, in light and dark: WCAG 2.2, 1.4.3 (4.5 to 1)."""

import re
from pathlib import Path

import pytest

import bocau

SOURCE = (Path(bocau.__file__).parent / "doors" / "web" / "static" / "style.css").read_text(encoding="utf-8")
PAIRS = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("ground", "card", "raised")]
PAIRS += [(tone, f"{tone}-ground") for tone in ("green", "amber", "red", "violet", "grey", "accent")]
PAIRS += [("on-accent", "accent"), ("on-red", "red"), ("red", "card"), ("amber", "card"), ("ink", "amber-ground")]


def palette(head: str) -> dict[str, str]:
    block = re.search(re.escape(head) + r" \{(.*?)\}", SOURCE, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "head", [":root", '[data-theme="dark"]', '  [data-theme="auto"]'], ids=["light", "dark", "auto"]
)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-on-".join(pair))
def test_text_is_readable(head: str, pair: tuple[str, str]) -> None:
    colours = palette(head)
    lighter, darker = sorted((luminance(colours[name]) for name in pair), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_dark_is_the_same_whether_chosen_or_the_systems() -> None:
    assert palette('[data-theme="dark"]') == palette('  [data-theme="auto"]')
    assert set(palette('[data-theme="dark"]')) == set(palette(":root"))
