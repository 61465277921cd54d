"""Compiled templates: what minijinja makes of them, static text kept aside or not; errors with their place."""

import subprocess
import sys

import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau import content
from bocau.content.tags import Static
from bocau.content.template import Guarded, Template, environment, parse

LONG = "Một đoạn văn bản đủ dài để được giữ riêng, không đi qua trình dựng mẫu. "
SNIPPETS = [
    LONG,
    "  \n" + LONG + "\n  ",
    " x ",
    "{{ a }}",
    "{{- a -}}",
    "{% if n > 1 %}",
    "{%- if n > 1 -%}",
    "{% else %}",
    "{% endif %}",
    "{% for x in rows %}",
    "{{ x }}",
    "{%- endfor -%}",
    "{% endfor %}",
    "{% set s %}",
    "{% endset %}{{ s }}",
    "{% filter upper %}",
    "{% endfilter %}",
    "{# note #}",
    "{% raw %}{{ raw }}{% endraw %}",
    "{",
    "{% set v = 1 %}",
]
DATA = {"a": "<A & \u1ec5>", "n": 2, "rows": ["p", "q"], "x": "outer", "s": ""}


def template(source: str, *, html: bool = False, strict: bool = True, fuel: int = 200_000) -> Template:
    items = [piece if isinstance(piece, Static) else Guarded(piece) for piece in parse("text", source)]
    return Template("text", source, items, html=html, strict=strict, fuel=fuel)


@given(st.lists(st.sampled_from(SNIPPETS), max_size=9).map("".join), st.booleans())
def test_keeping_static_text_aside_changes_nothing(source: str, html: bool) -> None:
    plain = environment(html=html, strict=True, fuel=200_000)
    try:
        plain.add_template("text", source)
        expected = plain.render_template("text", **DATA)
    except minijinja.TemplateError:
        return
    if "raw" in source and "-%}" in source:
        return  # blanks around raw are trimmed a little less
    assert template(source, html=html).text(DATA) == expected


def test_data_cannot_imitate_a_static_text() -> None:
    made = template(LONG + "{{ a }}" + LONG)
    for key in made.statics:
        hostile = f"\x02{key}{made.assembly.prefix[:4]}{key}"
        assert made.text({"a": hostile}) == LONG + hostile + LONG


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("a\n  {{ x | }}", 2, 10, "identifier"),
        ("Chào\n Nguyễn {{ Họ tên }}", 2, 15, r"row\["),
        ("{% if x %}", 1, 9, "end of block"),
        ("a {{ x | nope }}", 1, 3, "no filter nope"),
        ("a {{ x is nope }}", 1, 3, "no test nope"),
        ("{% include 'x' %}", 1, 1, "include is not available"),
        ("{% extends 'x' %}", 1, 1, "extends is not available"),
        ("{% import 'x' as y %}", 1, 1, "import is not available"),
        ("x\n{% autoescape false %}{% endautoescape %}", 2, 1, "autoescape is not available"),
        ("{{ x | safe }}", 1, 1, "no filter safe"),
        ("{{ x | tojson }}", 1, 1, "no filter tojson"),
    ],
)
def test_a_broken_template_is_refused_with_its_place_and_a_caret(
    source: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(content.TemplateWrongError, match=said) as caught:
        template(source)
    assert (caught.value.fields["line"], caught.value.fields["column"]) == (line, column)
    assert "^" in str(caught.value)


def test_a_missing_field_is_named_with_its_line() -> None:
    with pytest.raises(content.RenderError, match=r"line 3: the field city is missing in \{\{ city \}\}"):
        template(LONG + "\n{{ a }}\n{{ city }}").text({"a": "x"})


def test_a_missing_field_is_empty_when_that_is_allowed() -> None:
    assert template("[{{ city }}{{ a.b.c }}]", strict=False).text({}) == "[]"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    ],
)
def test_endless_templates_and_bombs_end_with_a_reason(source: str) -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from tests.content.test_template import *
try:
    template({source!r}).text({{}})
except content.RenderError as error:
    print("refused")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.stdout == "refused\n", told.stderr[-500:]


def test_an_error_in_ones_data_names_the_tag() -> None:
    with pytest.raises(content.RenderError, match=r"in \{\{ a \+ 1 \}\}"):
        template("{{ a + 1 }}").text({"a": "x"})


def test_typed_values_compare_as_numbers() -> None:
    made = template("{% if amount > 1000000 %}nhiều{% else %}ít{% endif %} {{ amount }}")
    assert made.text({"amount": 6233000}) == "nhiều 6233000"
    assert made.text({"amount": 5}) == "ít 5"


def test_headings_are_reached_through_row() -> None:
    assert template("{{ row['Họ tên'] }} {{ ho_ten }}").text({"ho_ten": "An", "row": {"Họ tên": "An"}}) == "An An"


def test_methods_of_text_work_and_nothing_else_is_reached() -> None:
    assert template("{{ a.upper() }}").text({"a": "x"}) == "X"
    for source in ("{{ a.__class__ }}", "{{ debug() }}", "{{ a.format_map }}"):
        with pytest.raises(content.RenderError):
            template(source).text({"a": "x"})


def test_a_static_text_repeated_without_end_is_refused_before_it_fills_the_memory() -> None:
    made = template("{% for i in range(20000) %}" + LONG * 100 + "{% endfor %}")
    with pytest.raises(content.RenderError, match="longer than"):
        made.text({})
