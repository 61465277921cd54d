"""One person's mail before the launch, and test mails: the campaign itself is not affected."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import campaigns, content, intake, ledger
from bocau.audience import Target
from bocau.base.db import Connection, reading, transaction
from bocau.campaigns import draft, sample
from bocau.campaigns.sample import PersonUnknownError
from bocau.relays import Relay
from tests.campaigns.world import INSTALLATION, NOW, SANDBOX, a_list, fill, letters, plan

TESTER = "toi@x.test"


def made(connection: Connection, count: int = 3, **more: Any) -> int:
    fill(connection, count)
    return draft.add(connection, plan(variants=letters("Một", "Hai"), **more), NOW)


def test_each_variant_goes_to_each_tester_with_the_first_ones_data(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        campaign_id = made(connection)
        sent = sample.send_test(connection, campaign_id, intake.few([TESTER, "p0002@x.test"], {}), INSTALLATION, NOW)
        assert [(one.variant, one.address) for one in sent] == [
            ("A", TESTER),
            ("A", "p0002@x.test"),
            ("B", TESTER),
            ("B", "p0002@x.test"),
        ]
        names = [
            message["name"]
            for one in sent
            for message in ledger.list_messages(connection, ledger.Filter(one.submission_id))
        ]
        assert names == ["p0000", "p0002", "p0000", "p0002"]
        row = ledger.show_submission(connection, sent[2].submission_id)
        assert row is not None
        assert content.load(connection, row["content"]).source.subject == "[Test] Hai"
        assert row["expires_at"] - row["created_at"] == INSTALLATION.test_time_to_live * 1000
        assert campaigns.submissions(connection, campaign_id) == {}
        assert campaigns.show(connection, campaign_id).state is campaigns.State.draft


def test_the_same_twice_is_two_mails(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        campaign_id = made(connection)
        testers = intake.few([TESTER], {})
        first, second = (
            sample.send_test(connection, campaign_id, testers, INSTALLATION, NOW, variant="B")[0] for _ in range(2)
        )
    assert first.submission_id != second.submission_id


def test_nobody_known_is_told(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        campaign_id = made(connection)
        testers = intake.few([TESTER], {})
        for wrong in ("nobody@x.test", TESTER):
            with pytest.raises(PersonUnknownError):
                sample.send_test(connection, campaign_id, testers, INSTALLATION, NOW, person=wrong)
            with pytest.raises(PersonUnknownError):
                sample.sample(connection, campaign_id, INSTALLATION, person=wrong)
        empty = draft.add(connection, plan(name="Tin 2", target=Target(lists=(a_list(connection, "Không ai"),))), NOW)
        with pytest.raises(PersonUnknownError):
            sample.sample(connection, empty, INSTALLATION)


def test_who_looks_is_not_followed(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        campaign_id = made(connection)
    with reading(engine) as connection:
        order, message = sample.sample(connection, campaign_id, INSTALLATION, variant="B", person="p0001@x.test")
    assert (order.source.subject, message.address) == ("Hai", "p0001@x.test")
    assert order.options.track is not None and order.options.track.mode == "off"


@pytest.mark.parametrize(
    ("used", "relay_id", "caught"),
    [
        ((SANDBOX,), None, True),
        ((SANDBOX, replace(SANDBOX, id=7, kind="smtp")), None, False),
        ((SANDBOX, replace(SANDBOX, id=7, kind="smtp")), SANDBOX.id, True),
        ((SANDBOX, replace(SANDBOX, id=7, kind="smtp")), 7, False),
        ((), None, False),
    ],
)
def test_caught_is_what_only_the_sandbox_gets(
    engine: sa.Engine, used: tuple[Relay, ...], relay_id: int | None, caught: bool
) -> None:
    with reading(engine) as connection:
        assert replace(INSTALLATION, relays=lambda _: used).catches(connection, relay_id) is caught
