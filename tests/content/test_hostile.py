"""Data is only data: never template code, never markup, never a script's address, never a header."""

from html.parser import HTMLParser

import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau import content
from bocau.content.template import environment

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
CODE = "{{ 7*7 }}{% for i in range(9) %}x{% endfor %}{# c #}"


def rendered(data: dict[str, object], **source: str) -> content.Rendered:
    return content.compile(content.Version.unsaved(content.Source("s {{ x }}", **source))).render(data)


class Elements(HTMLParser):
    """The elements and attributes a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def skeleton(html: str) -> list[tuple[str, list[str]]]:
    """Elements with the names of their attributes."""
    return [(tag, sorted(attrs)) for tag, attrs in Elements(html).seen]


SOURCES = [
    {"html": "<p title='{{ x }}' class={{ x }}>{{ x }}<!-- {{ x }} --><b>z</b></p>"},
    {"html": "<style>p{color:red}</style><p title='{{ x }}'>{{ x }}</p><td><i>{{ x }}</i>"},
    {
        "html": "<!--[if mso]><p title='{{ x }}'>{{ x }}</p><![endif]--><title>{{ x }}</title><textarea>{{ x }}</textarea>"
    },
    {"html": "{% set v %}{{ x }}{% endset %}<p title='{{ v }}'>{{ v }} {{ v | upper }} {{ v ~ x }}</p>"},
    {"html": "{% macro m(y) %}<b title='{{ y }}'>{{ y }}</b>{% endmacro %}{{ m(x) }}"},
    {"html": "{% filter upper %}{{ x }}{% endfilter %}"},
    {"html": "<p {% if x %}title='{{ x }}'{% endif %}>{{ [x, x] | join('<br>') }} {{ x | replace('&', '<') }}</p>"},
    {"html": "<a href='https://a.test/{{ x }}?q={{ x }}#{{ x }}'>{{ x }}</a><a href='mailto:{{ x }}'>m</a>"},
    {"markdown": "# {{ x }}\n\n[{{ x }}](https://a.test/?q={{ x }}) **{{ x }}** `{{ x }}`\n\n> {{ x }}"},
    {
        "mjml": "<mjml><mj-head><mj-title>{{ x }}</mj-title><mj-preview>{{ x }}</mj-preview></mj-head><mj-body><mj-section>"
        "<mj-column><mj-text>{{ x }}</mj-text><mj-button href='https://a.test/?q={{ x }}'>{{ x }}</mj-button>"
        "<mj-image src='https://a.test/{{ x }}.png' alt='{{ x }}' /></mj-column></mj-section></mj-body></mjml>"
    },
]


@pytest.mark.parametrize("source", SOURCES)
def test_markup_in_data_adds_no_element_and_no_attribute(source: dict[str, str]) -> None:
    harmless, hostile = rendered({"x": "abc"}, **source), rendered({"x": MARKUP}, **source)
    assert skeleton(hostile.html) == skeleton(harmless.html)
    assert "<script" not in hostile.html.lower()
    assert "<img src=x" not in hostile.html.lower()


@pytest.mark.parametrize("source", SOURCES)
@given(text=st.text(alphabet="<>\"'=/ ab&;-!{}%#`\\\x00\n", min_size=1, max_size=40))
def test_no_text_at_all_adds_an_element_or_an_attribute(source: dict[str, str], text: str) -> None:
    assert skeleton(rendered({"x": text}, **source).html) == skeleton(rendered({"x": "abc"}, **source).html)


@pytest.mark.parametrize("source", [*SOURCES, {"text": "{{ x }}"}])
def test_template_code_in_data_stays_text(source: dict[str, str]) -> None:
    made = rendered({"x": CODE}, **source)
    for text in (made.subject, made.html, made.text):
        assert "49" not in text
        assert "xxxxxxxxx" not in text
    assert made.subject == "s " + CODE
    assert "{{ 7*7 }}" in made.html + made.text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:x",
        "\x01javascript:x",
        "\u200bjavascript:x",
        "vbscript:x",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "javascript\u00ad:x",
    ],
)
@pytest.mark.parametrize(
    "html",
    [
        '<a href="{{ x }}">a</a>',
        "<a href={{ x }}>a</a>",
        "<img src='{{ x }}' alt=''>",
        "<a href=' {{ x }}'>a</a>",
        "<a href='{% if 1 %}{{ x }}{% endif %}'>a</a>",
        "<a href='{% if 0 %}https://a/{% endif %}{{ x }}'>a</a>",
        "<a {% if 1 %}href='{{ x }}'{% endif %}>a</a>",
        "<td background={{ x }}>",
        "<a HREF='{{ x }}'>a</a>",
        "<!--[if mso]><a href='{{ x }}'>a</a><![endif]-->",
        "<style>a{color:red}</style><a href='{{ x }}'>a</a>",
        "<!--><a href='{{ x }}'>a</a><!-- -->",
        "<!--[if !mso]>\n<!--><a href='{{ x }}'>a</a><!--<![endif]-->",
        "<!-- a --!><a href='{{ x }}'>a</a><!-- -->",
        "<p style='background:url({{ x }})'>",
        "<p style=\"background:url('{{ x }}')\">",
    ],
)
def test_an_address_that_runs_code_fails_that_mail(html: str, address: str) -> None:
    with pytest.raises(content.RenderError, match="web address"):
        rendered({"x": address}, html=html)


def test_an_address_of_markdown_and_mjml_is_guarded_too() -> None:
    for source in (
        {"markdown": "[a]({{ x }})"},
        {
            "mjml": "<mjml><mj-body><mj-section><mj-column><mj-button href='{{ x }}'>a</mj-button></mj-column></mj-section>"
            "</mj-body></mjml>"
        },
    ):
        with pytest.raises(content.RenderError):
            rendered({"x": "javascript:alert(1)"}, **source)
        assert "https:&#x2f;&#x2f;a.test" in rendered({"x": "https://a.test"}, **source).html


@pytest.mark.parametrize(
    "address", ["https://a.test/x?y=1&z=2#f", "http://a.test", "mailto:a@b.test", "/path", "", "#top", "tel:+84"]
)
def test_an_ordinary_address_passes_unchanged(address: str) -> None:
    html = rendered({"x": address}, html="<a href='{{ x }}'>a</a>").html
    assert Elements(html).seen[0][1]["href"] == address


def test_data_in_a_query_stays_one_value() -> None:
    html = rendered({"x": "a&admin=1#f ễ%"}, html="<a href='https://a.test/?ma={{ x }}&b=2'>a</a>").html
    assert Elements(html).seen[0][1]["href"] == "https://a.test/?ma=a%26admin%3D1%23f%20%E1%BB%85%25&b=2"


def test_what_the_author_escapes_is_not_escaped_twice() -> None:
    html = rendered({"x": "a b"}, html="<a href='https://a.test/?ma={{ x | urlencode }}'>a</a>").html
    assert "ma=a%20b" in html


def test_a_mailto_link_gets_no_further_recipients_or_subject() -> None:
    html = rendered({"x": "a@b.test?bcc=c@d.test&subject=x"}, html="<a href='mailto:{{ x }}'>a</a>").html
    assert "?" not in html
    assert "&amp;" not in html


@pytest.mark.parametrize(
    "value", ["red;position:fixed", "url(https://x.test)", "expression(alert(1))", "</style><script>", "x\\3a"]
)
@pytest.mark.parametrize(
    "html", ["<p style='color:{{ x }}'>a</p>", "<style>p{color:{{ x }}}</style>", "<p style={{ x }}>"]
)
def test_a_style_takes_single_values_only(html: str, value: str) -> None:
    with pytest.raises(content.RenderError, match="style"):
        rendered({"x": value}, html=html)
    assert "12px" in rendered({"x": "12px"}, html=html).html


@pytest.mark.parametrize(
    "html",
    [
        "<script>var a = '{{ x }}'</script>",
        "<a onclick=\"f('{{ x }}')\">",
        "<{{ x }}>",
        "</{{ x }}>",
        "<p {{ x }}>",
        "<p {{ x }}='1'>",
        "<p data-{{ x }}='1'>",
        "<a href=\"javascript:f('{{ x }}')\">",
        "<iframe srcdoc='{{ x }}'>",
        "<a href='data:text/html,{{ x }}'>",
        "<!doctype {{ x }}>",
        "<meta http-equiv='refresh' content='0;url={{ x }}'>",
        "<a href='java&#115;cript:f({{ x }})'>",
        "<{% if x %}p{% endif %}>",
    ],
)
def test_places_where_no_data_can_be_safe_are_refused_with_their_line(html: str) -> None:
    with pytest.raises(content.TemplateWrongError, match="line 2") as caught:
        content.compile(content.Version.unsaved(content.Source("s", html="<p>a</p>\n" + html)))
    assert "^" in str(caught.value)


def test_no_filter_lets_markup_through() -> None:
    """Every filter and method that minijinja offers, on hostile text, still ends up escaped."""
    names = (
        "abs attr batch bool capitalize chain count d default dictsort e escape first float format groupby indent int "
        "items join last length lines list lower map max min pprint reject rejectattr replace reverse round select "
        "selectattr slice sort split string striptags sum title trim truncate unique upper urlencode urlize wordcount "
        "wordwrap xmlattr forceescape center"
    )
    engine = environment(html=True, strict=False, fuel=10_000)
    tried = 0
    for name in names.split():
        for expression in (
            "x|{0}",
            "x|e|{0}",
            "[x]|{0}",
            "[x|e, x]|{0}",
            "{{'k': x}}|{0}",
            "x|{0}('<b>')",
            "x|{0}(x, x)",
        ):
            try:
                made = engine.render_str("{{ " + expression.format(name) + " }}", "t", x=MARKUP)
            except minijinja.TemplateError:
                continue
            tried += 1
            assert "<" not in made, expression.format(name)
            assert '"' not in made, expression.format(name)
    assert tried > 100


def test_static_text_that_only_looks_like_a_tag_stays_text() -> None:
    made = rendered(
        {"x": "v"},
        html="<style>p{color:red}</style><p>&#123;&#123; x &#125;&#125; &#123;% if %} {% raw %}{{ y }}{% endraw %}</p>",
    )
    assert "{{ x }} {% if %} {{ y }}" in made.html
    assert "{{ x }} {% if %} {{ y }}" in made.text


def test_none_is_shown_as_nothing() -> None:
    made = rendered({"x": None, "row": {"X": None}}, text="[{{ x }}{{ row['X'] }}]")
    assert (made.subject, made.text) == ("s ", "[]")
