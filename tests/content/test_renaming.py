"""A template follows a field that gets another name, and nothing else in it changes."""

import pytest

from bocau.content import Source, renamed

FOLLOWS = {
    "{{ tinh }}": "{{ tinh_thanh }}",
    "{{tinh|upper}} {{ tinh | default('tinh') }}": "{{tinh_thanh|upper}} {{ tinh_thanh | default('tinh') }}",
    '{% if tinh == "tinh" %}tinh{% endif %}': '{% if tinh_thanh == "tinh" %}tinh{% endif %}',
    "{# tinh #}{{ tinh }}{% raw %}{{ tinh }}{% endraw %}": "{# tinh #}{{ tinh_thanh }}{% raw %}{{ tinh }}{% endraw %}",
    "{{ row['tinh'] }}{{ row.tinh }}{{ tinh }}": "{{ row['tinh'] }}{{ row.tinh }}{{ tinh_thanh }}",
    "{% for mot in tinh %}{{ mot.tinh }}{% endfor %}": "{% for mot in tinh_thanh %}{{ mot.tinh }}{% endfor %}",
    "{{ tinhte }} {{ tinh_ }} tinh": "{{ tinhte }} {{ tinh_ }} tinh",
    "{% set tinh = 'x' %}{{ tinh }}": "{% set tinh = 'x' %}{{ tinh }}",
    "{{ {'tinh': tinh}['tinh'] }}": "{{ {'tinh': tinh_thanh}['tinh'] }}",
}
STAYS_TO_BE_DONE = (
    "{{ tinh }} {{ tinh_thanh }}",
    "{{ tinh }}{% set tinh = 'x' %}{{ tinh }}",
    "{{ tinh }}{% set tinh_thanh = 'x' %}",
    "{{ tinh }} {{ tinh",
)


@pytest.mark.parametrize("text", FOLLOWS)
def test_a_field_is_followed_where_it_is_a_field(text: str) -> None:
    assert renamed(Source(subject="s", text=text), "tinh", "tinh_thanh") == Source(subject="s", text=FOLLOWS[text])


@pytest.mark.parametrize("text", STAYS_TO_BE_DONE)
def test_what_cannot_be_carried_is_told(text: str) -> None:
    assert renamed(Source(subject="s", html=text), "tinh", "tinh_thanh") is None


def test_every_part_follows() -> None:
    made = renamed(Source(subject="{{ a }}", html="<p>Tỉnh 🐦 {{ a }}</p>", text="{{ a }} {{ b }}"), "a", "moi")
    assert made == Source(subject="{{ moi }}", html="<p>Tỉnh 🐦 {{ moi }}</p>", text="{{ moi }} {{ b }}")
