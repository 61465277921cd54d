from typing import Any

import pytest
import sqlalchemy as sa

from bocau import ledger, wiring
from bocau.base.db import reading
from bocau.doors.web import pulse as module
from bocau.doors.web.pulse import Pulse
from bocau.ledger.states import MessageState
from tests.doors.web.seeds import settle, submission

PEOPLE = [(f"Người {number}", f"nguoi{number}@clinic.test") for number in range(10)]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def row(db: sa.Engine) -> dict[str, Any]:
    with reading(db) as connection:
        return ledger.list_submissions(connection)[0]


def look(pulse: Pulse, db: sa.Engine) -> module.Line:
    with reading(db) as connection:
        return pulse.lines(connection, ledger.list_submissions(connection))[0]


def test_rate_is_what_left_the_queue_between_two_looks(parts: wiring.Parts, clock: Clock) -> None:
    submission(parts.db, people=PEOPLE)
    pulse = Pulse()
    assert look(pulse, parts.db).rate == 0.0
    settle(parts.db, {9: (None, None, "", "")})
    clock.now += 3.0
    assert look(pulse, parts.db).rate == pytest.approx(3.0)
    clock.now += 60.0
    assert look(pulse, parts.db).rate == pytest.approx(0.0)


def test_finished_submission_is_counted_once(parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    submission(parts.db, people=PEOPLE)
    settle(parts.db, {0: (MessageState.failed, 550, "", "no")})
    pulse, asked = Pulse(), []
    counts = ledger.counts
    monkeypatch.setattr(module.ledger, "counts", lambda *given: (asked.append(given), counts(*given))[1])
    for _ in range(3):
        line = look(pulse, parts.db)
    assert len(asked) == 1
    assert (line.total, line.open, line.troubled, line.counts["sent"]) == (10, 0, 1, 9)
    assert line.took is not None
    assert line.speed is not None


def test_costly_counts_are_asked_more_rarely(
    parts: wiring.Parts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission(parts.db, people=PEOPLE)
    asked = []

    def slow(*given: Any) -> dict[str, int]:
        asked.append(given)
        clock.now += 0.4
        return dict.fromkeys(MessageState.__members__, 1)

    monkeypatch.setattr(module.ledger, "counts", slow)
    pulse = Pulse()
    for _ in range(12):
        look(pulse, parts.db)
        clock.now += 1.0
    assert len(asked) == 2


def test_retried_submission_is_counted_anew(parts: wiring.Parts) -> None:
    submission(parts.db, people=PEOPLE)
    ids = settle(parts.db, {0: (MessageState.failed, 550, "", "no")})
    pulse = Pulse()
    assert look(pulse, parts.db).troubled == 1
    with parts.db.begin() as connection:
        ledger.retry(connection, [ids[0]], {})
    assert look(pulse, parts.db).counts["queued"] == 1


def test_first_look_tells_the_rate_since_the_start(parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    submission(parts.db, people=PEOPLE)
    settle(parts.db, {0: (None, None, "", "")})
    started = row(parts.db)["created_at"]
    monkeypatch.setattr(module, "now_ms", lambda: started + 3000)
    assert look(Pulse(), parts.db).rate == pytest.approx(3.0)
    monkeypatch.setattr(module, "now_ms", lambda: started + 10 * 60 * 1000)
    assert look(Pulse(), parts.db).rate is None
