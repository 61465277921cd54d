"""A relay that takes only so many mails on one connection, and says so in one of many ways."""

from collections import Counter

import pytest

from bocau.base.db import reading
from bocau.relays import URL_RELAY, circuits, session_limits
from tests.journeys.conftest import Make
from tests.journeys.world import World

MAILS = 60
LIMIT = 2


def limits(world: World) -> dict[int, int]:
    with reading(world.db) as connection:
        return session_limits(connection)


def nobody_got_less_or_more(world: World, number: int) -> None:
    assert world.counts(number) == {"sent": MAILS}
    assert {row.attempts for row in world.rows(number)} == {1}
    assert world.account(number) == 0
    with reading(world.db) as connection:
        assert not circuits(connection)


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("mail", "421 4.7.0 Too many messages in this connection"),
        ("mail", "451 Mails per session limit exceeded."),
        ("rcpt", "452 4.5.3 Too many recipients in this session"),
        ("data", "452 4.4.5 Maximum number of messages per session exceeded."),
        ("dot", "421 too many messages in this connection"),
    ],
)
def test_the_rest_goes_on_new_connections_and_the_limit_is_kept(make_world: Make, stage: str, reply: str) -> None:
    world = make_world()
    world.sink.rule(stage, after=LIMIT, reply=reply)
    number = world.submit(MAILS)
    worker = world.start()
    world.until_finished(number)
    nobody_got_less_or_more(world, number)
    refused = world.sink.do("counts")["codes"][reply[:3]]
    assert 0 < refused < MAILS // LIMIT  # only until it was known
    world.until(lambda: limits(world) == {URL_RELAY: LIMIT})
    assert worker.end() == 0
    again = world.submit(MAILS, key="again")
    world.start()
    world.until_finished(again)
    nobody_got_less_or_more(world, again)
    assert world.sink.do("counts")["codes"][reply[:3]] == refused


def test_a_server_that_is_out_of_step_once_gets_the_mail_on_another_connection(make_world: Make) -> None:
    world = make_world()
    world.sink.rule("rcpt", every=7, once=True, reply="503 Only one sender per message, please")
    number = world.submit(MAILS)
    world.start()
    world.until_finished(number)
    nobody_got_less_or_more(world, number)
    assert world.sink.do("counts")["codes"]["503"] == MAILS // 7


def test_a_mail_that_no_connection_takes_in_step_fails(make_world: Make) -> None:
    world = make_world()
    world.sink.rule("rcpt", match="p7.", reply="503 5.5.1 Bad sequence of commands")
    number = world.submit(MAILS)
    world.start()
    world.until_finished(number)
    assert Counter(row.code for row in world.rows(number)) == {250: MAILS - 1, 503: 1}
