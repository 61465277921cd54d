"""Options of a submission: what is stored is what was given, and an older version's text is read."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.ledger.options import Frequency, Limits, Options, OptionWrongError, QuietHours, Track, Window, lists_of

TEXT = st.text(max_size=20)
TEXTS = st.dictionaries(TEXT, TEXT, max_size=3)
NUMBERS = st.integers(-3, 2**40)
UNKNOWN = st.dictionaries(st.sampled_from(["later", "newer"]), st.one_of(NUMBERS, TEXT, st.lists(TEXT), TEXTS))


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any of these keys, and with some that nobody knows."""
    known = st.fixed_dictionaries({}, optional=parts)
    return st.builds(lambda one, other: {**other, **one}, known, UNKNOWN)


TRACK = some(mode=TEXT, base=TEXT, opens=st.booleans(), clicks=st.booleans(), utm=TEXTS)
QUIET = st.fixed_dictionaries({"from": TEXT, "to": TEXT}, optional={"zone": TEXT, "default": TEXT})
LIMITS = some(
    key=TEXT,
    per_hour=NUMBERS,
    window=st.fixed_dictionaries({"most": NUMBERS, "seconds": NUMBERS}),
    per_domain=st.dictionaries(TEXT, NUMBERS, max_size=3),
    quiet=QUIET,
    frequency=st.fixed_dictionaries({"most": NUMBERS, "days": NUMBERS}),
)
STORED = some(
    reply_to=TEXT,
    headers=TEXTS,
    message_id_domain=TEXT,
    unsubscribe=TEXT,
    unsubscribe_url=TEXT,
    unsubscribe_mailto=TEXT,
    list_id=TEXT,
    feedback_id=TEXT,
    track=TRACK,
    lists=st.lists(NUMBERS, max_size=3),
    campaign=NUMBERS,
    columns=TEXTS,
    relay=NUMBERS,
    limits=LIMITS,
)


@given(STORED)
def test_stored_json_comes_back_byte_by_byte(told: dict[str, Any]) -> None:
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    options = Options.from_json(text)
    assert options.to_json() == text
    assert options.as_dict() == told
    assert Options.from_json(options.to_json()) == options
    assert lists_of(text) == (options.lists or ())


def test_absent_is_not_empty() -> None:
    assert Options().to_json() == "{}"
    empty = Options(reply_to="", headers={}, lists=(), columns={}, track=Track(utm={}), limits=Limits())
    assert empty.as_dict() == {
        "reply_to": "",
        "headers": {},
        "track": {"utm": {}},
        "lists": [],
        "columns": {},
        "limits": {},
    }
    assert Options.from_json(empty.to_json()) == empty != Options()


def test_mappings_keep_their_order_and_stored_text_has_none() -> None:
    one, other = Options(headers={"X-B": "1", "X-A": "2"}), Options(headers={"X-A": "2", "X-B": "1"})
    assert list(one.as_dict()["headers"]) == ["X-B", "X-A"]
    assert one == other
    assert one.to_json() == other.to_json() == '{"headers":{"X-A":"2","X-B":"1"}}'


def test_what_a_newer_version_wrote_is_kept() -> None:
    text = '{"limits":{"per_minute":3},"priority":"high","track":{"heat":true}}'
    options = Options.from_json(text)
    assert (options.other, options.limits and options.limits.other) == ({"priority": "high"}, {"per_minute": 3})
    assert replace(options, reply_to="a@x.test").as_dict()["priority"] == "high"
    assert options.to_json() == text


def test_typed_and_stored_are_the_same() -> None:
    limits = Limits(
        key="campaign:1",
        per_hour=5,
        window=Window(3, 60),
        per_domain={"*": 9},
        quiet=QuietHours("21:00", "07:00", "recipient"),
        frequency=Frequency(2, 7),
    )
    assert limits.as_dict() == {
        "key": "campaign:1",
        "per_hour": 5,
        "window": {"most": 3, "seconds": 60},
        "per_domain": {"*": 9},
        "quiet": {"from": "21:00", "to": "07:00", "zone": "recipient"},
        "frequency": {"most": 2, "days": 7},
    }
    assert Limits.from_dict(limits.as_dict()) == limits


@pytest.mark.parametrize(
    ("told", "option"),
    [
        ({"track": []}, "track"),
        ({"track": {"utm": "x"}}, "track.utm"),
        ({"headers": [["X-A", "1"]]}, "headers"),
        ({"columns": 5}, "columns"),
        ({"limits": 5}, "limits"),
        ({"limits": {"window": {"most": 5}}}, "limits.window"),
        ({"limits": {"window": {"most": 5, "seconds": 5, "minutes": 5}}}, "limits.window"),
        ({"limits": {"frequency": 5}}, "limits.frequency"),
        ({"limits": {"per_domain": [5]}}, "limits.per_domain"),
        ({"limits": {"quiet": {"from": "21:00"}}}, "limits.quiet"),
        ({"limits": {"quiet": {"from": "21:00", "to": "07:00", "on": "Monday"}}}, "limits.quiet"),
    ],
)
def test_what_has_another_form_is_refused_by_its_name(told: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionWrongError) as caught:
        Options.from_dict(told)
    assert caught.value.fields["option"] == option
