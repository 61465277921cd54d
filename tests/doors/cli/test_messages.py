import pytest

from bocau import events
from bocau.base.db import transaction
from bocau.ledger import list_messages
from bocau.ledger.look import Filter
from tests.doors.cli.terminal import Open, Terminal, fill


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("messages")


@pytest.fixture
def filled(run: Terminal) -> int:
    engine = run.engine()
    number = fill(engine)
    engine.dispose()
    return number


def states(run: Terminal) -> list[str]:
    return [row["state"] for row in run("list", "--json").json["messages"]]


def test_empty_ledger_has_no_messages(run: Terminal) -> None:
    assert run("list").out == "No messages.\n"
    assert run("list", "--json").json == {"messages": [], "next_after": None}


def test_list_tells_each_persons_state_and_reply(run: Terminal, filled: int) -> None:
    assert states(run) == ["sent", "deferred", "failed", "unknown", "queued", "queued"]
    said = run("list")
    assert said.code == 0
    assert "550 5.1.1 no such user" in said.out
    assert "451 4.3.0 later" in said.out


def test_list_is_narrowed_by_state_submission_and_address(run: Terminal, filled: int) -> None:
    failed = run("list", "--state", "failed", "--json").json["messages"]
    assert [(row["address"], row["code"], row["relay"]) for row in failed] == [("chi@x.test", 550, "sandbox")]
    assert len(run("list", "--submission", str(filled), "--json").json["messages"]) == 6
    assert run("list", "--submission", "99", "--json").json["messages"] == []
    assert [row["address"] for row in run("list", "--address", "EM@x.test", "--json").json["messages"]] == ["em@x.test"]


def test_list_comes_in_pages(run: Terminal, filled: int) -> None:
    first = run("list", "--limit", "4", "--json").json
    assert len(first["messages"]) == 4
    rest = run("list", "--after", str(first["next_after"]), "--limit", "4", "--json").json
    assert len(rest["messages"]) == 2
    assert rest["next_after"] is None
    assert f"--after {first['next_after']}" in run("list", "--limit", "4").out


def test_replies_cannot_write_to_the_terminal(run: Terminal, filled: int) -> None:
    for said in (run("list"), run("show", "3"), run("show", "3", "--json")):
        assert "\x1b" not in said.out


def test_show_tells_the_story_of_a_sent_message(run: Terminal, filled: int) -> None:
    told = run("show", "1", "--json").json
    assert [step["kind"] for step in told["timeline"]] == ["queued", "sent"]
    assert told["timeline"][1]["reply"] == "250 2.0.0 taken"
    assert told["timeline"][1]["relay"] == "sandbox"
    assert told["timeline"][1]["attempt"] == 1
    assert told["from"] == "Phòng khám <hen@clinic.test>"
    assert told["data"] == {"name": "=1+1"}


def test_show_tells_each_attempt_with_its_reply_and_when_the_next_is(run: Terminal, filled: int) -> None:
    told = run("show", "2", "--json").json
    assert [step["kind"] for step in told["timeline"]] == ["queued", "deferred", "next"]
    assert told["timeline"][1]["reply"] == "451 4.3.0 later"
    assert told["timeline"][2]["at"] == told["due_at"] > told["timeline"][1]["at"]


def test_show_tells_doubts_in_words_a_receptionist_understands(run: Terminal, filled: int) -> None:
    told = run("show", "4", "--json").json
    assert [step["kind"] for step in told["timeline"]] == ["queued", "doubted", "unknown"]
    assert "may have arrived" in told["timeline"][1]["sentence"]
    said = run("show", "4")
    assert "may have arrived" in said.out
    assert "bocau messages retry 4" in said.out


def test_show_speaks_vietnamese(run: Terminal, filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    said = run("show", "3")
    assert "Thư số 3 gửi tới chi@x.test" in said.out
    assert "không gửi được" in said.out


def test_unknown_message_is_told(run: Terminal) -> None:
    said = run("show", "7", "--json")
    assert said.code == 1
    assert said.fault["code"] == "message-unknown"


def test_retry_queues_failed_messages_again(run: Terminal, filled: int) -> None:
    said = run("retry", "3")
    assert said.code == 0
    assert said.out == "1 messages were queued again.\n"
    assert states(run)[2] == "queued"
    assert [step["kind"] for step in run("show", "3", "--json").json["timeline"]] == ["queued", "failed", "retried"]


def test_retry_of_a_submission_takes_all_in_the_state(run: Terminal, filled: int) -> None:
    assert run("retry", "--submission", str(filled), "--json").json == {"retried": 1, "refused": []}
    assert states(run) == ["sent", "deferred", "queued", "unknown", "queued", "queued"]


def test_retry_refuses_what_may_not_be_tried_again_and_does_the_rest(run: Terminal, filled: int) -> None:
    said = run("retry", "1", "3", "99", "--json")
    assert said.code == 1
    assert said.json == {"retried": 1, "refused": [{"id": 1, "state": "sent"}, {"id": 99, "state": None}]}
    assert "Message 1 is sent" in said.err
    assert "Message 99: there is none." in said.err


def test_retry_of_what_may_have_arrived_wants_a_yes(run: Terminal, filled: int) -> None:
    for arguments in (("4",), ("--submission", str(filled), "--state", "unknown")):
        said = run("retry", *arguments, "--json")
        assert (said.code, said.fault["code"]) == (1, "retry-unconfirmed")
        assert states(run)[3] == "unknown"
    assert run("retry", "4", "--yes").code == 0
    assert states(run)[3] == "queued"


@pytest.mark.parametrize("arguments", [(), ("1", "--submission", "1"), ("x",), ("0",), ("--state", "sent")])
def test_retry_wants_numbers_or_a_submission(run: Terminal, arguments: tuple[str, ...]) -> None:
    assert run("retry", *arguments).code == 2


def test_retry_of_an_unknown_submission_is_told(run: Terminal) -> None:
    assert run("retry", "--submission", "9", "--json").fault["code"] == "submission-unknown"


def test_retry_of_many_goes_in_steps(run: Terminal, filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from bocau.doors.cli import messages

    monkeypatch.setattr(messages, "STEP", 1)
    engine = run.engine()
    fill(engine, key="other")
    with transaction(engine) as connection:
        failed = [row["id"] for row in list_messages(connection, Filter()) if row["state"] == "failed"]
    engine.dispose()
    assert len(failed) == 2
    assert run("retry", "--submission", str(filled)).code == 0
    assert states(run).count("failed") == 1


def test_story_says_why_a_mail_was_asked_back(run: Terminal, filled: int) -> None:
    number = run("list", "--json").json["messages"][0]["id"]
    engine = run.engine()
    with transaction(engine) as connection:
        events.append(connection, [events.Event(number, events.Kind.recalled, 0, {"reason": "complained"})])
    engine.dispose()
    steps = run("show", str(number), "--json").json["timeline"]
    assert [one["sentence"] for one in steps if one["kind"] == "recalled"] == [
        "The person may not be mailed any more; the worker that has the mail was told to drop it. Reason: complained."
    ]
