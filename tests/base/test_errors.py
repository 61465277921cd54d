import orjson

from bocau.base.errors import BocauError, kept, retold
from bocau.base.words import N_, Phrase, language
from bocau.schedules.errors import WhenWrongError
from bocau.schedules.when import Rule, check


def test_an_error_that_was_stored_is_told_in_the_readers_language() -> None:
    try:
        check(Rule(kind="cron", text="60 8 * * *", zone="UTC"))
    except WhenWrongError as error:
        stored, said = orjson.loads(orjson.dumps(kept(error))), str(error)
    assert (stored["code"], retold(stored)) == ("when-wrong", said)
    before = language.set("vi")
    try:
        assert "trường thứ 1, phút, là “60”" in retold(stored)
    finally:
        language.reset(before)


class InnerError(BocauError):
    code = "inner"
    sentence = N_("{part} is given twice")


def test_an_error_within_an_error_is_told_again_too() -> None:
    outer = WhenWrongError(text=1, reason=Phrase("{one}; {other}", one=InnerError(part="FREQ"), other="x"))
    before = language.set("vi")
    try:
        assert "FREQ xuất hiện hai lần; x" in retold(orjson.loads(orjson.dumps(kept(outer))))
    finally:
        language.reset(before)
