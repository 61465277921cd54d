from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sandbox import attachment, read
from bocau.sandbox.glance import glance
from bocau.sandbox.reading import searched_text, words_of
from tests.sandbox.letters import letter


def test_text_html_files_and_headers_are_found() -> None:
    raw = letter(text="Chào chị", html="<p>Chào <b>chị</b></p>", files=(("Phiếu lương.pdf", b"%PDF-1"),))
    seen = read(raw)
    assert (seen.text.strip(), seen.html.strip(), seen.broken) == ("Chào chị", "<p>Chào <b>chị</b></p>", False)
    assert [(file.name, file.kind, file.size) for file in seen.files] == [("Phiếu lương.pdf", "application/pdf", 6)]
    assert ("From", "Phòng khám <hen@clinic.test>") in seen.headers


def test_attachment_is_given_by_its_number() -> None:
    raw = letter(files=(("a.pdf", b"first"), ("b.pdf", b"second")))
    numbers = [file.number for file in read(raw).files]
    found = [attachment(raw, number) for number in numbers]
    assert [data for _, data in filter(None, found)] == [b"first", b"second"]
    assert attachment(raw, 99) is None
    assert attachment(raw, -1) is None


def test_picture_with_content_id_is_offered_for_the_html() -> None:
    message = EmailMessage()
    message.set_content("<img src='cid:logo@x'>", subtype="html")
    message.add_related(b"\x89PNG", "image", "png", cid="<logo@x>")
    message.add_related(b"<svg onload=alert(1)>", "image", "svg+xml", cid="<evil@x>")
    seen = read(message.as_bytes())
    assert seen.inline == {"logo@x": ("image/png", b"\x89PNG")}


def test_attached_mail_is_a_file_and_not_opened() -> None:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("secret text")
    outer = EmailMessage()
    outer.set_content("outer text")
    outer.add_attachment(inner)
    seen = read(outer.as_bytes())
    assert "secret" not in seen.text
    assert [file.kind for file in seen.files] == ["message/rfc822"]
    found = attachment(outer.as_bytes(), seen.files[0].number)
    assert found is not None
    assert b"secret text" in found[1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('"../../etc/passwd"', "passwd"),
        (r'"C:\\windows\\x.exe"', "x.exe"),
        ('"a\x00b.pdf"', "a b.pdf"),
        ('"\u202efdp.exe"', "fdp.exe"),
        ('"..."', "file-0"),
        ('""', "file-0"),
        ("=?utf-8?q?phi=E1=BA=BFu.pdf?=", "phiếu.pdf"),
    ],
)
def test_hostile_file_names_are_tamed(name: str, shown: str) -> None:
    raw = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}\r\n\r\nx".encode()
    assert [file.name for file in read(raw).files] == [shown]


def test_hostile_content_type_is_not_repeated() -> None:
    raw = b"Content-Type: text/x\xff<script>\r\nContent-Disposition: attachment\r\n\r\nx"
    assert all("<" not in file.kind for file in read(raw).files)


def test_deeply_nested_mail_is_read_without_falling_over() -> None:
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(3000)
    )
    assert read(raw) is not None


def test_many_parts_are_read_up_to_a_limit() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 2000
    assert 0 < len(read(raw).files) <= 300


@given(st.binary(max_size=2000))
def test_no_bytes_break_reading(raw: bytes) -> None:
    searched_text(read(raw))
    glance(raw)
    attachment(raw, 0)


@given(st.text(max_size=400), st.sampled_from(["utf-8", "utf-16", "windows-1258", "x-unknown", "idna", "rot13", ""]))
def test_no_charset_breaks_reading(text: str, charset: str) -> None:
    read(b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + text.encode("utf-8", "replace"))


def test_words_of_html_leave_out_code() -> None:
    assert words_of("<style>p{}</style><p>Xin&nbsp;chào</p><script>evil()</script>x").split() == ["Xin", "chào", "x"]


def test_glance_takes_the_first_of_each_header_and_no_body() -> None:
    seen = glance(b"Subject: one\r\nsubject: two\r\nFrom: =?utf-8?q?Lan?=\r\n <lan@x.test>\r\n\r\nTo: body@x.test\r\n")
    assert (seen.subject, seen.author, seen.to) == ("one", "Lan <lan@x.test>", "")


@pytest.mark.parametrize(
    "html",
    ["<script", "<p ", "<!--", "<", "<head>", "<style></style", "<a <b ", "&amp;"],
    ids=lambda piece: piece.strip(),
)
def test_html_made_to_be_slow_is_not(html: str) -> None:
    words_of(html * 60_000)  # quadratic work would take minutes here


@pytest.mark.parametrize("piece", [b";", b";a=", b'"', b";a*0*=x", b"\\"])
def test_header_made_to_be_slow_is_not(piece: bytes) -> None:
    read(b"Content-Type: text/html" + piece * 500_000 + b"\r\nContent-Disposition: x" + piece * 500_000 + b"\r\n\r\nx")


def test_nested_mail_made_to_be_slow_is_left_whole() -> None:
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(500))
    seen = read(parts + b"line\r\n" * 100_000)
    assert seen.broken
