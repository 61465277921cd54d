from bocau.delivery.held_batch import HeldBatch
from bocau.ledger import MessageState
from bocau.ledger.protocol import NEVER, Claimed, Result, Row, Settled, Verdict

SENT = MessageState.sent


def held(count: int = 6) -> HeldBatch:
    rows = [Row(n, f"p{n}@x.test", "", "{}", None, 1, 0, 0, None) for n in range(1, count + 1)]
    return HeldBatch(Claimed(9, 1, 4, 0, 0, False, 1, 0, None, rows), deadline=50.0, now=0.0)


def permitted(one: HeldBatch, room: int) -> None:
    one.ask(room, 60_000)
    one.heard(Settled(Verdict.committed), 60.0)


def test_nothing_may_go_before_its_ceiling_is_committed() -> None:
    one = held()
    order = one.ask(4, 60_000)
    assert (order.permit, order.seq, order.results) == (4, 0, [])
    assert not one.todo and one.owed == 4
    one.heard(Settled(Verdict.committed), 60.0)
    assert [row.id for row in one.todo] == [1, 2, 3, 4] and one.permit == 4 and one.seq == 1


def test_results_ride_with_the_next_raise_and_free_the_window() -> None:
    one = held()
    permitted(one, 2)
    one.todo.clear()
    one.results = [Result(1, 1, SENT), Result(2, 1, SENT)]
    order = one.ask(3, 60_000)
    assert len(order.results) == 2 and order.permit == 5
    one.heard(Settled(Verdict.was_committed), 60.0)
    assert one.owed == 3 and not one.results


def test_lost_batch_owes_a_fact_for_everything_it_loaded() -> None:
    one = held()
    permitted(one, 2)
    one.todo.popleft()
    one.results = [Result(1, 1, SENT, code=250), Result(9, 1, MessageState.failed, counted=False)]
    one.ask(1, 60_000)
    one.heard(Settled(Verdict.fenced), 60.0)
    facts = one.disclaim()
    assert one.fenced and not one.todo and not one.ahead
    assert {fact.id for fact in facts if fact.told == NEVER} == {2, 3, 4, 5, 6, 9}
    assert [(fact.id, fact.told) for fact in facts if fact.told == SENT] == [(1, SENT)]
    assert all((fact.batch, fact.token) == (9, 4) for fact in facts)


def test_asked_back_rows_are_cancelled_only_by_their_holder() -> None:
    one = held()
    permitted(one, 3)
    one.drop({1: False, 2: True, 5: True, 6: False})
    assert [row.id for row in one.todo] == [1]
    assert [row.id for row in one.ahead] == [6]
    assert [(r.id, r.state, r.counted) for r in one.results] == [(2, MessageState.cancelled, False)]
    assert one.dropped == {2, 5}


def test_batch_is_neither_quiet_nor_over_while_a_result_waits_for_its_journal_record() -> None:
    one = held(1)
    permitted(one, 1)
    one.todo.clear()
    assert one.quiet and one.over
    one.fresh = 1
    assert not one.quiet and not one.over
