"""An empty cell of a number column is None in the data."""

import pytest

from bocau import content


def rendered(html: str, **data: object) -> str:
    version = content.Version.unsaved(content.Source(subject="x", html=f"<p>{html}</p>"))
    return content.compile(version).render(data).html or ""


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("[{{ amount }}]", "[]"),
        ("{% if amount > 1000000 %}more{% else %}less{% endif %}", "less"),
        ("{{ amount | default('none') }}", "none"),
        ("[{{ amount | upper }}]", "[]"),
        ("[{{ amount | string | trim }}]", "[]"),
        ("<a href='https://x.test/{{ amount }}'>a</a>", "https://x.test/'"),
    ],
)
def test_nobody_reads_none_and_nothing_is_more_than_anything(html: str, shown: str) -> None:
    assert shown in rendered(html, amount=None).replace('"', "'")


def test_default_also_serves_an_empty_text() -> None:
    assert "Xin chào bạn!" in rendered("Xin chào {{ name | default('bạn') }}!", name="")


def test_zero_is_a_number_and_no_empty_cell() -> None:
    assert "<p>0</p>" in rendered("{{ amount | default(7) }}", amount=0)
