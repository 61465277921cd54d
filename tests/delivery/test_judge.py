import pytest

from bocau.base.config import STREAMS, Settings
from bocau.delivery.judge import Judge, NextStep
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
    step, result = JUDGE.next_step(refused(451, "4.3.0", "try later"), row(), 3, STREAM)
    assert step is NextStep.settle and result is not None
    assert (result.state, result.counted, result.relay) == (MessageState.deferred, True, 3)
    assert result.delay is not None and 48_000 <= result.delay <= 72_000


def test_message_fails_when_the_mailbox_does_not_exist() -> None:
    step, result = JUDGE.next_step(refused(550, "5.1.1", "user unknown"), row(), 3, STREAM)
    assert step is NextStep.settle and result is not None and result.state is MessageState.failed


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (refused(535, "5.7.8", "bad credentials", Stage.auth), Trouble.auth),
        (refused(550, "5.4.5", "Daily user sending limit exceeded", Stage.mail), Trouble.limit),
    ],
)
def test_what_is_the_relays_fault_is_nobodys_attempt(outcome: Outcome, trouble: Trouble) -> None:
    assert JUDGE.next_step(outcome, row(), 3, STREAM) == (NextStep.relay, None)
    assert JUDGE.trouble(outcome) is trouble


def test_connection_ended_by_421_gives_the_mail_back() -> None:
    assert (
        JUDGE.next_step(refused(421, "4.3.2", "shutting down", Stage.mail), row(), 3, STREAM)[0] is not NextStep.settle
    )


def test_broken_connection_before_the_last_byte_gives_the_mail_back() -> None:
    assert JUDGE.next_step(Outcome(Stage.data, None, error="reset"), row(), 3, STREAM) == (NextStep.back, None)


def test_silence_after_the_last_byte_is_doubt_sent_once_more_then_unknown() -> None:
    silent = Outcome(Stage.dot, None, doubt=True, error="silent")
    _, first = JUDGE.next_step(silent, row(), 3, STREAM)
    _, second = JUDGE.next_step(silent, row(doubts=1), 3, STREAM)
    assert first is not None and (first.state, first.doubt) == (MessageState.deferred, True)
    assert second is not None and (second.state, second.doubt) == (MessageState.unknown, True)


def test_doubt_waits_for_a_person_where_the_stream_says_so() -> None:
    held = STREAM.model_copy(update={"doubt_policy": "hold"})
    _, result = JUDGE.next_step(Outcome(Stage.dot, None, doubt=True), row(), 3, held)
    assert result is not None and result.state is MessageState.unknown


def test_our_own_refusal_fails_the_message_and_counts_no_attempt() -> None:
    outcome = Outcome(Stage.mail, Reply(552, "5.3.4", "larger than the relay takes"), local=True)
    step, result = JUDGE.next_step(outcome, row(), 3, STREAM)
    assert step is NextStep.settle and result is not None
    assert (result.state, result.counted) == (MessageState.failed, False)
