"""Words for the outside world: only what we sealed, for the same purpose, ever opens."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.base.seals import LONGEST, Seal, number_of, number_payload

SECRET, OTHER = b"s" * 32, b"t" * 32
MESSAGE = Seal(SECRET, "message")
LETTERS = string.ascii_letters + string.digits + "-_"
payloads = st.binary(min_size=1, max_size=400)


@given(payloads)
def test_sealed_payload_opens_again(payload: bytes) -> None:
    assert MESSAGE.open(MESSAGE.seal(payload)) == payload


@given(payloads)
def test_same_payload_gives_the_same_word_in_any_process(payload: bytes) -> None:
    word = MESSAGE.seal(payload)
    assert word == Seal(SECRET, "message").seal(payload)
    assert set(word) <= set(LETTERS)


@given(payloads, payloads)
def test_different_payloads_give_different_words(one: bytes, other: bytes) -> None:
    assert (MESSAGE.seal(one) == MESSAGE.seal(other)) == (one == other)


@given(payloads)
def test_word_of_another_purpose_or_secret_never_opens(payload: bytes) -> None:
    word = MESSAGE.seal(payload)
    assert Seal(SECRET, "link").open(word) is None
    assert Seal(OTHER, "message").open(word) is None


@given(payloads, st.data())
def test_changed_word_never_opens(payload: bytes, data: st.DataObject) -> None:
    word = MESSAGE.seal(payload)
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda one: one != word[place]))
    assert MESSAGE.open(word[:place] + letter + word[place + 1 :]) is None


@given(payloads, st.data())
def test_cut_or_lengthened_word_never_opens(payload: bytes, data: st.DataObject) -> None:
    word = MESSAGE.seal(payload)
    assert MESSAGE.open(word[: data.draw(st.integers(0, len(word) - 1))]) is None
    assert MESSAGE.open(word + data.draw(st.text(LETTERS + "=", min_size=1, max_size=8))) is None


@given(st.text(max_size=200))
def test_invented_word_never_opens(text: str) -> None:
    assert MESSAGE.open(text) is None


@pytest.mark.parametrize(
    "text", ["", "A", "====", "\ud800", "é" * 32, "A" * (LONGEST + 1), "A" * 4001, "a b", "a\nb", "+/+/" * 8]
)
def test_strange_word_is_refused_without_an_error(text: str) -> None:
    assert MESSAGE.open(text) is None


@given(st.integers(0, 2**63 - 1))
def test_message_id_has_a_word_of_32_characters(number: int) -> None:
    word = MESSAGE.seal(number_payload(number))
    assert len(word) == 32
    assert number_of(MESSAGE.open(word)) == number


def test_payload_that_is_no_number_is_none() -> None:
    assert number_of(None) is None
    assert number_of(b"1234567") is None


def test_equal_seals_are_equal() -> None:
    assert Seal(SECRET, "message") == MESSAGE
    assert hash(Seal(SECRET, "message")) == hash(MESSAGE)
    assert Seal(SECRET, "link") != MESSAGE
    assert MESSAGE != "message"
