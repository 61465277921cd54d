import contextlib
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bocau.base.db import transaction
from bocau.relays import circuits, open_circuit
from tests.doors.cli.terminal import Open, Terminal

ANSWERS = {
    b"EHLO": b"250-mail.test\r\n250-PIPELINING\r\n250 SIZE 10000000\r\n",
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"DATA": b"354 go\r\n",
    b".": b"250 2.0.0 taken as 77\r\n",
    b"QUIT": b"221 bye\r\n",
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, terminal: Open) -> Terminal:
    monkeypatch.delenv("BOCAU_RELAY_PASSWORD", raising=False)
    monkeypatch.delenv("BOCAU_RELAY_URL", raising=False)
    return terminal("relays")


@contextlib.contextmanager
def smtp(**changes: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A scripted server on a free port; the lines it was told."""
    answers = ANSWERS | {word.encode(): answer for word, answer in changes.items()}
    heard: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(answers.get(b"banner", b"220 mail.test\r\n"))
            for line in self.rfile:
                heard.append(line)
                word = line.rstrip().split(b" ")[0].upper()
                self.wfile.write(answers.get(word, b""))
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1]), heard
        finally:
            server.shutdown()
            thread.join()


def listed(run: Terminal) -> list[dict[str, Any]]:
    return list(run("list", "--json").json["relays"])


def test_with_nothing_stored_the_sandbox_is_in_use(run: Terminal) -> None:
    (only,) = listed(run)
    assert (only["name"], only["in_use"]) == ("sandbox", True)
    assert "sandbox mailbox catches every mail" in run("list").out


def test_preset_fills_in_what_is_known_and_tells_its_notes(run: Terminal) -> None:
    said = run("add", "gmail", "--preset", "gmail", "--user", "hen@clinic.vn", "--password-stdin", typed="hunter2\n")
    assert said.code == 0
    assert "app password" in said.out
    (relay,) = listed(run)
    assert (relay["host"], relay["port"], relay["tls"], relay["connections"], relay["rate"]) == (
        "smtp.gmail.com",
        587,
        "required",
        3,
        1.0,
    )
    assert relay["has_password"]


def test_what_is_said_wins_over_the_preset(run: Terminal) -> None:
    run(
        "add",
        "ses",
        "--preset",
        "ses",
        "--region",
        "eu-west-1",
        "--rate",
        "50",
        "--tls",
        "implicit",
        "--connections",
        "9",
    )
    (relay,) = listed(run)
    assert (relay["host"], relay["port"], relay["rate"], relay["connections"]) == (
        "email-smtp.eu-west-1.amazonaws.com",
        465,
        50.0,
        9,
    )


def test_password_is_never_shown(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_RELAY_PASSWORD", "hunter2")
    said = [run("add", "a", "--host", "mail.vn", "--user", "u"), run("list"), run("show", "a"), run("list", "--json")]
    said.append(run("show", "a", "--json"))
    assert {one.code for one in said} == {0}
    assert "hunter2" not in "".join(one.out + one.err for one in said)
    assert b"hunter2" not in b"".join(path.read_bytes() for path in run.home.glob("bocau.db*"))


def test_there_is_no_option_for_a_password(run: Terminal) -> None:
    assert run("add", "a", "--host", "mail.vn", "--user", "u", "--password", "x").code == 2


def test_missing_password_is_told_and_nothing_is_stored(run: Terminal) -> None:
    for arguments in (("--password-stdin",), ()):
        said = run("add", "a", "--host", "mail.vn", "--user", "u", "--json", *arguments)
        assert (said.code, said.fault["code"]) == (1, "password-missing")
    assert [relay["name"] for relay in listed(run)] == ["sandbox"]


def test_replace_keeps_the_password_and_changes_the_rest(run: Terminal) -> None:
    run("add", "a", "--host", "mail.vn", "--user", "u", "--password-stdin", typed="p")
    again = run("add", "a", "--host", "mail.vn", "--user", "u", "--password-stdin", "--json", typed="p")
    assert again.fault["code"] == "relay-exists"
    assert run("add", "a", "--host", "mail.vn", "--user", "u", "--port", "2525", "--replace").code == 0
    (relay,) = listed(run)
    assert (relay["port"], relay["has_password"]) == (2525, True)


def test_change_changes_what_is_said_and_nothing_else(run: Terminal) -> None:
    start = ("--host", "mail.vn", "--user", "u", "--rate", "5", "--max-size", "100000", "--weight", "7")
    run("add", "a", *start, "--password-stdin", typed="p")
    (before,) = listed(run)
    said = run("change", "a", "--port", "2525", "--connections", "3", "--no-rate", "--no-chunking", "--json")
    (after,) = listed(run)
    assert said.code == 0
    assert after == before | {"port": 2525, "connections": 3, "rate": None, "chunking": False}
    run("change", "a", "--chunking", "--no-max-size", "--rate", "2.5", "--helo", "may.vn", "--priority", "3")
    (after,) = listed(run)
    more = {"port": 2525, "connections": 3, "rate": 2.5, "max_size": None, "helo": "may.vn", "priority": 3}
    assert after == before | more
    assert "2525" in run("change", "a", "--weight", "9").out


def test_password_goes_with_host_and_user(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "a", "--host", "mail.vn", "--user", "u", "--password-stdin", typed="p")
    for moved in (("--host", "khac.vn"), ("--user", "v"), ("--new-password",)):
        said = run("change", "a", *moved, "--json")
        assert (said.code, said.fault["code"]) == (1, "password-missing")
    assert (listed(run)[0]["host"], listed(run)[0]["user"]) == ("mail.vn", "u")
    assert run("change", "a", "--host", "khac.vn", "--password-stdin", typed="q").code == 0
    assert run("change", "a", "--host", "khac.vn", "--user", "u").code == 0  # the same as it is
    assert [listed(run)[0][name] for name in ("host", "has_password")] == ["khac.vn", True]
    assert run("change", "a", "--user", "").code == 0
    assert [listed(run)[0][name] for name in ("user", "has_password")] == ["", False]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("a",), "change-missing"),
        (("b", "--port", "25"), "relay-unknown"),
        (("a", "--rate", "1", "--no-rate"), "change-contradictory"),
        (("a", "--host", "smtp://mail.vn", "--user", ""), "relay-host-wrong"),
        (("a", "--tls", "off"), "relay-password-bare"),
    ],
)
def test_wrong_change_is_told_and_nothing_is_changed(run: Terminal, arguments: tuple[str, ...], code: str) -> None:
    run("add", "a", "--host", "mail.vn", "--user", "u", "--password-stdin", typed="p")
    before = listed(run)
    said = run("change", *arguments, "--json")
    assert (said.code, said.fault["code"]) == (1, code)
    assert listed(run) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("a",), "relay-host-missing"),
        (("a", "--preset", "hotmail"), "preset-unknown"),
        (("A b", "--host", "mail.vn"), "relay-name-wrong"),
        (("a", "--host", "smtp://u:p@mail.vn"), "relay-host-wrong"),
        (("a", "--host", "mail.vn", "--helo", "mẹ"), "relay-host-wrong"),
        (("a", "--host", "mail.vn", "--ca-file", "/nowhere.pem"), "authority-file-wrong"),
        (("a", "--host", "mail.vn", "--user", "u", "--tls", "off", "--password-stdin"), "relay-password-bare"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_stored(run: Terminal, arguments: tuple[str, ...], code: str) -> None:
    said = run("add", *arguments, "--json", typed="p")
    assert (said.code, said.fault["code"]) == (1, code)
    assert [relay["name"] for relay in listed(run)] == ["sandbox"]


def test_relay_url_overrides_stored_relays_and_says_so(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://u:hunter2@mail.example:587")
    said = run("add", "a", "--host", "mail.vn")
    assert "BOCAU_RELAY_URL is set" in said.err
    assert {relay["name"]: relay["in_use"] for relay in listed(run)} == {"BOCAU_RELAY_URL": True, "a": False}
    assert "hunter2" not in run("list").out


def test_wrong_relay_url_is_told_without_its_password(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://u:hunter2@mail.example:http")
    said = run("list", "--json")
    assert said.fault["code"] == "relay-url-wrong"
    assert "“http”" in said.fault["sentence"]
    assert "hunter2" not in said.err


def test_disabled_relays_let_mail_wait(run: Terminal) -> None:
    run("add", "a", "--host", "mail.vn")
    assert run("disable", "a").code == 0
    assert [relay["in_use"] for relay in listed(run)] == [False]
    assert "mails wait" in run("list").out
    assert run("enable", "a").code == 0
    assert [relay["in_use"] for relay in listed(run)] == [True]


def test_remove_wants_a_yes_and_tells_that_the_sandbox_is_back(run: Terminal) -> None:
    run("add", "a", "--host", "mail.vn")
    assert run("remove", "a", "--json").fault["code"] == "remove-unconfirmed"
    said = run("remove", "a", "--yes")
    assert said.code == 0
    assert "sandbox" in said.err
    assert [relay["name"] for relay in listed(run)] == ["sandbox"]


@pytest.mark.parametrize("verb", [("show",), ("enable",), ("disable",), ("remove", "--yes"), ("test",)])
def test_unknown_relay_is_told(run: Terminal, verb: tuple[str, ...]) -> None:
    assert run(*verb, "nobody", "--json").fault["code"] == "relay-unknown"


def test_open_circuit_is_shown_with_the_servers_words(run: Terminal) -> None:
    run("add", "a", "--host", "mail.vn")
    engine = run.engine()
    with transaction(engine) as connection:
        open_circuit(connection, 1, "auth", detail="535 5.7.8 no\x1b[31m")
    engine.dispose()
    assert "not tried until" in run("list").out
    said = run("show", "a")
    assert "535 5.7.8 no" in said.out
    assert "\x1b" not in said.out
    assert run("show", "a", "--json").json["circuit"]["reason"] == "auth"


def test_presets_are_listed_and_shown_whole(run: Terminal) -> None:
    assert {"gmail", "ses", "brevo"} <= {one["name"] for one in run("presets", "--json").json["presets"]}
    said = run("presets", "microsoft365")
    assert "30 mails a minute" in said.out
    assert run("presets", "hotmail", "--json").fault["code"] == "preset-unknown"


def test_presets_speak_vietnamese(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    assert "mật khẩu ứng dụng" in run("presets", "gmail").out


def test_working_relay_passes_the_test_and_is_used_again_at_once(run: Terminal) -> None:
    with smtp() as (port, heard):
        run("add", "a", "--host", "127.0.0.1", "--port", str(port))
        engine = run.engine()
        with transaction(engine) as connection:
            open_circuit(connection, 1, "connect")
        said = run("test", "a")
        assert said.code == 0
        assert f"Connected to 127.0.0.1:{port}" in said.out
        assert "PIPELINING" in said.out
        assert "10 MB" in said.out
        assert not any(line.startswith(b"MAIL") for line in heard)
        with transaction(engine) as connection:
            assert circuits(connection) == {}
        engine.dispose()


def test_relay_asked_first_is_tested_when_none_is_named(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp() as (port, _):
        monkeypatch.setenv("BOCAU_RELAY_URL", f"smtp://127.0.0.1:{port}")
        assert run("test", "--json").json["name"] == "BOCAU_RELAY_URL"


def test_test_mail_is_handed_over(run: Terminal) -> None:
    with smtp() as (port, heard):
        run("add", "a", "--host", "127.0.0.1", "--port", str(port))
        said = run("test", "a", "--to", "an@x.test", "--from", "hen@clinic.test", "--json")
    assert said.json["reply"].endswith("taken as 77")
    assert any(line.startswith(b"RCPT TO:<an@x.test>") for line in heard)
    assert b"From: " in b"".join(heard)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RCPT": b"550 5.1.1 nobody here\r\n", "DATA": b"554 no\r\n"}, "test-mail-refused"),
        ({"banner": b"HTTP/1.1 400 Bad Request\r\n"}, "relay-garbled"),
        ({"banner": b"554 go away\r\n"}, "relay-rejected"),
    ],
)
def test_relay_that_does_not_work_says_why(run: Terminal, changes: dict[str, bytes], code: str) -> None:
    with smtp(**changes) as (port, _):
        run("add", "a", "--host", "127.0.0.1", "--port", str(port))
        said = run("test", "a", "--to", "an@x.test", "--from", "hen@clinic.test", "--json")
    assert said.code == 1
    assert said.fault["code"].replace("_", "-") == code
    assert said.fault["hint"]


def test_relay_without_tls_that_needs_it_says_so(run: Terminal) -> None:
    with smtp() as (port, heard):
        run("add", "a", "--host", "127.0.0.1", "--port", str(port), "--user", "u", "--password-stdin", typed="hunter2")
        said = run("test", "a", "--json")
    assert said.fault["code"].replace("_", "-") == "tls-missing"
    assert not any(line.startswith(b"AUTH") for line in heard)


def test_port_where_nothing_listens_says_so(run: Terminal) -> None:
    with smtp() as (port, _):
        pass
    run("add", "a", "--host", "127.0.0.1", "--port", str(port))
    said = run("test", "a")
    assert said.code == 1
    assert "refused" in said.err
    assert "587" in said.err


def test_silent_server_is_not_waited_for_long(run: Terminal) -> None:
    with smtp(EHLO=b"") as (port, _):
        run("add", "a", "--host", "127.0.0.1", "--port", str(port))
        said = run("test", "a", "--patience", "0.2", "--json")
    assert said.fault["code"].replace("_", "-") == "relay-silent"


def test_test_mail_to_a_reserved_name_stays_here(run: Terminal) -> None:
    run("add", "a", "--host", "mail.vn")
    said = run("test", "a", "--to", "an@x.test", "--from", "hen@clinic.vn", "--json")
    assert said.fault["code"] == "recipient-reserved"


def test_test_mail_needs_a_from_address(run: Terminal) -> None:
    run("add", "a", "--host", "127.0.0.1")
    assert run("test", "a", "--to", "an@x.test", "--json").fault["code"] == "sender-missing"
