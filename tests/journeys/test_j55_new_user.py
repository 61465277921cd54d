"""The first campaign of a new user, with nothing but commands, `bocau up` and the sandbox mailbox, from a file of people to
the figures."""

import email
import email.policy
import html
import re
import sqlite3
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bocau import sandbox
from tests.fakes.installation import House, until
from tests.journeys.nursery import Nursery
from tests.journeys.terminal import Terminal
from tests.journeys.world import SOAK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
PEOPLE, CHOSEN = (10_000, 5000) if SOAK else (4000, 2000)
SITE = "https://tin.congty.test"
NAME, TESTER = "Bản tin 12", "toi@congty.test"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MARKDOWN = """Chào {{ name }},

[Xem ưu đãi tháng mười hai](https://congty.test/uu-dai?thang=12)

[Hủy đăng ký]({{ unsubscribe_url }})
"""
HOUR = 3_600_000


class Home(House):
    """One where somebody sits at a terminal."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        super().__init__(folder / "home", BOCAU_BASE_URL=SITE)
        self.told = Terminal(nursery, folder, self.environ).told


@pytest.fixture
def house(tmp_path: Path, nursery: Nursery) -> Iterator[Home]:
    made = Home(tmp_path, nursery)
    process = made.up()
    yield made
    process.terminate()
    process.communicate(timeout=60)
    until(lambda: made.processes() == {})


def test_first_campaign(house: Home, tmp_path: Path) -> None:
    people_come_in(house, tmp_path)
    number = drafted(house, tmp_path)
    scheduled(house, number)

    until(lambda: caught(house) > 100)
    assert house.told("campaigns", "pause", NAME)["state"] == "paused"
    until(lambda: figures(house)["sent"] == caught(house) - 1)
    before, told = caught(house), figures(house)
    assert 0 < told["sent"] < told["total"] <= CHOSEN
    house.told("campaigns", "test", NAME, "nua@congty.test")
    until(lambda: caught(house) == before + 1)
    assert figures(house) == told
    reader = a_mail(house)
    follow(house, reader)
    unsubscribe(house, reader)

    house.told("campaigns", "resume", NAME)
    until(lambda: house.told("campaigns", "show", NAME)["state"] == "finished")
    until(lambda: figures(house).get("clicked_people") == 1 and figures(house)["sent"] == CHOSEN)
    told = figures(house)
    assert (told["total"], told["sent"], told["clicked"], told["unsubscribed"]) == (CHOSEN, CHOSEN, 1, 1)
    everybody_got_one(house)
    counted = house.told("segments", "count", "Ở Huế")
    assert (counted["total"], counted["mailable"]) == (CHOSEN, CHOSEN - 1)
    assert house.told("stats", "rebuild")["different"] == []


def people_come_in(house: Home, folder: Path) -> None:
    """Half of them live in Huế."""
    file = folder / "khách hàng.csv"
    with file.open("w", encoding="utf-8-sig") as out:
        out.write("Email;Họ tên;Thành phố\n")
        out.writelines(f"k{n}@khach.test;Khách {n};{('Huế', 'Hà Nội')[n % 2]}\n" for n in range(PEOPLE))
    house.told("lists", "create", "Bản tin")
    taken = house.told(
        "contacts",
        "import",
        str(file),
        "--list",
        "Bản tin",
        "--consent",
        "Tôi muốn nhận tin",
        "--map",
        "Thành phố=city",
    )
    assert taken["imports"][0]["made"] == PEOPLE
    house.told("segments", "save", "Ở Huế", 'city = "Huế" and in_list("Bản tin")')
    assert house.told("segments", "count", "Ở Huế")["mailable"] == CHOSEN


def drafted(house: Home, folder: Path) -> int:
    """A draft that is looked at, and tried out on its author."""
    file = folder / "tin.md"
    file.write_text(MARKDOWN, encoding="utf-8")
    made = house.told(
        "campaigns",
        "create",
        "--name",
        NAME,
        "--from",
        "Công ty <tin@congty.test>",
        "--subject",
        "Tin, {{ name }}",
        "--markdown",
        str(file),
        "--segment",
        "Ở Huế",
        "--track",
        "person",
    )
    assert made["state"] == "draft"
    looked = house.told("campaigns", "preflight", NAME, "--offline")
    assert looked["ready"], looked
    house.told("campaigns", "test", NAME, TESTER)
    until(lambda: caught(house) == 1)
    return int(made["id"])


def scheduled(house: Home, number: int) -> None:
    """For an hour from now; which goes by at once."""
    at = datetime.now(UTC) + timedelta(hours=1)
    assert house.told("campaigns", "schedule", NAME, at.isoformat())["state"] == "scheduled"
    with closing(sqlite3.connect(house.home / "bocau.db", timeout=60)) as raw, raw:
        raw.execute("UPDATE campaign SET start_at = start_at - ? WHERE id = ?", (HOUR, number))


def figures(house: Home) -> dict[str, int]:
    (told,) = house.told("campaigns", "stats", NAME)["variants"].values()
    assert isinstance(told, dict)
    return told


def caught(house: Home) -> int:
    with sandbox.Mailbox(house.home) as mailbox:
        return mailbox.tally().mails


def a_mail(house: Home) -> EmailMessage:
    """A campaign's mail as its reader finds it on the mailbox's page."""
    page = fetched(house, "/sandbox?q=khach.test&in=address").decode()
    found = re.search(r'href="/sandbox/(\d+)', page)
    assert found is not None, page
    raw = fetched(house, f"/sandbox/{found[1]}.eml")
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def follow(house: Home, mail: EmailMessage) -> None:
    """Its link leads where it should, by way of us."""
    body = mail.get_body(("html",))
    assert body is not None
    found = re.search(rf'href="{SITE}(/c/[^"]+)"', html.unescape(body.get_content()))
    assert found is not None, body.get_content()
    answer = fetched(house, found[1], follow=False)
    assert answer == b"https://congty.test/uu-dai?thang=12"


def unsubscribe(house: Home, mail: EmailMessage) -> None:
    """As a mail program's button does it (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.search(rf"<{SITE}(/u/[^>]+)>", str(mail["List-Unsubscribe"]))
    assert found is not None, mail["List-Unsubscribe"]
    assert fetched(house, found[1], b"List-Unsubscribe=One-Click") == b"OK\n"


class Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def fetched(house: Home, path: str, form: bytes | None = None, *, follow: bool = True) -> bytes:
    """What the site answers; where it leads to when that is not to be followed."""
    quoted = urllib.request.quote(path, safe="/?=&%")  # type: ignore[attr-defined]
    asked = urllib.request.Request(f"http://127.0.0.1:{house.web}{quoted}", form, {"User-Agent": BROWSER})
    try:
        with urllib.request.build_opener(Stay).open(asked, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as moved:
        assert (moved.code, follow) == (302, False)
        return str(moved.headers["Location"]).encode()


def everybody_got_one(house: Home) -> None:
    got: Counter[str] = Counter()
    with sandbox.Mailbox(house.home) as mailbox:
        before: int | None = None
        while True:
            page = sandbox.search(mailbox, sandbox.Query("", "all"), before=before, limit=500)
            got.update(one for entry in page.entries for one in entry.recipients)
            before = page.older
            if before is None:
                break
    tests = {TESTER: 1, "nua@congty.test": 1}
    assert got == {f"k{n}@khach.test": 1 for n in range(0, PEOPLE, 2)} | tests
