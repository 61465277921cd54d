import orjson
import pytest

from bocau.intake import few
from bocau.intake.errors import DataWrongError
from bocau.wire.address import AddressWrongError


def test_people_named_one_by_one_share_their_data() -> None:
    messages = few(["An <An@B.test>", "binh@b.test"], {"Họ tên": "x", "n": "5", "code": "007"})
    assert [(one.address, one.name, one.row) for one in messages] == [("an@b.test", "An", 0), ("binh@b.test", "", 0)]
    assert orjson.loads(messages[0].data) == {"ho_ten": "x", "n": 5, "code": "007"}


def test_nobody_is_named_twice() -> None:
    assert len(few(["a@b.test", "A <A@b.test>"], {})) == 1


def test_kind_of_a_field_can_be_said() -> None:
    (message,) = few(["a@b.test"], {"n": "5", "m": "007"}, {"n": "text", "m": "number"})
    assert orjson.loads(message.data) == {"n": "5", "m": 7}


@pytest.mark.parametrize("person", ["x", "a@b", "An <a@b.test>\nBcc: c@d.test", "a@b.test, c@d.test", ""])
def test_wrong_address_refuses_all(person: str) -> None:
    with pytest.raises(AddressWrongError):
        few(["good@b.test", person], {})


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        ({"": "x"}, {}),
        ({"…": "x"}, {}),
        ({"a": "x\0"}, {}),
        ({"a": "\udcff"}, {}),
        ({"a": "x" * 70_000}, {}),
        ({"a": "x"}, {"a": "number"}),
    ],
)
def test_data_that_cannot_be_kept_is_refused(data: dict[str, str], kinds: dict[str, str]) -> None:
    with pytest.raises(DataWrongError):
        few(["a@b.test"], data, kinds)
