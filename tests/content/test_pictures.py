"""Pictures that travel with the mail: who calls which file by which name."""

from typing import Any

import pytest

from bocau import content
from bocau.content.pictures import content_id


def compiled(html: str, *names: str, **more: str) -> content.Compiled:
    files = tuple({"digest": "0" * 64, "name": name, "type": "image/png", "size": 1} for name in names)
    parts: dict[str, Any] = more or {"html": html}
    return content.Compiled(content.Version.unsaved(content.Source("s", attachments=files, **parts)))


@pytest.mark.parametrize(
    "html",
    [
        '<img src="cid:logo.png">',
        "<img src=cid:logo.png>",
        "<img src=' CID:logo.png '>",
        "<img src='cid:LOGO.png'>",
        "<img src='cid&colon;logo.png'>",
        "<table background='cid:logo.png'>",
        "<p style=\"background:url('cid:logo.png')\">",
        "<p style='background:url(cid:logo.png)'>",
        "<style>p{background:url(cid:logo.png)}</style><p>a",
        "<!--[if mso]><v:fill src='cid:logo.png'/><![endif]-->",
    ],
)
def test_a_file_is_called_by_its_name(html: str) -> None:
    made = compiled(html, "a.pdf", "logo.png")
    assert made.page.pictures.shared == {1: "logo.png"}
    assert made.page.pictures.names == ()
    assert "cid:logo.png" in made.render({}).html


@pytest.mark.parametrize(
    "call", ["ảnh bìa.png", "%E1%BA%A3nh%20b%C3%ACa.png", "a\u0309nh bi\u0300a.png", "Ảnh bìa.png"]
)
def test_a_name_that_no_content_id_may_have_gets_one(call: str) -> None:
    made = compiled(f'<img src="cid:{call}">', "ảnh bìa.png")
    cid = content_id("ảnh bìa.png")
    assert made.page.pictures.shared == {0: cid}
    assert made.render({}).html == f'<img src="cid:{cid}">'
    assert cid.isascii()
    assert cid.endswith("@picture.bocau")


def test_a_page_that_was_rendered_before_calls_the_same_file() -> None:
    first = compiled('<img src="cid:ảnh bìa.png">', "ảnh bìa.png").render({}).html
    again = compiled(first, "ảnh bìa.png")
    assert again.page.pictures.shared == {0: content_id("ảnh bìa.png")}
    assert again.render({}).html == first


def test_pictures_of_markdown_and_mjml_are_called_too() -> None:
    column = '<mj-section><mj-column><mj-image src="cid:logo.png" /></mj-column></mj-section>'
    assert compiled("", "logo.png", mjml=f"<mjml><mj-body>{column}</mj-body></mjml>").page.pictures.shared == {
        0: "logo.png"
    }
    assert compiled("", "logo.png", markdown="![x](cid:logo.png)").page.pictures.shared == {0: "logo.png"}


@pytest.mark.parametrize(
    "html",
    [
        "cid:logo.png",
        "<a href='cid:logo.png'>x</a>",
        "<img src='{{ x }}:logo.png'>",
        "<img src='https://a.test/cid:logo.png'>",
        "<!-- <img src='cid:logo.png'> -->",
    ],
)
def test_what_is_no_call_leaves_the_file_an_attachment(html: str) -> None:
    assert compiled(html, "logo.png").page.pictures.shared == {}


def test_of_two_files_with_one_name_the_first_is_called() -> None:
    assert compiled("<img src='cid:a.png'>", "a.png", "a.png").page.pictures.shared == {0: "a.png"}


def test_a_call_without_a_file_is_awaited_and_remarked() -> None:
    source = content.Source("s", html="<p>a<img src='cid:qr.png' alt=''><img src='cid:QR.png' alt=''></p>")
    made = content.Compiled(content.Version.unsaved(source))
    assert made.page.pictures.awaited == {"qr.png": "qr.png"}
    assert [note.code for note in content.lint(made.version)] == ["image_missing", "image_missing"]


@pytest.mark.parametrize(
    "address", ["file:///C:/Users/an/logo.png", "C:\\Users\\an\\logo.png", "c:/logo.png", "\\\\server\\logo.png"]
)
def test_files_of_the_authors_machine_are_remarked(address: str) -> None:
    def codes(html: str) -> list[str]:
        return [note.code for note in content.lint(content.Version.unsaved(content.Source("s", html=html)))]

    assert codes(f"a<img src='{address}' alt=''>") == ["image_local"]
    assert codes(f"a<td background='{address}'>") == ["image_local"]
    assert codes(f"a<p style='background:url({address})'>b</p>") == ["image_local"]
    assert codes(f"a<a href='{address}'>b</a>") == ["link_local"]


def test_hostile_calls_are_bounded() -> None:
    made = compiled("<img src='cid:" + "x" * 100_000 + "'>" + "<p style='" + "url(cid:" * 3_000 + "'>", "x")
    assert made.page.pictures.shared == {}
    many = compiled("".join(f"<img src='cid:{at}\r\nBcc: x'>" for at in range(300)), "x")
    assert all("\r" not in cid and "\n" not in cid for cid in many.page.pictures.awaited.values())
