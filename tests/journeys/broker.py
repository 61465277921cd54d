"""The embedded broker's Valkey, to be killed and emptied."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bocau.base import embedded
from tests.journeys.world import until


class Broker:
    """Runs until ``close``. ``url`` stays the same over restarts."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="bocau-broker-"))
        self.url = embedded.url(self.home)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        log = self.home / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                embedded.command(self.home), stdout=output, stderr=output, start_new_session=True
            )
        until(self._answers, 20, 0.01, log)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        """Delete the data of the killed broker."""
        shutil.rmtree(self.home / "broker")

    def close(self) -> None:
        self.kill()
        shutil.rmtree(embedded.socket(self.home).parent, ignore_errors=True)
        shutil.rmtree(self.home)

    def _answers(self) -> bool:
        with Redis(unix_socket_path=str(embedded.socket(self.home))) as asked:
            try:
                return bool(asked.ping())
            except RedisError:
                return False
