"""What is made to hold a page's reader up does not: each of these took minutes or hours once it was long enough."""

import pytest

from bocau import content
from bocau.content.css import Sheet


@pytest.mark.parametrize("property_", ["font-size", "opacity", "max-height"])
def test_a_value_of_any_length_is_passed_over_once(property_: str) -> None:
    page = f"<style>p{{{property_}:{'0' * 2_000_000}}}</style>" + "<p>a" * 20_000
    assert content.visible_text(page).count("a") == 20_000


def test_rules_under_conditions_are_passed_over() -> None:
    sheet = Sheet()
    sheet.add("@a{}" * 1_000_000 + ".b{display:none}")
    assert len(sheet.rules) == 1


@pytest.mark.parametrize(
    "selector", ["b x y z z z z *", "b > x * * * * * *", "* * * * * * *", "q > x p", "p.a.b", "*.a > *.b *.c"]
)
def test_every_element_of_a_deep_page_meets_many_rules(selector: str) -> None:
    rules = "".join(f"{selector}{{visibility:visible;opacity:{at}}}" for at in range(1, 101))
    page = f"<style>{rules}</style>" + "<x class='a b c'>" * 499 + "<s class='a b c'>a</s>" * 10_000
    assert content.visible_text(page).count("a") == 10_000
