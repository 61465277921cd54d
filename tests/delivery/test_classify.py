"""Reply classes: the cases are lines of replies.txt."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.delivery.classify import LONGEST_WAIT, Whose, classify, named_wait, read_rules
from bocau.delivery.judge import ON_NEW, ON_USED
from bocau.wire.reply import clean, parse
from bocau.wire.smtp import Reply, Stage

CASES = [
    [part.strip() for part in line.split("|")]
    for line in Path(__file__).with_name("replies.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize(("stage", "said", "expected"), CASES, ids=[f"{case[0]} {case[1][:50]}" for case in CASES])
def test_a_reply_comes_to_its_class(stage: str, said: str, expected: str) -> None:
    verdict = classify(Stage(stage), parse(int(said[:3]), said.encode()), ON_USED)
    words = [verdict.name, "temporary" if verdict.temporary else "permanent", verdict.whose.value]
    if verdict.suppress:
        words.append("suppress")
    if verdict.wait is not None:
        words.append(f"wait={verdict.wait:g}")
    assert " ".join(words) == expected


@pytest.mark.parametrize("said", [case[1] for case in CASES])
def test_a_new_connection_has_no_limit_that_another_could_cure(said: str) -> None:
    reply = parse(int(said[:3]), said.encode())
    assert classify(Stage.mail, reply).whose is not Whose.connection
    assert classify(Stage.mail, reply, ON_NEW).name not in {"session_limit", "session_over"}


def test_every_class_is_reached_by_some_case() -> None:
    reached = {case[2].split()[0] for case in CASES}
    assert reached == set(read_rules().classes)


def test_every_rule_gives_its_reason() -> None:
    assert all(len(rule.why) > 10 for rule in read_rules().rules)


@given(
    st.sampled_from(Stage),
    st.integers(400, 599),
    st.from_regex(r"([45]\.\d\.\d{1,2})?", fullmatch=True),
    st.binary(max_size=300),
)
def test_whatever_a_server_says_there_is_a_verdict(stage: Stage, code: int, enhanced: str, text: bytes) -> None:
    verdict = classify(stage, Reply(code, enhanced, clean(text)))
    assert verdict.wait is None or 0 < verdict.wait <= LONGEST_WAIT
    assert not (verdict.suppress and (verdict.temporary or verdict.whose is not Whose.message))
    if verdict.whose is not Whose.relay:
        assert verdict.temporary == (code < 500)


@given(
    st.sampled_from([Stage.connect, Stage.banner, Stage.ehlo, Stage.starttls, Stage.auth]),
    st.integers(400, 599),
    st.text(max_size=200),
)
def test_nothing_said_before_mail_is_held_against_a_mail(stage: Stage, code: int, text: str) -> None:
    verdict = classify(stage, Reply(code, "", text))
    assert verdict.whose is Whose.relay
    assert verdict.temporary
    assert not verdict.suppress


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("please try again in 5 minutes", 300),
        ("retry after 90 sec", 90),
        ("Try again in 1 hour, 30 minutes", 5400),
        ("come back in 00:10:00", 600),
        ("wait 2 days", 86_400),
        ("try again in 999999 hours", 86_400),
        ("try again later", None),
        ("the last 5 minutes were fine", None),
        ("try again in 0 seconds", None),
    ],
)
def test_the_named_wait_is_read(text: str, seconds: float | None) -> None:
    assert named_wait(text) == seconds
