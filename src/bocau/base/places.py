"""Time zones and languages as people write them, read as the names and codes that stand for them. Pure."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*(\d{1,2})(?::?([0-5]\d))?\Z")
BY_OFFSET = {
    -180: "America/Argentina/Buenos_Aires",
    0: "UTC",
    180: "Asia/Riyadh",
    240: "Asia/Dubai",
    270: "Asia/Kabul",
    300: "Asia/Karachi",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    360: "Asia/Dhaka",
    390: "Asia/Yangon",
    420: "Asia/Ho_Chi_Minh",
    480: "Asia/Singapore",
    540: "Asia/Tokyo",
    570: "Australia/Darwin",
    600: "Australia/Brisbane",
}
"""Minutes before UTC → a zone whose clocks have shown that all year for decades: its name says more than Etc/GMT-7 does."""
FURTHEST = 14 * 60
CALLED = {
    "asia/hanoi": "Asia/Ho_Chi_Minh",  # no name of the IANA database; clocks there agree since 1975
    "asia/ha_noi": "Asia/Ho_Chi_Minh",
    "ha_noi": "Asia/Ho_Chi_Minh",
    "hanoi": "Asia/Ho_Chi_Minh",
    "ho_chi_minh": "Asia/Ho_Chi_Minh",
    "sai_gon": "Asia/Ho_Chi_Minh",
    "saigon": "Asia/Ho_Chi_Minh",
    "viet_nam": "Asia/Ho_Chi_Minh",
    "vietnam": "Asia/Ho_Chi_Minh",
    "vn": "Asia/Ho_Chi_Minh",
    "gio_viet_nam": "Asia/Ho_Chi_Minh",
    "gio_ha_noi": "Asia/Ho_Chi_Minh",
    "se_asia_standard_time": "Asia/Ho_Chi_Minh",  # Windows' name of UTC+7
    "ict": "Asia/Ho_Chi_Minh",
    "z": "UTC",
    "gmt": "UTC",
    "utc": "UTC",
}
"""Folded → a name of the IANA time zone database."""
CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?\Z")
SPOKEN = {
    "vn": "vi",
    "vie": "vi",
    "viet": "vi",
    "viet nam": "vi",
    "vietnam": "vi",
    "vietnamese": "vi",
    "tieng viet": "vi",
    "eng": "en",
    "english": "en",
    "anh": "en",
    "tieng anh": "en",
}
"""Folded → an ISO 639-1 code."""


def zone_named(text: str) -> str | None:
    """The zone of the IANA database that is meant by ``Asia/Ho_Chi_Minh``, ``asia/ho chi minh``, ``Hà Nội``, ``GMT+7`` or
    ``+07:00``; None: nobody knows."""
    said = folded(text)
    if offset := OFFSET.match(said):
        return _by_offset(offset)
    named = said.replace(" ", "_")
    return CALLED.get(named) or _zones().get(named)


def language_named(text: str) -> str | None:
    """The language tag (RFC 5646, in small letters) that is meant by ``vi``, ``vi_VN``, ``VN``, ``Vietnamese``, ``tiếng
    Việt``, ``EN-us``; None: nobody knows."""
    said = folded(text)
    code = said.replace("_", "-")
    return SPOKEN.get(said) or (code if CODE.match(code) else None)


def folded(text: str) -> str:
    """Small letters without marks, single blanks: ``Hà  Nội`` → ``ha noi``."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def _by_offset(offset: re.Match[str]) -> str | None:
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    if minutes > FURTHEST or (offset[1] != "+" and minutes > 12 * 60):
        return None
    ahead = minutes if offset[1] == "+" else -minutes
    if ahead in BY_OFFSET:
        return BY_OFFSET[ahead]
    return None if minutes % 60 else f"Etc/GMT{'-' if ahead > 0 else '+'}{minutes // 60}"  # signs there are turned


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
