import asyncio
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.base.config import Settings
from bocau.base.presence import present
from bocau.sandbox import Mailbox, Query, search
from bocau.sandbox.serve import Sandbox, SandboxPortTakenError, SandboxRunningError, serve
from bocau.wire.smtp.receiver import Receiver
from tests.sandbox.letters import letter

SERVER = """
from bocau.base.config import load
from bocau.sandbox.serve import serve
serve(load(), lambda port: print("port", port, flush=True))
"""


class Served:
    def __init__(self, home: Path) -> None:
        self.home = home
        environment = {**os.environ, "BOCAU_HOME": str(home), "BOCAU_SANDBOX_PORT": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.port = next(int(line.split()[1]) for line in self.process.stdout if line.startswith("port "))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path)
    yield server
    if server.process.poll() is None:
        server.process.kill()
    server.process.communicate()


def settings(home: Path, port: int = 0) -> Settings:
    return Settings(home=home, sandbox_port=port)


def test_mail_is_in_the_mailbox_when_250_is_read(served: Served) -> None:
    raws = [letter(subject=f"Nhắc lịch {number}") for number in range(5)]
    with smtplib.SMTP("127.0.0.1", served.port) as client, Mailbox(served.home) as mailbox:
        for number, raw in enumerate(raws, 1):
            client.sendmail("hen@clinic.test", ["lan@clinic.test", "hoa@clinic.test"], raw)
            found = search(mailbox, Query()).entries
            assert len(found) == number
            assert mailbox.raw(found[0].id) == raw
    assert found[0].recipients == ("lan@clinic.test", "hoa@clinic.test")


def test_mail_stays_after_kill_9(served: Served) -> None:
    with smtplib.SMTP("127.0.0.1", served.port) as client:
        client.sendmail("hen@clinic.test", ["lan@clinic.test"], letter())
        served.process.kill()
        served.process.wait()
    with Mailbox(served.home) as mailbox:
        assert mailbox.tally().mails == 1


def test_sigterm_says_good_bye_and_leaves_no_trace_of_living(served: Served) -> None:
    assert [seen.part for seen in present(served.home)] == ["sandbox"]
    with socket.create_connection(("127.0.0.1", served.port)) as line:
        line.recv(100)
        assert served.stop() == 0
        assert line.recv(100) == b""
    assert present(served.home) == []


def test_second_server_on_the_same_mailbox_is_refused(served: Served) -> None:
    with pytest.raises(SandboxRunningError):
        serve(settings(served.home))


def test_taken_port_gives_a_sentence_and_frees_the_mailbox(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for _ in range(2):
            with pytest.raises(SandboxPortTakenError) as raised:
                serve(settings(tmp_path, port))
    assert str(port) in str(raised.value)


def test_mail_that_cannot_be_stored_is_deferred_and_not_lost(tmp_path: Path) -> None:
    async def story(mailbox: Mailbox) -> bytes:
        sandbox = Sandbox(mailbox)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Receiver(sandbox), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"
        )
        answers = await reader.read()
        writer.close()
        server.close()
        return answers

    with Mailbox(tmp_path) as mailbox:
        mailbox._db.execute("CREATE TRIGGER no BEFORE INSERT ON mail BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        answers = asyncio.run(story(mailbox))
    assert b"\r\n451 4.3.0" in answers


def test_mails_of_many_connections_share_a_transaction(tmp_path: Path) -> None:
    async def story(mailbox: Mailbox) -> list[bytes]:
        sandbox = Sandbox(mailbox)
        answers: list[bytes] = []
        for _ in range(7):
            sandbox.mail(b"a@x.test", [b"b@x.test"], b"Subject: x\r\n\r\nx\r\n", answers.append, peer=None)  # type: ignore[arg-type]
        assert answers == []
        await asyncio.sleep(0)
        return answers

    with Mailbox(tmp_path) as mailbox:
        commits: list[str] = []
        mailbox._db.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
        answers = asyncio.run(story(mailbox))
    assert len(answers) == 7
    assert len(commits) == 1


def test_mails_become_searchable_by_their_text(tmp_path: Path) -> None:
    async def story(mailbox: Mailbox) -> None:
        sandbox = Sandbox(mailbox)
        sandbox.mail(b"a@x.test", [b"b@x.test"], letter(text="mã DH565529"), lambda reply: None, peer=None)  # type: ignore[arg-type]
        reading = asyncio.create_task(sandbox.make_searchable())
        async with asyncio.timeout(20):
            while not search(mailbox, Query("565529", "text")).total:
                await asyncio.sleep(0.01)
        reading.cancel()

    with Mailbox(tmp_path) as mailbox:
        asyncio.run(story(mailbox))
