import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bocau
from bocau.base.words import catalogue
from tests.doors.web.texts import in_code, in_templates

FIELD = re.compile(r"\{(\w*)\}")


def test_every_text_of_pages_and_sandbox_is_there_in_vietnamese() -> None:
    missing = (in_templates() | in_code()) - set(catalogue("vi"))
    assert missing == set()


def test_translations_carry_the_same_fields() -> None:
    path = Path(bocau.__file__).parent / "translations" / "vi" / "web.po"
    with path.open("rb") as handle:
        for message in read_po(handle):
            if message.id:
                assert sorted(FIELD.findall(str(message.id))) == sorted(FIELD.findall(str(message.string))), (
                    message.id
                )


def test_texts_are_found_in_the_sources() -> None:
    assert {"Overview", "{n} mail", "Queued"} <= in_templates()
    assert {"Web pages", "{n} seconds", "There is nothing at this address"} <= in_code()


@pytest.mark.parametrize(
    "pattern", [r"\sstyle=", r"\son\w+=", r"<style", r"<script(?![^>]*\ssrc=)", r"\|\s*safe", r"https?://"]
)
def test_templates_hold_nothing_the_policy_forbids(pattern: str) -> None:
    for path in (Path(bocau.__file__).parent / "doors" / "web" / "templates").rglob("*.html"):
        assert not re.search(pattern, path.read_text(encoding="utf-8")), path
