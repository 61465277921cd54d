"""Each command after which a worker has something to do wakes one, and says nothing of it to anybody."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.queues import CHORES_DUE
from bocau.bell import Doorbell
from bocau.ledger import MessageState
from tests.campaigns.world import expand, finish, send
from tests.campaigns.world import fill as fill_contacts
from tests.doors.cli.terminal import Open, Terminal, fill

Wakes = Callable[..., list[str]]


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("submissions")


@pytest.fixture
def wakes(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> Wakes:
    """What a command rings for, in alphabetical order."""
    heard: list[str] = []

    def ring(self: Doorbell, names: Iterable[str], times: int = 1) -> None:
        heard.extend(names)

    monkeypatch.setattr(Doorbell, "ring", ring)

    def after(noun: str, *arguments: str, typed: str = "") -> list[str]:
        heard.clear()
        run.noun = noun
        said = run(*arguments, typed=typed)
        assert said.code == 0, said.err
        return sorted(heard)

    return after


@pytest.fixture
def campaign(run: Terminal, wakes: Wakes, tmp_path: Path) -> str:
    """A draft to three people."""
    engine = run.engine()
    with transaction(engine) as connection:
        fill_contacts(connection, 3)
    engine.dispose()
    (tmp_path / "tin.md").write_text("Chào {{ name }}\n\n[Thôi]({{ unsubscribe_url }})", encoding="utf-8")
    body = ("--subject", "Tin", "--markdown", str(tmp_path / "tin.md"))
    assert wakes("campaigns", "create", "--name", "Tin", "--from", "A <a@x.test>", *body, "--everyone") == []
    return "Tin"


def test_submission_that_goes_on(run: Terminal, wakes: Wakes) -> None:
    engine = run.engine()
    number = str(fill(engine))
    engine.dispose()
    assert wakes("submissions", "list") == []
    assert wakes("submissions", "pause", number) == []
    assert wakes("submissions", "resume", number) == ["bulk"]
    assert wakes("submissions", "cancel", number, "--yes") == []


def test_messages_that_are_tried_again(run: Terminal, wakes: Wakes) -> None:
    engine = run.engine()
    number = str(fill(engine, key="transactional"))
    engine.dispose()
    assert wakes("messages", "retry", "3") == ["transactional"]
    assert wakes("messages", "retry", "--submission", number, "--state", "unknown", "--yes") == ["transactional"]


def test_what_is_sent_to_a_few(run: Terminal, wakes: Wakes) -> None:
    order = ("--from", "A <a@x.test>", "--subject", "Tin", "--text", "-", "--to", "b@x.test", "--no-wait")
    assert wakes("send", *order, typed="Chào") == ["transactional"]


def test_campaign_from_its_launch_to_its_rest(run: Terminal, wakes: Wakes, campaign: str) -> None:
    assert wakes("campaigns", "test", campaign, "me@x.test") == ["transactional"]
    assert wakes("campaigns", "launch", campaign) == [CHORES_DUE]
    assert wakes("campaigns", "pause", campaign) == []
    assert wakes("campaigns", "resume", campaign) == ["bulk", CHORES_DUE]
    engine = run.engine()
    expand(engine, 1, now_ms())
    send(engine, MessageState.failed)
    finish(engine)
    engine.dispose()
    assert wakes("campaigns", "retry-failed", campaign) == ["bulk"]
    assert wakes("campaigns", "send-rest", campaign) == [CHORES_DUE]
    assert wakes("campaigns", "cancel", campaign, "--yes") == []


def test_report_that_is_sent_by_hand(wakes: Wakes, tmp_path: Path) -> None:
    folder = Settings(home=tmp_path).report_data
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sales.csv").write_text("city,amount\nHuế,5\n", encoding="utf-8")
    plan = ("--when", "every Monday 08:00", "--data-file", "sales.csv", "--from", "A <a@x.test>", "--to", "b@x.test")
    assert wakes("schedules", "create", "Doanh số", *plan) == []
    assert "transactional" in wakes("schedules", "report", "1")
    assert wakes("schedules", "run", "1") == [CHORES_DUE]


def test_list_that_asks_people(wakes: Wakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_SIGNUP_SENDER", "Tin <tin@clinic.test>")
    monkeypatch.setenv("BOCAU_BASE_URL", "https://thu.test")
    assert wakes("lists", "create", "Tin") == []
    assert wakes("lists", "add", "Tin", "an@x.test", "--ask") == ["transactional"]


def test_command_lets_its_ring_leave_before_it_ends(
    run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bocau.bell import broker

    heard: list[str] = []
    monkeypatch.setenv("BOCAU_BROKER_URL", f"redis+socket://{tmp_path}/none.sock")
    monkeypatch.setattr(broker.Line, "ring", lambda self, name: not heard.append(name))  # type: ignore[func-returns-value]
    engine = run.engine()
    number = str(fill(engine))
    engine.dispose()
    assert run("resume", number).code == 0
    assert heard == ["bulk"]


def test_ctrl_c_while_a_ring_leaves_is_ctrl_c(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def close(self: Doorbell) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Doorbell, "close", close)
    assert run("list").code == 130
