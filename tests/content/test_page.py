"""HTML, Markdown and MJML become a mail's bodies; template tags come through every tool unharmed."""

import re
from pathlib import Path
from typing import Any

import pytest

from bocau import content

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PERSON: dict[str, Any] = {
    "name": "Lê Thị Thủy",
    "gender": "nữ",
    "city": "Hà Nội",
    "order_code": "DH1",
    "amount": 6233000,
    "token": "abc",
    "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    "yes": True,
    "no": False,
}


def rendered(**source: Any) -> content.Rendered:
    return content.compile(content.Version.unsaved(content.Source("Chào {{ name }}", **source))).render(PERSON)


def notes(**source: Any) -> list[str]:
    return [note.code for note in content.lint(content.Version.unsaved(content.Source("s", **source)))]


def mjml(inner: str, head: str = "") -> str:
    body = f"<mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body>"
    return f"<mjml><mj-head>{head}</mj-head>{body}</mjml>"


def test_the_appointment_example_is_laid_out() -> None:
    made = rendered(html=(EXAMPLES / "appointment.html").read_text())
    assert "Kính gửi chị <b>Lê Thị Thủy</b>" in made.html
    assert 'style="background: #0a7d4f;' in made.html
    assert "@media (max-width:480px)" in made.html
    assert 'href="https://clinic.test/xac-nhan?ma=DH1"' in made.html
    assert made.text.startswith("Kính gửi chị Lê Thị Thủy,\n\nPhòng khám xin nhắc")
    assert "Xác nhận lịch hẹn <https://clinic.test/xac-nhan?ma=DH1>" in made.text
    assert "font-family" not in made.text


def test_the_newsletter_example_is_laid_out() -> None:
    made = rendered(mjml=(EXAMPLES / "newsletter.mjml").read_text())
    assert "Xin chào Lê Thị Thủy!" in made.html
    assert "trên một triệu đồng" in made.html
    assert "Cảm ơn bạn đã mua hàng.<" not in made.html
    assert "<mj-" not in made.html
    assert "Xem ưu đãi <https://shop.test/uu-dai?ma=DH1>" in made.text


def test_the_confirmation_example_is_laid_out() -> None:
    made = rendered(markdown=(EXAMPLES / "confirm.md").read_text())
    assert "<strong>Lê Thị Thủy</strong>" in made.html
    assert 'href="https://app.test/xac-nhan/abc"' in made.html
    assert "Xác nhận địa chỉ <https://app.test/xac-nhan/abc>" in made.text


def test_html_without_styles_is_left_as_it_was_written() -> None:
    html = "<P Class=x>Chào   {{name}}<br/>\n&nbsp;</p >"
    assert rendered(html=html).html == html.replace("{{name}}", "Lê Thị Thủy")


@pytest.mark.parametrize("style", ["", "<style>td{color:red}</style>"])
def test_rows_of_a_table_are_repeated_in_their_place(style: str) -> None:
    made = rendered(
        html=style + "<table>{% for r in rows %}<tr><td>{{ r.a }}</td><td>{{ r.b }}</td></tr>{% endfor %}</table>"
    )
    assert made.html.count("<tr>") == 2
    assert made.html.index("<table") < made.html.index(">1<") < made.html.index(">2<") < made.html.index("</table>")
    assert made.html.count("<tbody>") <= 1
    assert "1 | x\n2 | y\n" in made.text


def test_styles_are_inlined_around_blocks() -> None:
    made = rendered(html="<style>.a{color:red}</style>{% if yes %}<p class='a'>x</p>{% else %}<p>y</p>{% endif %}")
    assert '<p class="a" style="color: red;">x</p>' in made.html
    assert ">y<" not in made.html


def test_what_cannot_be_inlined_stays_in_the_style_element() -> None:
    made = rendered(html="<style>a:hover{color:blue} p{color:red} @media print{p{color:black}}</style><p>x</p>")
    assert "a:hover" in made.html
    assert "@media print" in made.html
    assert '<p style="color: red;">' in made.html


def test_print_styles_are_not_taken_for_screen_styles() -> None:
    made = rendered(html='<style media="print">p{color:red}</style><style>b{color:blue}</style><p>x<b>y</b>')
    assert "<p>x<b" in made.html
    assert 'media="print">p{color:red}' in made.html
    assert "data-css-inline" not in made.html


def test_conditional_comments_of_outlook_stay() -> None:
    html = "<style>td{color:red}</style><!--[if mso]><table><tr><td>{{ name }}</td></tr></table><![endif]--><p>x</p>"
    assert "<!--[if mso]><table><tr><td>Lê Thị Thủy</td></tr></table><![endif]-->" in rendered(html=html).html


def test_attributes_under_a_condition_keep_their_order_and_values() -> None:
    condition = "{% if no %}class='b' title='n'{% else %}class='a' title='{{ name }}'{% endif %}"
    html = f"<style>.a{{color:red}}</style><table><tr><td {condition} id='i'>x</td></tr></table>"
    assert "<td class='a' title='Lê Thị Thủy' id='i'>" in re.sub(" +", " ", rendered(html=html).html)


def test_blocks_that_cut_across_elements_keep_the_page_and_are_remarked() -> None:
    html = (
        "<style>p{color:red}</style>{% if yes %}<div class='a'>{% else %}<section>{% endif %}<p>x</p>"
        "{% if yes %}</div>{% else %}</section>{% endif %}"
    )
    made = rendered(html=html)
    assert "<div class='a'><p>x</p></div>" in made.html
    assert "styles_not_inlined" in notes(html=html)


@pytest.mark.parametrize(
    "html",
    [
        "<style>p{color:red}</style><p style='{% if yes %}margin:0{% endif %}'>x</p>",
        "<style>p{color:red}</style><p style='{% if yes %}margin:0{% else %}margin:1px{% endif %};padding:0'>x</p>",
    ],
)
def test_styles_under_a_condition_come_through(html: str) -> None:
    assert "margin:0" in rendered(html=html).html.replace(" ", "")


def test_a_value_in_a_style_is_inlined_with_it() -> None:
    made = rendered(html="<style>p{color:red}</style><p style='width:{{ amount }}px'>x</p>")
    assert 'style="color: red;width: 6233000px"' in made.html


def test_nothing_is_ever_fetched() -> None:
    html = "<link rel=stylesheet href='http://127.0.0.1:9/x.css'><style>@import url(http://127.0.0.1:9/y.css);p{color:red}</style><p>x"
    assert "127.0.0.1:9/x.css" in rendered(html=html).html


def test_the_authors_own_text_is_used_as_it_is() -> None:
    made = rendered(html="<p>{{ name }}</p>", text="Chào {{ name }} <không phải thẻ>\n\n  dòng hai")
    assert made.text == "Chào Lê Thị Thủy <không phải thẻ>\n\n  dòng hai"


def test_text_alone_makes_a_mail_without_html() -> None:
    made = rendered(text="Chào {{ name }}")
    assert (made.html, made.text, made.subject) == ("", "Chào Lê Thị Thủy", "Chào Lê Thị Thủy")


def test_markdown_shows_html_instead_of_using_it() -> None:
    made = rendered(markdown="<b>x</b> {{ name }}\n\n[a](javascript:alert(1))")
    assert "<b>x" not in made.html
    assert "&lt;b&gt;x" in made.html
    assert "href" not in made.html.partition("<body")[2]


def test_markdown_blocks_that_stand_alone_make_no_paragraphs() -> None:
    made = rendered(markdown="A\n\n{% if yes %}\n\n- {{ name }}\n\n{% endif %}\n\nB")
    assert "<p></p>" not in made.html.replace("\n", "")
    assert "<li>Lê Thị Thủy</li>" in made.html


def test_markdown_comparisons_and_quotes_in_tags_are_not_touched() -> None:
    assert ">ít<" in rendered(markdown='{{ "ít" if amount < 7000000 and name != "*x*" else "nhiều" }}').html


def test_mjml_blocks_around_elements_come_through() -> None:
    source = mjml(
        "{% for r in rows %}<mj-text>{{ r.b }}</mj-text>{% endfor %}{% if no %}<mj-text>never</mj-text>{% endif %}"
    )
    made = rendered(mjml=source)
    assert made.html.count("</td></tr>") - rendered(mjml=mjml("")).html.count("</td></tr>") == 2
    assert "never" not in made.html
    assert made.text.strip() == "x\ny"


def test_mjml_styles_are_inlined_where_asked_for() -> None:
    made = rendered(
        mjml=mjml("<mj-text css-class='a'>x</mj-text>", "<mj-style inline='inline'>.a{letter-spacing:3px}</mj-style>")
    )
    assert "letter-spacing: 3px" in made.html.partition("<body")[2]


def test_mjml_loads_no_fonts_from_anywhere() -> None:
    assert "fonts.googleapis" not in rendered(mjml=mjml("<mj-text>x</mj-text>")).html


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("<mjml><mj-body>\n<mj-setcion></mj-setcion></mj-body></mjml>", 2, "no MJML element mj-setcion"),
        ("<mjml><mj-body>\n<mj-include path='x'/></mj-body></mjml>", 2, "mj-include"),
        (
            "<mjml><mj-body>\n<mj-section><mj-column><mj-text>a < b</mj-text></mj-column></mj-section></mj-body></mjml>",
            2,
            "not MJML",
        ),
        ("<mjml><mj-body>\n<mj-section>{{ name }}\n<mj-column></mj-section></mj-body></mjml>", 3, "not MJML"),
        ("<p>Chào</p>", 1, "not MJML"),
    ],
)
def test_broken_mjml_is_refused_with_its_line(source: str, line: int, said: str) -> None:
    with pytest.raises(content.TemplateWrongError, match=said) as caught:
        rendered(mjml=source)
    assert caught.value.fields["line"] == line


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, "no body"),
        ({"html": "  \n"}, "no body"),
        ({"html": "a", "markdown": "b"}, "more than one"),
        ({"html": "a", "subject": " "}, "no subject"),
    ],
)
def test_a_source_that_makes_no_mail_is_refused(source: dict[str, str], said: str) -> None:
    made = content.Source(**{"subject": "s", **source})
    with pytest.raises(content.SourceWrongError, match=said):
        content.compile(content.Version.unsaved(made))


def test_a_subject_from_a_file_loses_its_line_end() -> None:
    version = content.Version.unsaved(content.Source("Chào {{ name }}\r\n", text="x"))
    assert content.compile(version).render(PERSON).subject == "Chào Lê Thị Thủy"


HOSTILE = {
    "nested": {"html": "<style>b{color:red}</style>" + "<b>" * 50_000},
    "nested-with-false-ends": {"html": "<style>b{color:red}</style>" + "<b></i>" * 50_000},
    "nested-with-slashes": {"html": "<style>b{color:red}</style>" + "<b/>" * 50_000},
    "mjml": {"mjml": "<mjml><mj-body>" + "<mj-wrapper>" * 20_000 + "</mj-wrapper>" * 20_000 + "</mj-body></mjml>"},
    "long": {"html": "x" * 1_000_001},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_source_that_would_end_the_process_is_refused(name: str) -> None:
    with pytest.raises(content.SourceWrongError, match=r"deep|longer"):
        rendered(**HOSTILE[name])


@pytest.mark.parametrize(
    "html",
    ["<" * 50_000, "<a" + " " * 50_000, "<a " + "= " * 50_000, "<!--[if " * 50_000, "<a x='\"" * 20_000, "{" * 9],
)
def test_odd_html_is_taken_in_linear_time_and_left_as_it_is(html: str) -> None:
    assert rendered(html=html.replace("{", "{ ")).html == html.replace("{", "{ ")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>A</h1><p>b<br>c</p>", "A\n\nb\nc\n"),
        ("<ul><li>a<li>b</ul>", "- a\n- b\n"),
        ("a <b>b</b>c\n  <i> d</i>", "a bc d\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        ("<a href='https://a.test'>https://a.test</a>", "https://a.test\n"),
        ("<a href='mailto:a@b.test'>a@b.test</a> <a href='#x'>top</a>", "a@b.test top\n"),
        ("<a href='https://a.test'><img src='x' alt='Ảnh'></a>", "Ảnh <https://a.test>\n"),
        ("<div style='display:none'>x<div>y</div></div>z", "z\n"),
        ("<title>t</title><script>s</script><style>p{}</style>b", "b\n"),
        ("<!-- c --><!--[if mso]>outlook<![endif]-->b", "b\n"),
        ("<!--[if !mso]><!-->all<!--<![endif]-->", "all\n"),
        ("<!--[if !mso]>\n<!-->all<!--<![endif]-->", "all\n"),
        ("<p>&lt;b&gt; &amp; &copy; &#7877;</p>", "<b> & © ễ\n"),
        ("<p>a</p>{% if no %}<p>b</p>{% endif %}<p>c</p>", "a\n\nc\n"),
        ("<p>a</p>{% if yes %}b{% else %}<p>z</p>{% endif %}<p>c</p>", "a\n\nb\n\nc\n"),
        ("{% for r in rows %}<p>{{ r.a }}</p>{% endfor %}<p>c</p>", "1\n\n2\n\nc\n"),
        ("a{% if yes %} b{% endif %} c", "a b c\n"),
        ("<p>x</p><hr><p>y</p>", "x\n\n--------------------\n\ny\n"),
        ("<style>{% set v = 5 %}</style><p>{{ v }}</p>", "5\n"),
        ("<table><tr><th>A</th><th>B</th></tr></table>", "A | B\n"),
    ],
)
def test_the_text_part_reads_as_the_page_does(html: str, text: str) -> None:
    assert rendered(html=html).text == text
