import pytest

from bocau.base.words import language
from bocau.relays.presets import Preset, PresetUnknownError, preset, presets, spf_for
from bocau.wire.smtp import TlsPolicy

NAMED = ["gmail", "mailgun", "mailgun-eu", "ses", "postmark", "sendgrid", "microsoft365", "brevo"]


@pytest.mark.parametrize("name", NAMED)
def test_promised_services_are_known(name: str) -> None:
    assert preset(name).name == name


@pytest.mark.parametrize("one", presets().values(), ids=lambda one: one.name)
def test_preset_is_whole(one: Preset) -> None:
    assert TlsPolicy(one.tls) in (TlsPolicy.required, TlsPolicy.implicit)
    assert one.port in (465, 587)
    assert "." in one.address("eu-west-1")
    assert "{" not in one.address("eu-west-1")
    assert one.connections > 0
    assert one.mails_per_connection > 0
    assert one.max_size is None or one.max_size >= 10_000_000
    assert one.source.startswith("https://")
    assert set(one.notes) == {"en", "vi"}


def test_notes_are_told_in_the_readers_language() -> None:
    token = language.set("vi")
    try:
        assert "mật khẩu ứng dụng" in preset("gmail").note
    finally:
        language.reset(token)
    assert "app password" in preset("gmail").note


def test_region_is_part_of_the_host_where_there_is_one() -> None:
    assert preset("ses").address("ap-southeast-1") == "email-smtp.ap-southeast-1.amazonaws.com"
    assert preset("ses").address() == "email-smtp.us-east-1.amazonaws.com"
    assert preset("gmail").address("ap-southeast-1") == "smtp.gmail.com"


def test_limits_of_microsoft_365_are_thirty_a_minute_over_three_connections() -> None:
    found = preset("microsoft365")
    assert (found.rate, found.connections, found.per_day) == (0.5, 3, 10_000)


def test_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(PresetUnknownError) as caught:
        preset("hotmail")
    assert "gmail" in caught.value.advice()


@pytest.mark.parametrize(
    ("host", "include"),
    [("smtp.gmail.com", "_spf.google.com"), ("email-smtp.eu-west-1.amazonaws.com", "amazonses.com"), ("mail.vn", "")],
)
def test_host_tells_what_spf_must_include(host: str, include: str) -> None:
    assert spf_for(host) == include
