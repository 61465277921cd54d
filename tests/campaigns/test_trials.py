"""Variants tried on a part of the people; the best goes to everybody else."""

import pytest
import sqlalchemy as sa

from bocau import campaigns, events
from bocau.base.db import reading, transaction
from bocau.campaigns import Trial, draft
from bocau.campaigns.errors import CampaignTestMissingError, CampaignWrongError, WinnerKnownError
from bocau.campaigns.states import By
from bocau.events import Kind
from bocau.ledger.options import Options, Track
from tests.campaigns.world import (
    HOUR,
    INSTALLATION,
    NOW,
    everybody,
    expand,
    fill,
    finish,
    letters,
    on_trial,
    plan,
    rows,
    send,
    started,
    state,
)


def happens(engine: sa.Engine, kind: Kind, messages: list[int], by: str = "person", **more: object) -> None:
    with transaction(engine) as connection:
        events.append(connection, [events.Event(number, kind, 0, {"by": by, "link": 1, **more}) for number in messages])


def of_variant(engine: sa.Engine, number: int, name: str) -> list[int]:
    """Messages of a variant."""
    from tests.campaigns.world import messages

    with reading(engine) as connection:
        found = {named: one for one, named in campaigns.submissions(connection, number).items()}
        return [row["id"] for row in messages(connection, found[name])]


def due(engine: sa.Engine, now: int) -> list[int]:
    with transaction(engine) as connection:
        return campaigns.start_due(connection, now, INSTALLATION)


def test_without_a_share_everybody_gets_one_of_the_variants(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 90)
    number = started(engine, plan(variants=letters("Một", "Hai", "Ba")))
    expand(engine, number)
    found = rows(engine, number)
    assert everybody(engine, number) == people
    assert all(10 < len(found[name]) < 60 for name in "ABC")
    send(engine)
    assert finish(engine) == [number]


@pytest.mark.parametrize(("by", "kind"), [(By.opens, Kind.opened), (By.clicks, Kind.clicked)])
def test_the_better_one_goes_to_the_others(engine: sa.Engine, by: By, kind: Kind) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 100)
    number = started(engine, on_trial(30, by=by, wait=4 * HOUR))
    expand(engine, number)
    tried = rows(engine, number)
    assert 10 < len(everybody(engine, number)) < 60
    send(engine)
    assert finish(engine) == []
    happens(engine, kind, of_variant(engine, number, "B")[:3])
    happens(engine, kind, of_variant(engine, number, "A")[:1] * 9)
    happens(engine, kind, of_variant(engine, number, "A"), by="scanner")
    assert due(engine, NOW + 4 * HOUR - 1) == []
    assert due(engine, NOW + 4 * HOUR) == [number]
    assert due(engine, NOW + 4 * HOUR) == []
    expand(engine, number, NOW + 4 * HOUR)
    assert everybody(engine, number) == people
    assert rows(engine, number)["A"] == tried["A"]
    send(engine)
    assert finish(engine) == [number]


@pytest.mark.parametrize(("kind", "more"), [(Kind.clicked, {}), (Kind.opened, {"by": "proxy", "hint": True})])
def test_who_clicked_without_pictures_or_opened_by_a_proxy_has_read_it(
    engine: sa.Engine, kind: Kind, more: dict[str, object]
) -> None:
    with transaction(engine) as connection:
        fill(connection, 100)
    number = started(engine, on_trial(30, by=By.opens, wait=4 * HOUR))
    expand(engine, number)
    send(engine)
    happens(engine, Kind.opened, of_variant(engine, number, "A")[:2])
    happens(engine, Kind.opened, of_variant(engine, number, "A"), by="proxy")
    happens(engine, kind, of_variant(engine, number, "B")[:3], **more)  # type: ignore[arg-type]
    assert due(engine, NOW + 4 * HOUR) == [number]
    with reading(engine) as connection:
        found = campaigns.show(connection, number)
        assert found.winner == found.plan.variants[1].id
        name = found.plan.name
        said = campaigns.history(connection)
        assert connection.execute(sa.select(sa.func.count()).select_from(said["opened"](name).subquery())).scalar() == 5


def test_equals_are_won_by_the_first(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 60)
    number = started(engine, on_trial(50, by=By.opens))
    expand(engine, number)
    assert due(engine, NOW) == [number]
    with reading(engine) as connection:
        found = campaigns.show(connection, number)
    assert found.winner == found.plan.variants[0].id


def test_a_person_decides(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 60)
    number = started(engine, on_trial(50, by=By.hand))
    expand(engine, number)
    before = rows(engine, number)
    assert due(engine, NOW + 1000 * HOUR) == []
    with transaction(engine) as connection:
        campaigns.choose(connection, number, "b", NOW)
    expand(engine, number)
    assert everybody(engine, number) == people
    assert rows(engine, number)["A"] == before["A"]
    with transaction(engine) as connection, pytest.raises(WinnerKnownError):
        campaigns.choose(connection, number, "A", NOW)


def test_decided_while_the_test_is_still_expanded_nobody_is_lost(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 60)
    number = started(engine, on_trial(50, by=By.hand))
    expand(engine, number, size=5, most=1)
    with transaction(engine) as connection:
        campaigns.choose(connection, number, "B", NOW)
    expand(engine, number, size=5)
    assert everybody(engine, number) == people


def test_without_a_test_there_is_nothing_to_win(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 3)
    number = started(engine, plan())
    with transaction(engine) as connection, pytest.raises(CampaignTestMissingError):
        campaigns.choose(connection, number, "A", NOW)


def test_a_paused_test_is_decided_when_it_goes_on(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 40)
    number = started(engine, on_trial(50, by=By.opens, wait=HOUR))
    expand(engine, number)
    with transaction(engine) as connection:
        campaigns.pause(connection, number)
    assert due(engine, NOW + 2 * HOUR) == []
    with transaction(engine) as connection:
        campaigns.resume(connection, number)
    assert due(engine, NOW + 2 * HOUR) == [number]
    expand(engine, number, NOW + 2 * HOUR)
    assert everybody(engine, number) == people
    assert state(engine, number) == "running"


def test_a_test_that_nobody_could_win_is_refused(engine: sa.Engine) -> None:
    unfollowed = plan(
        variants=letters("Một", "Hai"), test=Trial(20, By.opens), options=Options(track=Track(mode="off"))
    )
    alone = plan(test=Trial(20, By.hand))
    many = plan(variants=letters(*"abcdef"))
    for wrong in (unfollowed, alone, many):
        with transaction(engine) as connection, pytest.raises(CampaignWrongError):
            draft.add(connection, wrong, NOW)
