"""Replies, from good servers and bad ones."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire.reply import MAX_LINE, MAX_LINES, MAX_TEXT, Reply, ReplyReader, clean, parse


def read(data: bytes) -> list[Reply]:
    reader = ReplyReader()
    found = [parse(code, raw) for code, raw in reader.feed(data)]
    assert reader.broken is None
    return found


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250 OK\r\n", Reply(250, "", "OK")),
        (b"250\r\n", Reply(250, "", "")),
        (b"250 \r\n", Reply(250, "", "")),
        (b"250 OK\n", Reply(250, "", "OK")),
        (b"250-\r\n250 \r\n", Reply(250, "", "")),
        (b"550 5.1.1 Nobody\r\n", Reply(550, "5.1.1", "Nobody")),
        (b"550 5.1.1\r\n", Reply(550, "5.1.1", "")),
        (b"550 5.1.10 Null MX\r\n", Reply(550, "5.1.10", "Null MX")),
        (b"550 5.1.1.1 odd\r\n", Reply(550, "", "5.1.1.1 odd")),
        (b"550 5.1.1234 odd\r\n", Reply(550, "", "5.1.1234 odd")),
        (b"550 7.1.1 odd\r\n", Reply(550, "", "7.1.1 odd")),
        (b"550 5.1.1: x\r\n", Reply(550, "", "5.1.1: x")),
        (b"550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n", Reply(550, "5.7.1", "one two three")),
        (b"550-one\r\n550 5.7.1 two\r\n", Reply(550, "", "one two")),
        (b"550 a\x00b\x07\x1b[0m\tc\r\n", Reply(550, "", "a b  [0m c")),
        (b"550 a\rb\r\n", Reply(550, "", "a b")),
        ("550 không có hộp thư\r\n".encode(), Reply(550, "", "không có hộp thư")),
        (b"550 \xff\xfe\r\n", Reply(550, "", "\ufffd\ufffd")),
        ("550 a\u202eb\u2028c\r\n".encode(), Reply(550, "", "a b c")),
        (b"550 " + b"x" * 1000 + b"\r\n", Reply(550, "", "x" * MAX_TEXT)),
    ],
)
def test_a_reply_is_read(data: bytes, reply: Reply) -> None:
    assert read(data) == [reply]


def test_replies_in_one_piece_are_told_apart() -> None:
    assert [reply.code for reply in read(b"250 a\r\n250-b\r\n250 b\r\n354 c\r\n")] == [250, 250, 354]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"hello\r\n",
        b"25 x\r\n",
        b"2500 x\r\n",
        b"199 x\r\n",
        b"600 x\r\n",
        b"250_x\r\n",
        b"+25 x\r\n",
        "２５０ x\r\n".encode(),
        b" 250 x\r\n",
        b"250-a\r\n550 b\r\n",
        b"250-a\r\nb\r\n",
        b"250 " + b"x" * MAX_LINE + b"\n",
        b"x" * (MAX_LINE + 1),
        b"250-x\r\n" * (MAX_LINES + 1),
    ],
)
def test_what_is_no_reply_breaks_the_reader(data: bytes) -> None:
    reader = ReplyReader()
    assert reader.feed(data) == []
    assert reader.broken is not None
    assert str(reader.broken)
    assert reader.holds
    assert reader.feed(b"250 OK\r\n") == []


def test_good_replies_before_garbage_count() -> None:
    reader = ReplyReader()
    assert [code for code, _ in reader.feed(b"250 OK\r\n550 no\r\nboo\r\n250 OK\r\n")] == [250, 550]
    assert reader.broken is not None


def test_an_unfinished_reply_is_known_to_be_there() -> None:
    reader = ReplyReader()
    assert not reader.holds
    for piece in (b"2", b"50-a", b"\r\n", b"250 b\r"):
        assert reader.feed(piece) == []
        assert reader.holds
    assert [parse(*found).text for found in reader.feed(b"\n")] == ["a b"]
    assert not reader.holds


def test_a_reply_is_written_as_people_know_it() -> None:
    assert str(Reply(550, "5.1.1", "Nobody")) == "550 5.1.1 Nobody"
    assert str(Reply(250, "", "")) == "250"


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


CUTS = st.lists(st.integers(0, 10_000), max_size=8)
LIKELY = st.lists(
    st.one_of(
        st.sampled_from([b"250 OK\r\n", b"250-a\r\n", b"250 ", b"\r\n", b"550 5.1.1 x\r\n", b"\n", b"-", b"354 go\n"]),
        st.binary(max_size=20),
    ),
    max_size=12,
).map(b"".join)


@given(LIKELY, CUTS)
def test_replies_do_not_depend_on_how_the_bytes_arrive(data: bytes, cuts: list[int]) -> None:
    whole, cut = ReplyReader(), ReplyReader()
    expected = whole.feed(data)
    found = [reply for piece in pieces(data, cuts) for reply in cut.feed(piece)]
    assert found == expected
    assert (cut.broken is None) == (whole.broken is None)
    assert cut.holds == whole.holds


@given(st.integers(200, 599), st.binary(max_size=1000))
def test_whatever_the_text_is_it_comes_out_short_and_printable(code: int, text: bytes) -> None:
    reply = parse(code, b"%d " % code + text)
    assert len(reply.text) <= MAX_TEXT
    assert reply.text.isprintable()
    assert reply.text == reply.text.strip()
    assert clean(text).isprintable()


@given(
    st.integers(200, 599),
    st.from_regex(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})?", fullmatch=True),
    st.lists(st.from_regex(r"[a-zA-Z]{1,10}( [a-zA-Z]{1,10}){0,3}", fullmatch=True), min_size=1, max_size=4),
)
def test_what_was_written_is_read_again(code: int, enhanced: str, lines: list[str]) -> None:
    head = f"{enhanced} " if enhanced else ""
    said = [f"{code}-{head}{line}\r\n" for line in lines[:-1]] + [f"{code} {head}{lines[-1]}\r\n"]
    [reply] = read("".join(said).encode())
    assert reply == Reply(code, enhanced, " ".join(lines)[:MAX_TEXT].strip())
