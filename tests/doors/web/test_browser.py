"""The pages in a real browser. Skipped where there is no Chromium."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from bocau import wiring
from bocau.base.config import Settings
from bocau.ledger.states import MessageState
from bocau.sandbox import Mailbox
from tests.doors.web.seeds import settle, submission
from tests.fakes.together import made_once
from tests.sandbox.letters import caught, letter

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium")

EVIL = (Path(__file__).parent / "evil.eml").read_bytes().replace(b"\n", b"\r\n")
PEOPLE = [
    (f"Nguyễn Thị Thu Hằng {n}", f"nguyen.thi.thu.hang.rat.dai.{n}@benh-vien-da-khoa.example.test") for n in range(60)
]
SIZES = {"phone": (390, 844), "desk": (1280, 800)}


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Requests are no news here."""


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@made_once
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


class Visit:
    """One browser window that notes everything it should not have seen."""

    def __init__(
        self, browser: "playwright.Browser", site: str, language: str = "en", size: str = "desk", **more: object
    ):
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale=language, **more)
        self.page = self.context.new_page()
        self.site = site
        self.troubles: list[str] = []
        self.addresses: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.troubles.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.addresses.append(request.url))

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.fixture
def filled(parts: wiring.Parts, settings: Settings) -> None:
    submission(parts.db, name="Nhắc lịch khám " + "rấtdàikhôngcódấucách" * 6, people=PEOPLE)
    reply = "550 " + "no-spaces-in-this-reply" * 12
    settle(parts.db, {1: (MessageState.failed, 550, "5.1.1", reply), 2: (MessageState.deferred, 451, "", "later")})
    with Mailbox(settings.home) as mailbox:
        mails = [letter(subject=f"Nhắc lịch khám, {name}", html=f"<p>{name}</p>", to=to) for name, to in PEOPLE]
        mailbox.add([caught(raw, to=to) for raw, (_, to) in zip(mails, PEOPLE, strict=True)])
        mailbox.add([caught(letter(subject="x" * 900, files=(("y" * 140 + ".pdf", b"%PDF"),)))])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_fit_and_raise_no_complaint(
    browser: "playwright.Browser", site: str, filled: None, language: str, size: str
) -> None:
    visit = Visit(browser, site, language, size)
    paths = ["/", "/submissions", "/submissions/1", "/messages/2", "/sandbox", "/sandbox?q=thu+hang", "/sandbox/3"]
    paths += [f"/sandbox/61?view={view}" for view in ("text", "headers", "files", "source")]
    for path in paths:
        visit.go(path)
        assert visit.fits(), path
        assert visit.page.locator("html").get_attribute("lang") == language
        assert visit.page.locator("h1").count() == 1
    assert visit.troubles == []
    assert all(address.startswith(site) for address in visit.addresses)
    visit.context.close()


def test_empty_pages_fit_on_a_phone(browser: "playwright.Browser", site: str) -> None:
    visit = Visit(browser, site, "vi", "phone", color_scheme="dark")
    for path in ("/", "/submissions", "/sandbox"):
        visit.go(path)
        assert visit.fits(), path
        assert "./bocau send" in visit.page.locator(".command").inner_text()
    assert visit.troubles == []
    visit.context.close()


@pytest.mark.parametrize("path", ["/sandbox/1", "/sandbox/1/frame", "/sandbox/1/frame?remote=1"])
def test_hostile_mail_runs_nothing_and_leads_nowhere(
    browser: "playwright.Browser", site: str, settings: Settings, path: str
) -> None:
    with Mailbox(settings.home) as mailbox:
        mailbox.add([caught(EVIL)])
    visit = Visit(browser, site)
    asked: list[str] = []
    visit.context.route("http://127.0.0.1:9/**", lambda route: (asked.append(route.request.url), route.abort()))
    visit.go(path)
    visit.page.wait_for_load_state("networkidle")
    assert visit.page.url == site + path
    assert "dialog" not in visit.troubles
    assert "owned" not in visit.page.title()
    wanted = {"http://127.0.0.1:9/spy.png", "http://127.0.0.1:9/style.css"} if "remote" in path else set()
    assert set(asked) == wanted
    visit.context.close()


def test_frame_cannot_reach_the_page_around_it(browser: "playwright.Browser", site: str, settings: Settings) -> None:
    with Mailbox(settings.home) as mailbox:
        mailbox.add([caught(EVIL)])
    visit = Visit(browser, site)
    visit.go("/sandbox/1")
    frame = visit.page.frame(url=f"{site}/sandbox/1/frame")
    assert frame is not None
    assert frame.evaluate("window.origin") == "null"
    visit.context.close()


def test_overview_follows_by_itself(browser: "playwright.Browser", site: str, parts: wiring.Parts) -> None:
    visit = Visit(browser, site)
    visit.go("/")
    assert visit.page.get_by_text("No mail has been sent yet").count() == 1
    submission(parts.db, name="Came in later", people=PEOPLE)
    visit.page.get_by_text("Came in later").wait_for()
    settle(parts.db, {})
    visit.page.get_by_text("60 sent").wait_for()
    assert visit.troubles == []
    visit.context.close()


def test_overview_says_when_the_web_part_is_gone(browser: "playwright.Browser", site: str) -> None:
    visit = Visit(browser, site, "vi")
    visit.go("/")
    visit.context.route("**/live/home", lambda route: route.abort())
    visit.page.get_by_text("Máy chủ web không trả lời").wait_for()
    visit.context.unroute("**/live/home")
    visit.page.get_by_text("Đang cập nhật", exact=True).wait_for()
    visit.context.close()


def test_new_mail_appears_in_the_open_mailbox(browser: "playwright.Browser", site: str, settings: Settings) -> None:
    with Mailbox(settings.home) as mailbox:
        visit = Visit(browser, site)
        visit.go("/sandbox")
        mailbox.add([caught(letter(subject="Just came in"))])
        visit.page.get_by_text("Just came in").wait_for()
    visit.context.close()


def test_mail_is_searched_read_and_cleared(browser: "playwright.Browser", site: str, filled: None) -> None:
    visit = Visit(browser, site, "vi", "phone")
    page = visit.page
    visit.go("/sandbox")
    page.get_by_label("Tìm thư").fill("nguyen thi thu hang 7")
    page.get_by_role("button", name="Tìm kiếm").click()
    page.get_by_role("link", name="Nhắc lịch khám, Nguyễn Thị Thu Hằng 7").click()
    assert page.frame_locator("iframe").locator("p").inner_text() == "Nguyễn Thị Thu Hằng 7"
    page.get_by_role("link", name="Văn bản").click()
    assert "Good morning." in page.locator("pre").inner_text()
    visit.go("/sandbox")
    page.get_by_text("Xóa hết…").click()
    page.get_by_role("button", name="Xóa tất cả").click()
    page.get_by_text("Chưa có thư nào trong hộp").wait_for()
    assert visit.troubles == []
    visit.context.close()


def test_language_and_look_are_kept(browser: "playwright.Browser", site: str) -> None:
    visit = Visit(browser, site, "en")
    visit.go("/sandbox?q=a")
    visit.page.get_by_title("Tiếng Việt").click()
    assert visit.page.url == f"{site}/sandbox?q=a"
    assert visit.page.locator("h1").inner_text() == "Hộp thư thử"
    visit.page.get_by_title("Giao diện: theo hệ thống").click()
    visit.page.get_by_title("Giao diện: sáng").click()
    dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(18, 23, 28)"
    visit.context.close()


def test_everything_is_reached_by_keyboard(browser: "playwright.Browser", site: str) -> None:
    visit = Visit(browser, site)
    visit.go("/")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "main"
    nameless = visit.page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, summary')].filter(e => !(e.innerText || e.textContent || "
        "e.labels?.[0]?.textContent || '').trim()).length"
    )
    assert nameless == 0
    visit.context.close()
