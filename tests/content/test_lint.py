"""Remarks for authors: each is made when it should be, and a sound mail gets none."""

from pathlib import Path

import pytest

from bocau import content

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def codes(subject: str = "s", **source: str) -> list[str]:
    return [note.code for note in content.lint(content.Version.unsaved(content.Source(subject, **source)))]


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<p>" + "x" * 95_000, "html_large"),
        ("<img src='https://a.test/x.png' alt=''>", "text_missing"),
        ("a<a href=''>b</a>", "link_empty"),
        ("a<a href='#'>b</a>", "link_empty"),
        ("a<a href='www.a.test'>b</a>", "link_broken"),
        ("a<a href='https:///x'>b</a>", "link_broken"),
        ("a<a href='https://[x'>b</a>", "link_broken"),
        ("a<a href='https://bit.ly/x'>b</a>", "link_shortened"),
        ("a<a href='http://localhost:8025/x'>b</a>", "link_local"),
        ("a<img src='https://a.test/x.png'>", "image_without_alt"),
        ("a<img src='x.png' alt=''>", "image_broken"),
        ("a<img src='data:image/png;base64,AA' alt=''>", "image_embedded"),
        ("a<form></form>", "element_dropped"),
        ("Chào {name}", "field_unlike"),
        ("Chào *|FNAME|*", "field_unlike"),
    ],
)
def test_a_remark_is_made(html: str, code: str) -> None:
    assert codes(html=html) == [code]


def test_a_long_subject_is_remarked() -> None:
    assert codes("x" * 121, text="a") == ["subject_long"]


@pytest.mark.parametrize("name", ["appointment.html", "payslip.html", "newsletter.mjml", "confirm.md"])
def test_the_examples_get_no_remark(name: str) -> None:
    part = {"html": "html", "mjml": "mjml", "md": "markdown"}[name.rpartition(".")[2]]
    assert codes(**{part: (EXAMPLES / name).read_text()}) == []


def test_links_with_fields_are_not_taken_for_broken() -> None:
    assert codes(html="a<a href='{{ x }}'>b</a><a href='https://a.test/{{ x }}'>c</a><img src='{{ x }}' alt=''>") == []


def test_a_remark_is_made_once() -> None:
    assert codes(html="a<a href='#'>b</a><a href='#'>c</a>") == ["link_empty"]
