"""What is not seen of a page is not in its text: whatever hides it, and nothing else."""

from typing import Any

import pytest

from bocau import content


def text(html: str, **data: Any) -> str:
    return content.Compiled(content.Version.unsaved(content.Source("s", html=html))).render(data).text


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : NONE !important",
        "max-height:0",
        "max-height:0px;overflow:hidden;mso-hide:all",
        "mso-hide:all",
        "visibility:hidden",
        "visibility: collapse",
        "font-size:0",
        "font-size:0px; line-height:1",
        "opacity:0",
        "opacity: 0.0",
        "height:0;overflow:hidden",
        "width:0;overflow:hidden",
    ],
)
def test_a_style_that_hides_hides_from_the_text(style: str) -> None:
    assert text(f"<div style='{style}'>x<b>y</b><a href='https://a.test'>l</a></div>z") == "z\n"
    assert text(f"<style>.pre{{color:red;{style}}}</style><span class='a pre'>x</span>z") == "z\n"
    assert text(f"<style>.pre{{{style}}}</style>{{% if x %}}<p>{{% endif %}}<span class=pre>x</span>z", x=1) == "z\n"


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden>x</p>",
        "<div hidden=''><table><tr><td>x</table></div>",
        "<ul style='display:none'><li>x<li>y</ul>",
        "<img style='display:none' alt='x'>",
        "<img style='visibility:hidden' alt='x'>",
        "<svg><text>x</text></svg>",
    ],
)
def test_what_is_hidden_otherwise_is_not_in_the_text_either(markup: str) -> None:
    assert text(f"<div>a{markup}</div>z") == "a\nz\n"


@pytest.mark.parametrize(
    ("css", "markup"),
    [
        ("#x{display:none}", "<p id=x>x</p>"),
        ("p{display:none}", "<p>x</p>"),
        ("p.a.b{display:none}", "<p class='b a'>x</p>"),
        (".a .b,.c{display:none}", "<div class=a><p><b class=b>x</b></p></div>"),
        (".a > .b{display:none}", "<div class=a><b class=b>x</b></div>"),
        (".a > i .b{display:none}", "<div class=a><i><i><b class=b>x</b></i></i></div>"),
        (".a .c > .b{display:none}", "<div class='a c'><p class=c><b class=b>x</b></p></div>"),
        ("/* c } */ @media print{.y{color:red}} .b{display:none}", "<p class=b>x</p>"),
        (".b{display:none!important}", "<p class=b style='display:block'>x</p>"),
        (".b{display:none} p{display:block}", "<p class=b>x</p>"),
        ("@import url(x); .b{display:none}", "<p class=b>x</p>"),
        ("</style><style>.b{display:none}", "<p class=b>x</p>"),
    ],
)
def test_rules_of_a_style_sheet_hide(css: str, markup: str) -> None:
    assert text(f"<html><head><style>{css}</style></head><body>{markup}<div>z</div></body></html>") == "z\n"


@pytest.mark.parametrize(
    ("css", "markup"),
    [
        ("@media (max-width:600px){.b{display:none}}", "<p class=b>x</p>"),
        ("@media print{.b{display:none}}", "<p class=b>x</p>"),
        (".b:hover{display:none} .b[x]{display:none} * + .b{display:none}", "<p class=b>x</p>"),
        (".a>.b{display:none}", "<div class=a><p><b class=b>x</b></p></div>"),
        (".a > .c > .b{display:none}", "<div class=a><p class=c><i><b class=b>x</b></i></p></div>"),
        (".a .a .b{display:none}", "<div class=a><b class=b>x</b></div>"),
        (".b{display:none}", "<p class=b style='display:block'>x</p>"),
        (".b{display:none}.b{display:block}", "<p class=b>x</p>"),
        (".b{display:none}", "<p class=B>x</p>"),
        (".b{display:block}", "<p class=b hidden>x</p>"),
        (".b{display:no", "<p class=b>x</p>"),
        ("</style><style media=print>.b{display:none}", "<p class=b>x</p>"),
        ("", "<a style='mso-hide:all'>x</a>"),
        ("", "<div style='font-size:0'><p style='font-size:14px'>x</p></div>"),
        ("", "<td style='font-size:0px'><img alt=x></td>"),
        ("", "<div style='visibility:hidden'><p style='visibility:visible'>x</p></div>"),
        ("", "<div style='max-height:0.5em;opacity:0.5;font-size:0.9em;overflow:hidden'>x</div>"),
    ],
)
def test_what_is_seen_stays(css: str, markup: str) -> None:
    assert text(f"<style>{css}</style>{markup}") == "x\n"


def test_size_given_in_parts_of_nothing_is_nothing() -> None:
    assert text("<div style='font-size:0'><p style='font-size:2em'>x</p></div>z") == "z\n"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p hidden>x<p>a", "a\n"),
        ("<ul><li hidden>x<li>a</ul>", "- a\n"),
        ("<table><tr hidden><td>x<tr><td>a</table>", "a\n"),
        ("<table><tr><td hidden>x<td>a</table>", "a\n"),
        ("<div hidden><table><tr><td></div>x</table></div>a", "a\n"),
        ("<head><title>t</title><body>a", "a\n"),
        ("<head><style>b{}</style><p>a", "a\n"),
        ("</div></p>a", "a\n"),
    ],
)
def test_ends_that_html_lets_go_end_what_is_hidden(markup: str, shown: str) -> None:
    assert text(markup) == shown


def test_branches_of_the_template_begin_alike() -> None:
    page = "{% if no %}<div style='display:none'>{% else %}<div>{% endif %}a</div>b"
    assert text(page, no=False) == "a\nb\n"


def test_blocks_in_hidden_parts_still_set_what_is_used_later() -> None:
    assert text("<p hidden>{% set v = 5 %}{{ w }}</p>{{ v }}", w=1) == "5\n"


def test_a_links_own_words_are_those_that_are_seen() -> None:
    html = "<style>.n{display:none}</style><a href='https://a.test'><i class=n>x</i>Xem<b hidden>y</b></a>"
    made = content.Compiled(content.Version.unsaved(content.Source("s", html=html)))
    assert [link.text for link in made.page.links] == ["Xem"]


def test_the_words_of_a_page_as_it_is_written() -> None:
    page = "<style>.a{display:none}</style><p class=a>x</p><p>{{ name }} <b hidden>y</b></p><!-- z -->b"
    assert content.visible_text(page).split() == ["{{", "name", "}}", "b"]
    mjml = "<mjml><mj-head><mj-preview>x</mj-preview></mj-head><mj-body><mj-text>a</mj-text></mj-body></mjml>"
    assert content.visible_text(mjml).split() == ["a"]


@pytest.mark.parametrize(
    "html",
    [
        "<body>" * 5_000,
        "<p>" * 5_000,
        "<td>" * 5_000,
        "<ul><li>{% if x %}" * 90 + "{% endif %}" * 90,
        "<style>" + ".a{display:none}" * 5_000 + "</style>",
        "<style>" + "@" * 5_000 + "{ " * 5_000 + "</style>",
        "<style>" + "/*" * 5_000 + "</style>",
        "<p style='" + "display:none;" * 5_000 + "'>",
        "<p class='" + "a " * 5_000 + "'>",
    ],
)
def test_hostile_pages_are_bounded(html: str) -> None:
    content.Compiled(content.Version.unsaved(content.Source("s", html=html + "z")))
