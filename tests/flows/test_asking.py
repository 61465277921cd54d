"""People put on a list by somebody here: they agreed, or a mail asks them; all of them or nobody."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import ledger
from bocau.audience import Consent, How, Reason, contacts, lists, subscriptions, suppress
from bocau.audience.lists import MailingList
from bocau.audience.requests import ListCreation
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.flows import asking
from bocau.flows.asking import Asked
from bocau.signup import Outcome, SignUpClosedError
from bocau.wire.address import AddressWrongError
from tests.audience.people import NOW, people
from tests.flows.contents import BrokenOffError, contents

SECRET = b"0123456789abcdef0123456789abcdef"
BARE, SAID = Consent(How.command), Consent(How.command, "hội chợ")
AN, BINH, CHI, DUNG = "an@x.test", "binh@x.test", "chi@x.test", "dung@x.test"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, signup_sender="Tin <tin@clinic.test>", base_url="https://thu.test")


def made(engine: sa.Engine, opt_in: lists.OptIn = "double") -> MailingList:
    """A list, and two contacts."""
    with transaction(engine) as connection:
        people(connection, AN, BINH)
        found = lists.with_id(connection, lists.create(connection, ListCreation(name="Bản tin", opt_in=opt_in), NOW))
    assert found is not None
    return found


def ask(
    engine: sa.Engine, settings: Settings, one: MailingList, *addresses: str, now: int = NOW, again: bool = False
) -> Asked:
    with transaction(engine) as connection:
        ours: dict[str, Any] = {"settings": settings, "secret": SECRET, "language": "vi"}
        return asking.ask_by_mail(connection, one, addresses, BARE, now, again=again, **ours)


def mails(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(one["address"] for one in ledger.list_messages(connection, ledger.Filter()))


def test_each_is_told_by_what_became_of_them(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine)
    with transaction(engine) as connection:
        asking.put_on(connection, one, [BINH], SAID, NOW)
        suppress(connection, CHI, Reason.bounced, NOW)
    done = ask(engine, settings, one, "An@X.test", BINH, CHI, DUNG, "An@X.test")
    assert done == Asked(("An@X.test", DUNG), (BINH,), (), (CHI,))
    assert mails(engine) == [AN, DUNG]


def test_outcomes_are_those_of_signing_up() -> None:
    assert list(Asked.__dataclass_fields__) == [one.value for one in Outcome]


def test_asking_again_sends_no_other_mail(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine)
    assert ask(engine, settings, one, AN).asked == (AN,)
    assert ask(engine, settings, one, AN, now=NOW + 1) == Asked((), (), (AN,), ())
    assert mails(engine) == [AN]


def test_who_has_left_is_asked_only_by_their_own_word(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine)
    with transaction(engine) as connection:
        asking.put_on(connection, one, [AN], SAID, NOW)
        subscriptions.take_off(connection, one.id, [AN], BARE, NOW)
        assert asking.put_on(connection, one, [AN], SAID, NOW).left == [AN]
    assert ask(engine, settings, one, AN).stopped == (AN,)
    assert ask(engine, settings, one, AN, again=True).asked == (AN,)
    with transaction(engine) as connection:
        assert asking.put_on(connection, one, [AN], SAID, NOW, again=True).added == [AN]


def test_a_list_with_single_opt_in_asks_nobody(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine, "single")
    assert ask(engine, settings, one, AN, DUNG) == Asked((), (AN, DUNG), (), ())
    with transaction(engine) as connection:
        assert asking.put_on(connection, one, [AN, BINH], BARE, NOW).added == [BINH]
    assert mails(engine) == []


def test_nobody_is_put_on_a_list_that_asks_first_without_a_word_of_where_they_agreed(engine: sa.Engine) -> None:
    one = made(engine)
    before = contents(engine)
    for bare in (BARE, Consent(How.command, "  ", "", "\n")):
        with pytest.raises(asking.ListAsksFirstError), transaction(engine) as connection:
            asking.put_on(connection, one, [AN], bare, NOW)
    assert contents(engine) == before
    for said in (SAID, Consent(How.command, text="Tôi đồng ý")):
        assert not asking.asks_first(one, said)
    with transaction(engine) as connection:
        assert asking.put_on(connection, one, [AN, DUNG], SAID, NOW) == ([AN], [], [], [DUNG])
        assert asking.put_on(connection, one, [AN, DUNG], SAID, NOW) == ([], [AN], [], [DUNG])


def test_one_wrong_address_asks_nobody(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine)
    before = contents(engine)
    with pytest.raises(AddressWrongError):
        ask(engine, settings, one, AN, DUNG, "x")
    with pytest.raises(AddressWrongError), transaction(engine) as connection:
        asking.put_on(connection, one, [AN, "x"], SAID, NOW)
    assert contents(engine) == before


def test_nobody_is_kept_when_the_mail_cannot_be_sent(engine: sa.Engine, settings: Settings) -> None:
    one, closed = made(engine), settings.model_copy(update={"signup_sender": ""})
    with transaction(engine) as connection:
        asking.put_on(connection, one, [BINH], SAID, NOW)
    before = contents(engine)
    with pytest.raises(SignUpClosedError):
        ask(engine, closed, one, BINH, AN)
    assert contents(engine) == before


def test_what_ends_afterwards_leaves_nothing_of_it(engine: sa.Engine, settings: Settings) -> None:
    one = made(engine)
    before = contents(engine)
    with pytest.raises(BrokenOffError), transaction(engine) as connection:
        asking.ask_by_mail(connection, one, [DUNG], BARE, NOW, settings=settings, secret=SECRET)
        assert contacts.ids(connection, [DUNG])
        raise BrokenOffError
    assert contents(engine) == before
