import pytest

from bocau.base.config import STREAMS, Settings
from bocau.delivery.judge import Judge, Turn
from bocau.ledger import MessageState
from bocau.ledger.protocol import Row
from bocau.relays import Trouble
from bocau.wire.smtp import Outcome, Reply, Stage

STREAM = STREAMS["transactional"]
JUDGE = Judge(Settings())


def row(doubts: int = 0) -> Row:
    return Row(7, "an@mail.test", "", "{}", None, 1, doubts, 0, None)


def refused(code: int, enhanced: str, text: str, stage: Stage = Stage.rcpt) -> Outcome:
    return Outcome(stage, Reply(code, enhanced, text))


def test_message_is_deferred_when_the_relay_answers_451() -> None:
    turn, result = JUDGE.turn(refused(451, "4.3.0", "try later"), row(), 3, STREAM)
    assert turn is Turn.settle and result is not None
    assert (result.state, result.counted, result.relay) == (MessageState.deferred, True, 3)
    assert result.delay is not None and 48_000 <= result.delay <= 72_000


def test_message_fails_when_the_mailbox_does_not_exist() -> None:
    turn, result = JUDGE.turn(refused(550, "5.1.1", "user unknown"), row(), 3, STREAM)
    assert turn is Turn.settle and result is not None and result.state is MessageState.failed


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (refused(535, "5.7.8", "bad credentials", Stage.auth), Trouble.auth),
        (refused(550, "5.4.5", "Daily user sending limit exceeded", Stage.mail), Trouble.limit),
    ],
)
def test_what_is_the_relays_fault_is_nobodys_attempt(outcome: Outcome, trouble: Trouble) -> None:
    assert JUDGE.turn(outcome, row(), 3, STREAM) == (Turn.relay, None)
    assert JUDGE.trouble(outcome) is trouble


def test_connection_ended_by_421_gives_the_mail_back() -> None:
    assert JUDGE.turn(refused(421, "4.3.2", "shutting down", Stage.mail), row(), 3, STREAM)[0] is not Turn.settle


def test_broken_connection_before_the_last_byte_gives_the_mail_back() -> None:
    assert JUDGE.turn(Outcome(Stage.data, None, error="reset"), row(), 3, STREAM) == (Turn.back, None)


def test_silence_after_the_last_byte_is_doubt_sent_once_more_then_unknown() -> None:
    silent = Outcome(Stage.dot, None, doubt=True, error="silent")
    _, first = JUDGE.turn(silent, row(), 3, STREAM)
    _, second = JUDGE.turn(silent, row(doubts=1), 3, STREAM)
    assert first is not None and (first.state, first.doubt) == (MessageState.deferred, True)
    assert second is not None and (second.state, second.doubt) == (MessageState.unknown, True)


def test_doubt_waits_for_a_person_where_the_stream_says_so() -> None:
    held = STREAM.model_copy(update={"doubt_policy": "hold"})
    _, result = JUDGE.turn(Outcome(Stage.dot, None, doubt=True), row(), 3, held)
    assert result is not None and result.state is MessageState.unknown


def test_our_own_refusal_fails_the_message_and_counts_no_attempt() -> None:
    outcome = Outcome(Stage.mail, Reply(552, "5.3.4", "larger than the relay takes"), local=True)
    turn, result = JUDGE.turn(outcome, row(), 3, STREAM)
    assert turn is Turn.settle and result is not None
    assert (result.state, result.counted) == (MessageState.failed, False)
