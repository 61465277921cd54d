"""One Vietnamese word per thing, as ``translations/terms.toml`` says, and one spelling of tone marks."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.house.source import ROOT, SRC, nothing
from tests.house.test_words import catalogue

Words = Mapping[str, Sequence[str]]

GLOSSARY = tomllib.loads((SRC / "translations" / "terms.toml").read_text(encoding="utf-8"))
TERMS: Words = GLOSSARY["terms"]
NOT: Words = GLOSSARY["not"]

TYPED = re.compile(r"`[^`]*`|<[^>]*>|\{[^}]*\}|--[\w-]+|\bbocau [a-z]+( [a-z]+)*|\w+://\S*|\S*[=@\[]\S*|\b\w*_\w*\b")
"""What one types or a field: it is the same in both languages."""
MODERN = re.compile(r"\b\w*(?:o[áàảãạéèẻẽẹ]|(?<!q)u[ýỳỷỹỵ])\b", re.IGNORECASE)
"""hoà, khoẻ, huỷ: a mark on the second vowel of an open syllable. Here it is written on the first: hòa, khỏe, hủy."""
SPELT = {".po", ".html", ".txt", ".py", ".toml", ".js", ".md"}


def has(term: str, english: str) -> bool:
    return re.search(rf"\b{re.escape(term)}(s|es)?\b", TYPED.sub(" ", english), re.IGNORECASE) is not None


def strays(english: str, vietnamese: str, terms: Words = TERMS, wrong: Words = NOT) -> Iterator[str]:
    """What the Vietnamese calls otherwise than the glossary does."""
    said = vietnamese.lower().replace("_", " ")
    for term, forms in terms.items():
        if has(term, english) and not any(form in said for form in forms):
            yield f"{term} is “{forms[0]}”"
    for term, others in wrong.items():
        for other in others:
            if has(term, english) and other in said:
                yield f"{term} is not “{other}”"


def test_every_term_has_its_one_word() -> None:
    nothing(
        [
            f"{name}: {fault}: {english!r} → {vietnamese!r}"
            for english, entries in catalogue().items()
            for name, vietnamese in entries
            for fault in strays(english, vietnamese)
        ]
    )


@pytest.mark.parametrize(
    ("english", "vietnamese", "faults"),
    [
        ("Mails wait in the queue.", "Thư nằm trong hàng đợi.", []),
        ("Mails wait in the queue.", "Thư nằm trong hàng chờ.", ["queue is “hàng đợi”", "queue is not “hàng chờ”"]),
        ("No queues.", "Không có.", ["queue is “hàng đợi”"]),
        ("It is queued.", "Thư đang chờ.", []),
        ("Queues", "Hàng đợi, tức là hàng chờ", ["queue is not “hàng chờ”"]),
        ("See: bocau queue list", "Xem: bocau queue list", []),
        ("Add --queue {queue}, `queue` or queue=bulk.", "Thêm --queue {queue}, `queue` hoặc queue=bulk.", []),
        ("FILE OF QUEUE", "TỆP_HÀNG_ĐỢI", []),
    ],
)
def test_a_stray_word_is_found(english: str, vietnamese: str, faults: list[str]) -> None:
    assert list(strays(english, vietnamese, {"queue": ["hàng đợi"]}, {"queue": ["hàng chờ"]})) == faults


def test_every_term_is_met_and_no_word_is_right_and_wrong() -> None:
    texts = list(catalogue())
    nothing([f"{term}: in no text" for term in [*TERMS, *NOT] if not any(has(term, text) for text in texts)])
    nothing([f"{term}: {word}" for term in TERMS for word in TERMS[term] if word in NOT.get(term, ())])


def test_tone_marks_stand_on_the_first_vowel() -> None:
    files = [path for path in sorted(SRC.rglob("*")) if path.suffix in SPELT] + [ROOT / "README.vi.md"]
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{path.relative_to(ROOT)}:{number}"
            found += [f"{place} {word}" for word in MODERN.findall(unicodedata.normalize("NFC", line))]
            if not unicodedata.is_normalized("NFC", line):
                found.append(f"{place} is not NFC")
    nothing(found)


@pytest.mark.parametrize("word", ["huỷ", "Huỷ", "hoá", "TOÀ", "khoẻ", "thuỷ", "xoá", "loè"])
def test_a_mark_on_the_second_vowel_is_found(word: str) -> None:
    assert MODERN.findall(f"đã {word}, rồi") == [word]


@pytest.mark.parametrize("text", ["hủy hóa tòa khỏe thủy xóa", "quý quỹ quỳ", "hoàn toàn khoảng thoát"])
def test_other_words_are_none(text: str) -> None:
    assert not MODERN.findall(text)
