"""A real RabbitMQ from the system's packages: its own node, folders and ports, loopback only."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.fakes.ports import free_port

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def installed() -> bool:
    return PROGRAM.exists() and shutil.which("erl") is not None


class Rabbitmq:
    """A throw-away broker. Started when made; ``remove`` ends it and deletes everything."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bocau-rabbit-"))
        self.port, self.epmd = free_port(), free_port()
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\n")
        (self.folder / "plugins").write_text("[].")
        self.env = {
            **os.environ,
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"bocau{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "ERL_EPMD_PORT": str(self.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }
        program = next(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
        mapper = [str(program), "-address", "127.0.0.1", "-port", str(self.epmd)]
        with (self.folder / "said").open("ab") as log:
            self.mapper = subprocess.Popen(mapper, env=self.env, stdout=log, stderr=log, start_new_session=True)
            self.process = subprocess.Popen(
                [str(PROGRAM)], env=self.env, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        end = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("RabbitMQ did not start:\n" + (self.folder / "said").read_text()[-3000:])
            time.sleep(0.1)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def remove(self) -> None:
        """The whole session goes: the node and what it started; then the port mapper."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.mapper.kill()
        self.mapper.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
