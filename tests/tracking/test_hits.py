"""Hits from files to the timeline: each once, whoever dies, whatever is damaged."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import events, ledger, tracking
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.base.seals import Seal, number_payload
from bocau.ledger import MessageState
from bocau.ledger.tables import message
from bocau.tracking import Copy, Hit, Words, readers, spool

SECRET = b"s" * 32
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(home=tmp_path / "home", database_url=database_url, secret_key="x" * 32)


def hit(at: int = 1000, message: int = 7, link: int = 0, agent: str = BROWSER, **more: Any) -> Hit:
    return Hit(at, message, more.pop("submission", 0), link, agent, **more)


def take(engine: sa.Engine, settings: Settings, most: int = 5000) -> int:
    with transaction(engine) as connection:
        return tracking.ingest(connection, settings, SECRET, most)


def told(engine: sa.Engine, message: int = 7) -> list[tuple[str, dict[str, Any]]]:
    with reading(engine) as connection:
        return [(one["kind"], one["detail"]) for one in events.timeline(connection, message)]


def test_hits_become_events_once(engine: sa.Engine, settings: Settings) -> None:
    kept = tracking.Spool(tracking.folder(settings))
    kept.append(hit(1000))
    kept.append(hit(9000, link=3))
    kept.append(hit(9000, message=0, submission=4, link=1))
    assert [take(engine, settings) for _ in range(3)] == [3, 0, 0]
    assert told(engine) == [
        ("opened", {"by": "person", "at": 1000}),
        ("clicked", {"by": "person", "at": 9000, "link": 3}),
    ]
    assert told(engine, 0) == [("clicked", {"by": "person", "at": 9000, "link": 1, "submission": 4})]
    kept.append(hit(20_000))
    assert take(engine, settings) == 1
    assert len(told(engine)) == 3


def test_what_was_rolled_back_is_taken_again(engine: sa.Engine, settings: Settings) -> None:
    tracking.Spool(tracking.folder(settings)).append(hit())
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        assert tracking.ingest(connection, settings, SECRET) == 1
        raise RuntimeError
    assert told(engine) == []
    assert [take(engine, settings), take(engine, settings)] == [1, 0]
    assert len(told(engine)) == 1


def test_lost_mark_makes_no_second_event(engine: sa.Engine, settings: Settings) -> None:
    kept = tracking.Spool(tracking.folder(settings))
    kept.append(hit())
    take(engine, settings)
    for mark in tracking.folder(settings).glob("*.at"):
        mark.unlink()
    take(engine, settings)
    assert len(told(engine)) == 1


def test_file_of_a_dead_process_is_taken_and_then_deleted(engine: sa.Engine, settings: Settings) -> None:
    child = os.fork()
    if not child:
        try:
            tracking.Spool(tracking.folder(settings)).append(hit())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert take(engine, settings) == 1
    assert len(list(tracking.folder(settings).iterdir())) == 2
    assert take(engine, settings) == 0
    assert list(tracking.folder(settings).iterdir()) == []
    assert len(told(engine)) == 1


def test_file_of_a_living_process_stays(engine: sa.Engine, settings: Settings) -> None:
    kept = tracking.Spool(tracking.folder(settings))
    kept.append(hit())
    assert [take(engine, settings), take(engine, settings)] == [1, 0]
    assert len(spool.files(tracking.folder(settings))) == 1


def test_forked_process_has_a_file_of_its_own(engine: sa.Engine, settings: Settings) -> None:
    kept = tracking.Spool(tracking.folder(settings))
    kept.append(hit())
    child = os.fork()
    if not child:
        try:
            kept.append(hit(5000))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert len(spool.files(tracking.folder(settings))) == 2
    assert take(engine, settings) == 2
    kept.append(hit(9000))
    assert take(engine, settings) == 1
    assert len(spool.files(tracking.folder(settings))) == 1


def test_damaged_lines_are_passed_over(engine: sa.Engine, settings: Settings) -> None:
    folder = tracking.folder(settings)
    folder.mkdir(parents=True)
    good = spool.written(hit())
    changed = good.replace(b"1000", b"2000")
    torn = good[:20]
    (folder / f"{'a' * 32}.log").write_bytes(
        changed + b"\x00\xff\n" + b"12345678 {}\n" + good + b"00000000 [1]\n" + torn
    )
    assert take(engine, settings) == 1
    assert len(told(engine)) == 1
    assert take(engine, settings) == 0
    assert list(folder.iterdir()) == []


def test_call_takes_no_more_than_it_may(engine: sa.Engine, settings: Settings) -> None:
    kept = tracking.Spool(tracking.folder(settings))
    for number in range(5):
        kept.append(hit(number * 10_000))
    assert [take(engine, settings, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert [detail["at"] for _, detail in told(engine)] == [0, 10_000, 20_000, 30_000, 40_000]


@pytest.mark.parametrize(
    ("one", "by"),
    [
        (hit(), "person"),
        (
            hit(agent="Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"),
            "proxy",
        ),
        (hit(agent="YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"), "proxy"),
        (hit(agent="Mozilla/5.0"), "proxy"),
        (hit(agent=""), "scanner"),
        (hit(link=1, agent="Barracuda Sentinel (EE)"), "scanner"),
        (hit(link=1, head=True), "scanner"),
    ],
)
def test_readers_are_told_from_programs(one: Hit, by: str) -> None:
    assert readers.judge([one]) == [by]


PROXY = "x GoogleImageProxy"


@pytest.mark.parametrize(
    ("one", "gone", "hint"),
    [
        (hit(11_000, agent=PROXY), 1000, True),
        (hit(10_999, agent=PROXY), 1000, False),  # ahead of any reader
        (hit(500, agent=PROXY), 1000, False),
        (hit(99_000, agent=PROXY), None, False),  # not sent, as far as is known
        (hit(99_000, message=0, submission=4, agent=PROXY), None, True),  # whose it was is not kept
        (hit(99_000, link=1, agent=PROXY), 1000, False),
        (hit(99_000, agent="SafeLinks"), 1000, False),
        (hit(99_000), 1000, False),  # more than a hint
    ],
)
def test_picture_that_a_proxy_fetched_late_enough_is_a_hint_of_a_reader(one: Hit, gone: int | None, hint: bool) -> None:
    assert readers.hints(one, readers.alone(one), gone, 10_000) is hint


def test_time_of_sending_tells_what_a_proxy_fetched_ahead(engine: sa.Engine, settings: Settings) -> None:
    draft = ledger.Draft("k", "k", "bulk", "bulk", 1, "a@b.test", "{}", 86_400.0)
    with transaction(engine) as connection:
        number = ledger.open_submission(connection, draft, 1).id
        people = [ledger.NewMessage(f"p{n}@x.test", f"p{n}@x.test", row=n) for n in range(3)]
        ledger.add_messages(connection, number, people)
        ids = list(connection.execute(sa.select(message.c.id).order_by(message.c.id)).scalars())
        gone = {"state": int(MessageState.sent), "settled_at": 1000}
        connection.execute(sa.update(message).where(message.c.id.in_(ids[:2])).values(**gone))
    kept = tracking.Spool(tracking.folder(settings))
    for one, at in zip(ids, (11_000, 5_000, 11_000), strict=True):
        kept.append(hit(at, message=one, agent=PROXY))
    assert take(engine, settings) == 3
    assert [told(engine, one)[-1][1].get("hint") for one in ids] == [True, None, None]
    kept.append(hit(5_000, message=ids[1], agent=PROXY))
    assert take(engine, settings.model_copy(update={"proxy_open_delay": 4.0})) == 1
    assert told(engine, ids[1])[-1][1]["hint"] is True


def test_different_links_at_once_are_a_scanner() -> None:
    burst = [hit(1000, link=1), hit(2500, link=2), hit(9000, link=1), hit(1500, message=8, link=2)]
    assert readers.judge(burst) == ["scanner", "scanner", "person", "person"]
    assert readers.judge([hit(1000, link=1), hit(1500, link=1)]) == ["person", "person"]
    nobody = [hit(1000, message=0, submission=4, link=1), hit(1000, message=0, submission=4, link=2)]
    assert readers.judge(nobody) == ["person", "person"]


def test_words_open_only_for_their_purpose() -> None:
    words, message = Words(SECRET), Seal(SECRET, "message").seal(number_payload(7))
    assert words.copy(message) == Copy(7, 0)
    assert words.copy(Seal(SECRET, "submission").seal(number_payload(4))) == Copy(0, 4)
    assert words.message(Seal(SECRET, "submission").seal(number_payload(4))) is None
    assert words.link(message) is None
    for strange in (
        "",
        "x",
        message[:-1],
        message + "A",
        "ü" * 20,
        "A" * 9000,
        "../../etc/passwd",
        Seal(b"t" * 32, "message").seal(number_payload(7)),
    ):
        assert words.copy(strange) is None
        assert words.link(strange) is None
