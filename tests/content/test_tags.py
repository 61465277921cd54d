"""Template tags are found exactly where minijinja finds them."""

import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.content.masks import mask
from bocau.content.tags import Static, Tag, excerpt, position, split

SNIPPETS = [
    "a",
    " ",
    "\n",
    "{",
    "}",
    "%",
    "{{ x }}",
    "{{- x -}}",
    "{{ '}}' }}",
    '{{ "{{" }}',
    "{{ {'a': {'b': 1}} }}",
    "{% if x %}",
    "{% endif %}",
    "{%- if '%}' -%}",
    "{# {{ x }} #}",
    "{#- c -#}",
    "{% raw %}{{ x }}{% endraw %}",
    "{%- raw -%} {% if %} {%- endraw -%}",
    "{{ [1, (2)][0] }}",
    "{{ 5 % 3 }}",
    "\u1ec5",
]
ENVIRONMENT = minijinja.Environment(keep_trailing_newline=True)


@given(st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join))
def test_what_minijinja_accepts_is_split_without_loss(source: str) -> None:
    try:
        ENVIRONMENT.add_template("t", source)
    except minijinja.TemplateError:
        return
    pieces = split(source)
    for piece in pieces:
        if isinstance(piece, Tag):
            assert source.startswith(piece.text, piece.offset)
    rebuilt = "".join(piece.text if isinstance(piece, Tag) else _raw(piece.text) for piece in pieces)
    if "-" not in source:  # trimming around raw is the engine's affair
        assert ENVIRONMENT.render_str(rebuilt, x="v") == ENVIRONMENT.render_str(source, x="v")


def _raw(text: str) -> str:
    return text if "{" not in text else "{% raw %}" + text + "{% endraw %}"


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("a{{ b }}c", ["a", "{{ b }}", "c"]),
        ("{{ '}}' }}", ["{{ '}}' }}"]),
        ('{% if "%}" %}', ['{% if "%}" %}']),
        ("{{ {'a':{'b':1}}.a }}", ["{{ {'a':{'b':1}}.a }}"]),
        ("{# {{ x }} #}y", ["{# {{ x }} #}", "y"]),
        ("{% raw %}{{ x }}{% endraw %}y", ["{{ x }}", "y"]),
        ("{{ x", ["{{ x"]),
    ],
)
def test_tags_end_where_they_end(source: str, texts: list[str]) -> None:
    assert [piece.text for piece in split(source)] == texts


def test_a_block_tag_knows_its_word() -> None:
    words = [piece.word for piece in split("{%- if x %}{% endif -%}{{ if }}") if isinstance(piece, Tag)]
    assert words == ["if", "endif", ""]


def test_places_count_from_one_and_in_characters() -> None:
    source = "ễ\n  {{ x }}"
    assert position(source, source.index("{{")) == (2, 3)
    assert excerpt(source, source.index("{{"), 7) == "      {{ x }}\n      ^^^^^^^"


def test_the_caret_of_a_long_line_stands_below_the_place() -> None:
    source = "x" * 500 + "{{ y }}" + "z" * 500
    line, caret = excerpt(source, 500, 7).split("\n")
    assert line[caret.index("^") : caret.rindex("^") + 1] == "{{ y }}"
    assert len(line) < 120


@given(st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join))
def test_masked_tags_are_found_again_and_their_source_places_known(source: str) -> None:
    pieces = split(source)
    masked, masks = mask(source, pieces)
    assert "{{" not in masks.strip(masked) or any("{" in p.text for p in pieces if isinstance(p, Static))
    found = masks.find(masked)
    assert [one.tag for one in found] == [piece for piece in pieces if isinstance(piece, Tag)]
    for one in found:
        assert masks.source_offset(one.start) == one.tag.offset


def test_the_words_of_masks_occur_nowhere_in_the_source() -> None:
    source = "bocau0t0z BOCAU1 {{ x }}"
    masked, masks = mask(source, split(source))
    assert masks.prefix == "bocau2"
    assert len(masks.find(masked)) == 1
