"""Zones and languages as people write them."""

import pytest

from bocau.base.places import language_named, zone_named
from bocau.base.words import from_environment

VIETNAM = (
    "GMT+7,gmt + 7,UTC+7,UTC+07:00,+07:00,+0700,Asia/Hanoi,Hà Nội,Hồ Chí Minh,asia/ho_chi_minh,Asia/Ho Chi Minh,VN,Việt Nam,"
    "giờ Việt Nam,SE Asia Standard Time"
)
ZONES = {
    "europe/berlin": "Europe/Berlin",
    "Z": "UTC",
    "utc": "UTC",
    "GMT": "UTC",
    "UTC−5": "Etc/GMT+5",
    "GMT+13": "Etc/GMT-13",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+00:00": "UTC",
    "+15:00": None,
    "-13:00": None,
    "+05:17": None,
    "Asia/Nowhere": None,
    "../etc/passwd": None,
    "": None,
    "7": None,
}
LANGUAGES = {
    "VN": "vi",
    "vi": "vi",
    "vi-VN": "vi-vn",
    "vi_VN": "vi-vn",
    "Vietnamese": "vi",
    "tiếng Việt": "vi",
    "TIENG VIET": "vi",
    "EN-us": "en-us",
    "English": "en",
    "tiếng Anh": "en",
    "de": "de",
    "klingonian": None,
    "": None,
    "v": None,
}


@pytest.mark.parametrize("text", VIETNAM.split(","))
def test_the_zone_of_vietnam_has_many_names(text: str) -> None:
    assert zone_named(text) == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize("text", ZONES)
def test_other_zones(text: str) -> None:
    assert zone_named(text) == ZONES[text]


@pytest.mark.parametrize("text", LANGUAGES)
def test_languages(text: str) -> None:
    assert language_named(text) == LANGUAGES[text]


def test_a_terminals_language_may_be_written_so_too() -> None:
    assert from_environment({"BOCAU_LANGUAGE": "VN", "LANG": "en_US.UTF-8"}) == "vi"
    assert from_environment({"BOCAU_LANGUAGE": "", "LC_ALL": "vi_VN.UTF-8@x"}) == "vi"
    assert from_environment({"LANG": "C.UTF-8"}) == "en"
