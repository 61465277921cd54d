"""Microseconds per mail of each stage of composing: render, MIME, DKIM. Run: python bench/compose.py [rounds]"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bocau import content
from bocau.delivery.compose import Composer, Row
from bocau.ledger.options import Options

LATIN = (
    "<html><body><h3>Xin chào {{ name }}!</h3><p>You are subscriber {{ n }} from {{ city }}. "
    '<a href="https://shop.test/offer?c={{ n }}">Offer</a> and <a href="https://shop.test/news">news</a>.</p>'
    + "<p>Lorem ipsum dolor sit amet consectetur adipiscing elit.</p>\n" * 95
    + "</body></html>"
)
VIETNAMESE = (
    "<html><body><h3>Xin chào {{ name }}!</h3><p>Bạn là khách thứ {{ n }} ở {{ city }}. "
    '<a href="https://shop.test/offer?c={{ n }}">Ưu đãi</a> và <a href="https://shop.test/news">tin tức</a>.</p>'
    + "<p>Phòng khám xin nhắc lịch hẹn của quý khách, xin đến đúng giờ.</p>\n" * 60
    + "</body></html>"
)


@dataclass
class Sender:
    domain: str = "bench.test"
    selector: str = "s1"
    bounce_domain: str = ""
    private_key_pem: bytes = b""


def key() -> bytes:
    made = rsa.generate_private_key(65537, 2048)
    kind = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())


def microseconds(work: Callable[[int], object], rounds: int, turns: int = 20) -> float:
    """The best of many short runs, in CPU time of this thread, per call: what other processes do matters little."""
    best = float("inf")
    for turn in range(turns):
        started = time.thread_time()
        for i in range(turn * rounds, (turn + 1) * rounds):
            work(i)
        best = min(best, (time.thread_time() - started) / rounds)
    return best * 1e6


def rows(count: int) -> list[Row]:
    return [
        Row(i, f"user{i}@example.test", f"Nguyễn Văn {i}", {"name": f"Nguyễn Văn {i}", "n": i, "city": "Hà Nội"})
        for i in range(count)
    ]


def composer(html: str, sender: Sender | None = None, **options: object) -> Composer:
    version = content.Version.unsaved(content.Source(subject="Xin chào {{ name }}", html=html))
    author, given = "Bench <bench@bench.test>", Options.from_dict(options)
    made = Composer(version, sender, author, "transactional", given, submission=1, secret=b"s" * 32)
    if made.broken:
        raise made.broken
    return made


def tracked(html: str, people: list[Row], rounds: int, before: float) -> dict[str, float]:
    """What tracking adds, in µs: for static links, and for links that are sealed for each person."""
    page = html.replace("?c={{ n }}", "")
    found = {}
    plain = composer(page)
    without = microseconds(lambda i: plain.compose(people[i], 1_700_000_000_000), rounds)
    for what, text, base in (
        ("2 static links and opens", page, without),
        ("1 static link, 1 with data, opens", html, before),
    ):
        for mode in ("person", "aggregate"):
            made = composer(text, track={"mode": mode, "base": "https://mail.bench.test"})
            spent = microseconds(lambda i, made=made: made.compose(people[i], 1_700_000_000_000), rounds)  # type: ignore[misc]
            found[f"{what}, {mode}"] = spent - base
    return found


def report(title: str, html: str, sender: Sender, rounds: int) -> None:
    unsigned, signed = composer(html), composer(html, sender)
    people = rows(rounds * 20)
    compiled, size = unsigned.content, len(unsigned.compose(people[0], 1_700_000_000_000).body)
    assert compiled.html is not None
    subject, text, page = compiled.subject, compiled.text, compiled.html
    render = microseconds(
        lambda i: (subject.text(people[i].data), text.pieces(people[i].data), page.pieces(people[i].data)), rounds
    )
    whole = microseconds(lambda i: unsigned.compose(people[i], 1_700_000_000_000), rounds)
    tracks = tracked(html, people, rounds, whole)
    with_key = microseconds(lambda i: signed.compose(people[i], 1_700_000_000_000), rounds // 4)
    key = serialization.load_pem_private_key(sender.private_key_pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    bare = microseconds(lambda i: key.sign(b"x" * 900, padding.PKCS1v15(), hashes.SHA256()), rounds // 4)
    encodings = ", ".join(text.coder.encoding.decode() for text in unsigned.skeleton.texts)
    print(f"{title}: letter of {size} bytes ({encodings})")
    print(f"  render            {render:7.1f} µs")
    print(f"  MIME and headers  {whole - render:7.1f} µs")
    print(f"  unsigned, whole   {whole:7.1f} µs")
    for what, more in tracks.items():
        print(f"  {what:<40} {more:+7.1f} µs")
    print(f"  DKIM              {with_key - whole:7.1f} µs, of which RSA {bare:.1f}")


if __name__ == "__main__":
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    somebody = Sender(private_key_pem=key())
    report("ASCII HTML", LATIN, somebody, turns)
    report("Vietnamese HTML", VIETNAMESE, somebody, turns)
