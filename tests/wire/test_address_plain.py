"""Many addresses at once come to what one by one comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire.address import AddressWrongError, check, check_plain

AWKWARD = (
    "An@Gmail.test",
    "a@b",
    "a@@b.vn",
    "a b@c.vn",
    "",
    "a.@b.vn",
    ".a@b.vn",
    "a..b@c.vn",
    "a@b..vn",
    "a@-b.vn",
    "ă@b.vn",
    "a@bệnh-viện.vn",
    "a@1.2.3.4",
    " a@b.vn",
    "a@b.vn\n",
    "a@b.vn\na@b.vn",
    "x" * 64 + "@b.vn",
    "x" * 65 + "@b.vn",
    "a@" + "b." * 130 + "vn",
    "a@B.VN",
    "a@xn--.vn",
    "a@b.vn.",
    "o'hara+x@b.vn",
    "a,b@c.vn",
    "K@b.vn",
)


def one_by_one(texts: list[str]) -> list[str] | None:
    try:
        return [check(text).address for text in texts]
    except AddressWrongError:
        return None


@pytest.mark.parametrize("text", AWKWARD)
def test_what_is_taken_at_once_is_what_would_be_taken_alone(text: str) -> None:
    for texts in ([text], ["a@b.vn", text, "c@d.vn"]):
        found = check_plain(texts)
        assert found is None or found == one_by_one(texts) == [check(one).recipient for one in texts]


@given(st.lists(st.text("aB1.-_@ \n'ă", max_size=12) | st.emails(), max_size=4))
def test_any_texts(texts: list[str]) -> None:
    found = check_plain(texts)
    assert found is None or found == one_by_one(texts)


def test_ordinary_addresses_are_taken_at_once() -> None:
    assert check_plain(["An.Nguyen@Gmail.test", "b+c@mail.test"]) == ["an.nguyen@gmail.test", "b+c@mail.test"]
