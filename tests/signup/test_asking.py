"""What becomes of a wish, on each database: also when the same form arrives twice at the same moment."""

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import ledger, signup
from bocau.audience import Consent, How, Reason, Status, contacts, erasure, lists, subscriptions, suppress, unsubscribe
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.signup import Outcome
from tests.audience.people import DAY, FORM, HOSTILE, NOW

SECRET = b"0123456789abcdef0123456789abcdef"
HAND = Consent(How.command)
AN = "an@mail.test"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, signup_sender="Tin <tin@clinic.test>", base_url="https://thu.test")


def made(engine: sa.Engine, **given: Any) -> signup.Form:
    with transaction(engine) as connection:
        found = lists.with_id(connection, lists.create(connection, ListCreation(name="Bản tin", **given), NOW))
    assert found is not None
    return signup.form_of(found)


def ask(
    engine: sa.Engine,
    settings: Settings,
    form: signup.Form,
    wish: signup.Wish,
    how: Consent = FORM,
    *,
    now: int = NOW,
    own_word: bool = True,
) -> Outcome:
    with transaction(engine) as connection:
        return signup.ask(connection, form, wish, how, now, settings=settings, secret=SECRET, own_word=own_word)


def mails(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        return [str(one["address"]) for one in ledger.list_messages(connection, ledger.Filter())]


def test_same_form_twice_at_the_same_moment_is_one_mail(engine: sa.Engine, settings: Settings) -> None:
    form, found = made(engine), []
    for turn in range(3):
        gate, outcomes = threading.Barrier(4), []

        def post(who: str, gate: threading.Barrier = gate, outcomes: list[Outcome] = outcomes) -> None:
            gate.wait()
            outcomes.append(ask(engine, settings, form, signup.Wish(who, "An", "vi")))

        threads = [threading.Thread(target=post, args=(f"an{turn}@mail.test",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.append(sorted(outcomes))
    assert found == [["asked", "lately", "lately", "lately"]] * 3
    assert sorted(mails(engine)) == ["an0@mail.test", "an1@mail.test", "an2@mail.test"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_kept_as_texts(engine: sa.Engine, settings: Settings, name: str) -> None:
    form = made(engine)
    assert ask(engine, settings, form, signup.Wish(AN, name)) == Outcome.asked
    with reading(engine) as connection:
        assert contacts.show(connection, AN)["name"] == " ".join(name.split())
        assert lists.counts(connection)[form.list]["unconfirmed"] == 1


def test_who_has_left_is_asked_only_by_their_own_word(engine: sa.Engine, settings: Settings) -> None:
    form, wish = made(engine, opt_in="single"), signup.Wish(AN)
    assert ask(engine, settings, form, wish) == Outcome.subscribed
    with transaction(engine) as connection:
        unsubscribe(connection, AN, [form.list], FORM, NOW)
    assert ask(engine, settings, form, wish, HAND, own_word=False) == Outcome.stopped
    with transaction(engine) as connection:
        unsubscribe(connection, AN, (), FORM, NOW)
        erasure.erase(connection, "binh@mail.test", NOW)
    assert ask(engine, settings, form, wish, HAND, own_word=False) == Outcome.stopped
    assert ask(engine, settings, form, signup.Wish("binh@mail.test"), HAND, own_word=False) == Outcome.stopped
    assert mails(engine) == []
    assert ask(engine, settings, form, wish) == Outcome.asked


@pytest.mark.parametrize("status", [Status.bounced, Status.inactive])
def test_who_is_switched_off_or_bounced_is_left_in_peace(engine: sa.Engine, settings: Settings, status: Status) -> None:
    form = made(engine)
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address=AN, status=status), NOW)
    assert ask(engine, settings, form, signup.Wish(AN)) == Outcome.stopped
    with reading(engine) as connection:
        assert contacts.show(connection, AN)["lists"] == []


def test_suppression_that_is_over_stops_nobody(engine: sa.Engine, settings: Settings) -> None:
    form = made(engine)
    with transaction(engine) as connection:
        suppress(connection, "mail.test", Reason.manual, NOW, expires_at=NOW + DAY)
    assert ask(engine, settings, form, signup.Wish(AN), now=NOW + 1) == Outcome.stopped
    assert ask(engine, settings, form, signup.Wish(AN), now=NOW + 2 * DAY) == Outcome.asked


def test_old_link_holds_no_more_after_leaving_and_a_new_one_does(engine: sa.Engine, settings: Settings) -> None:
    form = made(engine)
    words = signup.Words(SECRET)

    def word(at: int) -> str:
        assert ask(engine, settings, form, signup.Wish(AN), now=at) == Outcome.asked
        with reading(engine) as connection:
            number = contacts.ids(connection, [AN])[AN]
        return words.claim(signup.Claim(form.list, number, at, signup.words.mark(AN)))

    old = word(NOW)
    with transaction(engine) as connection:
        assert signup.confirm(connection, SECRET, old, FORM, NOW + 1).state == signup.State.done  # type: ignore[union-attr]
        subscriptions.take_off(connection, form.list, [AN], HAND, NOW + 2)
        assert signup.confirm(connection, SECRET, old, FORM, NOW + 3).state == signup.State.late  # type: ignore[union-attr]
    new = word(NOW + DAY)
    with transaction(engine) as connection:
        assert signup.look(connection, SECRET, new, NOW + DAY - 1).state == signup.State.late  # type: ignore[union-attr]
        assert signup.confirm(connection, SECRET, new, FORM, NOW + DAY).state == signup.State.done  # type: ignore[union-attr]
        lists.delete(connection, form.list)
        assert signup.look(connection, SECRET, new, NOW + DAY) is None
