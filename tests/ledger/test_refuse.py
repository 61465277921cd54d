"""What a fresh claim does not let through, and people who leave in the middle."""

import pytest
import sqlalchemy as sa

from bocau import events, ledger
from bocau.base.db import reading, transaction
from bocau.ledger import protocol
from bocau.ledger.protocol import Result, Verdict
from bocau.ledger.states import BatchState, MessageState
from bocau.ledger.tables import batch, message, submission
from tests.ledger.seeds import submitted
from tests.ledger.test_protocol_verbs import J1, J2, D, S, claim, fill, finish, revoke, settle

LATER = 2**52


def states(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        found = connection.execute(sa.select(message.c.state).order_by(message.c.id)).scalars()
        return [MessageState(state).name for state in found]


def reason(engine: sa.Engine, number: int, kind: str = "suppressed") -> list[object]:
    with reading(engine) as connection:
        told = events.timeline(connection, number)
    return [one["detail"].get("reason") for one in told if one["kind"] == kind]


def refuse(engine: sa.Engine, held: protocol.Claimed, *ids: int) -> protocol.Claimed:
    with transaction(engine) as connection:
        return protocol.refuse(connection, held, dict.fromkeys(ids, "complaint"))


def counters(engine: sa.Engine) -> list[tuple[str, int]]:
    with reading(engine) as connection:
        found = connection.execute(sa.select(batch.c.state, batch.c.open).order_by(batch.c.id))
        return [(BatchState(row.state).name, row.open) for row in found]


def withdraw(engine: sa.Engine, number: int, person: str) -> str:
    with transaction(engine) as connection:
        told = ledger.withdraw(connection, {number: {person: "list-unsubscribed"}})
    return next(iter(told.values()), "none")


def test_refused_mails_end_and_the_others_go(engine: sa.Engine) -> None:
    fill(engine, 3)
    held = claim(engine, J1)
    one, two, three = [row.id for row in held.rows]
    assert [row.recipient for row in held.rows] == ["r1@x.test", "r2@x.test", "r3@x.test"]
    held = refuse(engine, held, two)
    assert [row.id for row in held.rows] == [one, three]
    assert counters(engine) == [("claimed", 2)]
    assert reason(engine, two) == ["complaint"]
    assert settle(engine, held, 0, [], three) == Verdict.committed
    both = [Result(one, 1, S, code=250), Result(three, 1, S, code=250)]
    assert settle(engine, held, 1, both, three) == Verdict.committed
    assert states(engine) == ["sent", "suppressed", "sent"]
    assert finish(engine) == 1


def test_batch_of_refused_mails_only_is_closed(engine: sa.Engine) -> None:
    fill(engine, 2)
    held = claim(engine, J1)
    held = refuse(engine, held, *[row.id for row in held.rows])
    assert held.rows == []
    assert counters(engine) == [("closed", 0)]
    assert finish(engine) == 1


def test_tail_that_came_back_can_be_refused_and_doubt_stays(engine: sa.Engine) -> None:
    fill(engine, 3)
    held = claim(engine, J1)
    one, two, three = [row.id for row in held.rows]
    settle(engine, held, 0, [], one)
    revoke(engine)
    again = refuse(engine, claim(engine, J2), one, two)
    assert [row.id for row in again.rows] == [three]
    assert states(engine) == ["doubted", "suppressed", "queued"]


def test_late_acceptance_makes_a_refused_mail_sent(engine: sa.Engine) -> None:
    """It was sent again after doubt, then refused; then the first holder's journal says that it arrived."""
    fill(engine, 1)
    held = claim(engine, J1)
    only = held.rows[0].id
    settle(engine, held, 0, [], only)
    revoke(engine)
    with transaction(engine) as connection:
        connection.execute(sa.update(batch).where(batch.c.state == BatchState.doubt).values(not_before=0))
        rules = protocol.DoubtRules(hold={"transactional": 0}, resend={"transactional": True})
        assert protocol.hold_end(connection, rules) == 1
    refuse(engine, claim(engine, J2), only)
    assert states(engine) == ["suppressed"]
    with transaction(engine) as connection:
        protocol.facts(connection, J1, [protocol.Fact(only, 1, S, 250)])
    assert states(engine) == ["sent"]


def test_mails_put_aside_wait_in_batches_of_their_own(engine: sa.Engine) -> None:
    fill(engine, 4)
    held = claim(engine, J1)
    one, two, three, four = [row.id for row in held.rows]
    with transaction(engine) as connection:
        held = protocol.put_aside(connection, held, {two: LATER, three: 1, four: LATER})
    assert [row.id for row in held.rows] == [one]
    assert counters(engine) == [("claimed", 1), ("ready", 1), ("ready", 2)]
    assert [row.id for row in claim(engine, J2).rows] == [three]
    assert finish(engine) == 0
    with transaction(engine) as connection:
        number = connection.execute(sa.select(submission.c.id)).scalar_one()
        assert ledger.cancel(connection, number) == 4  # nothing was permitted yet, also not of the claimed ones
    assert states(engine) == ["cancelled"] * 4


def test_a_batch_put_aside_as_a_whole_was_never_claimed(engine: sa.Engine) -> None:
    fill(engine, 2)
    for _ in range(4):  # nobody halves it as if it killed its workers
        held = claim(engine, J1)
        with transaction(engine) as connection:
            held = protocol.put_aside(connection, held, {row.id: 1 for row in held.rows})
        assert held.rows == []
        assert counters(engine) == [("ready", 2)]
    with transaction(engine) as connection:
        row = connection.execute(sa.select(batch)).one()
    assert (row.journal, row.lease_end, row.first_at, row.claims, row.not_before) == (None, None, None, 0, 1)
    assert claim(engine, J2).not_before == 1


def test_who_leaves_is_held_back_or_asked_back(engine: sa.Engine) -> None:
    number = fill(engine, 4)
    assert withdraw(engine, number, "r1@x.test") == "withdrawn"
    held = claim(engine, J1)
    two, three, four = [row.id for row in held.rows]
    settle(engine, held, 0, [], three)
    assert withdraw(engine, number, "r3@x.test") == "asked"
    assert withdraw(engine, number, "r4@x.test") == "withdrawn"
    assert settle(engine, held, 1, [Result(two, 1, D, code=451, delay=LATER)], three) == Verdict.committed
    assert withdraw(engine, number, "r2@x.test") == "withdrawn"
    dropped = [Result(three, 1, MessageState.cancelled, counted=False)]
    assert settle(engine, held, 2, dropped, three) == Verdict.committed
    assert states(engine) == ["suppressed", "suppressed", "cancelled", "suppressed"]
    assert reason(engine, four) == reason(engine, two) == ["list-unsubscribed"]
    assert withdraw(engine, number, "r1@x.test") == "none"
    assert withdraw(engine, number, "nobody@x.test") == "none"
    assert finish(engine) == 1


def test_many_leave_at_once_also_of_several_submissions(engine: sa.Engine) -> None:
    first, second = submitted(engine, ["a@x.test", "b@x.test"]), submitted(engine, ["b@x.test"], "two")
    with transaction(engine) as connection:
        told = ledger.withdraw(connection, {second: {"b@x.test": "complained"}, first: {"b@x.test": "bounced"}})
    assert sorted(told.values()) == ["withdrawn", "withdrawn"]
    assert [reason(engine, one) for one in sorted(told)] == [["bounced"], ["complained"]]
    assert counters(engine) == [("ready", 1), ("closed", 0)]


def test_mail_that_a_worker_drops_says_why(engine: sa.Engine) -> None:
    """However it ends: dropped, deferred, given back or lost with its holder."""
    number = fill(engine, 4)
    held = claim(engine, J1)
    ids = [row.id for row in held.rows]
    settle(engine, held, 0, [], ids[2])
    for person in ("r1@x.test", "r2@x.test", "r3@x.test", "r1@x.test"):
        assert withdraw(engine, number, person) == "asked"
    told = [Result(ids[0], 1, MessageState.cancelled, counted=False), Result(ids[1], 1, D, code=451, delay=LATER)]
    assert settle(engine, held, 1, told, ids[2]) == Verdict.committed
    with transaction(engine) as connection:
        returned = protocol.Returned(held.id, held.token, [ids[2]], None)
        assert protocol.give_back(connection, returned)
    assert states(engine) == ["cancelled", "cancelled", "cancelled", "queued"]
    assert [reason(engine, one, "recalled") for one in ids] == [["list-unsubscribed"]] * 3 + [[]]


def test_mail_that_somebody_had_cancelled_already_is_not_recalled(engine: sa.Engine) -> None:
    number = fill(engine, 1)
    held = claim(engine, J1)
    only = held.rows[0].id
    settle(engine, held, 0, [], only)
    with transaction(engine) as connection:
        assert ledger.cancel_messages(connection, [only]) == 0
    assert withdraw(engine, number, "r1@x.test") == "asked"
    assert reason(engine, only, "recalled") == []


@pytest.mark.parametrize(("stream", "seen"), [("bulk", 1), ("transactional", 0)])
def test_running_bulk_names_the_lists(engine: sa.Engine, stream: str, seen: int) -> None:
    number = fill(engine, 1)
    with transaction(engine) as connection:
        connection.execute(sa.update(submission).values(stream=stream, options='{"lists": [3, 5]}'))
        assert ledger.running_bulk(connection) == [(number, (3, 5))] * seen
        ledger.cancel(connection, number)
        assert ledger.running_bulk(connection) == []
