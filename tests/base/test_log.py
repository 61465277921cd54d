import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from bocau.base import log

Written = Callable[[], str]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """What is logged, told when asked; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level, loud = root.handlers[:], root.level, logging.raiseExceptions
    levels = {name: logging.getLogger(name).level for name in log.QUIET}
    yield lambda: capsys.readouterr().err
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = loud
    logging.captureWarnings(False)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def test_lines_are_json_where_there_is_no_terminal(written: Written) -> None:
    log.configure()
    structlog.get_logger().info("batch_claimed", batch=7)
    line = json.loads(written())
    assert (line["event"], line["batch"], line["level"]) == ("batch_claimed", 7, "info")
    assert str(line["timestamp"]).endswith("Z")


def test_people_get_readable_lines(written: Written) -> None:
    log.configure(form="console")
    structlog.get_logger().info("batch_claimed", batch=7)
    text = written()
    assert "batch_claimed" in text and "batch=7" in text and not text.startswith("{")


def test_no_address_is_logged_at_info(written: Written) -> None:
    log.configure()
    structlog.get_logger().info("mail_refused", reply="550 <Lan.Anh+x@clinic.test> is unknown")
    assert json.loads(written())["reply"] == "550 <…@clinic.test> is unknown"


def test_no_address_hides_in_a_list_or_an_error(written: Written) -> None:
    log.configure()
    structlog.get_logger().info("mails_refused", to=["lan@clinic.test", {"a": "an@b.test"}])
    try:
        raise ValueError("lan@clinic.test")
    except ValueError:
        structlog.get_logger().error("mail_failed", exc_info=True)
    text = written()
    assert text.count("…@") >= 3 and "lan@" not in text and "an@b" not in text


def test_addresses_are_told_at_debug(written: Written) -> None:
    log.configure("debug")
    structlog.get_logger().debug("mail_refused", to="lan@clinic.test")
    assert json.loads(written())["to"] == "lan@clinic.test"


def test_lines_below_the_level_are_not_written(written: Written) -> None:
    log.configure("warning")
    structlog.get_logger().info("batch_claimed")
    assert written() == ""


def test_lines_of_libraries_look_like_ours(written: Written) -> None:
    log.configure()
    logging.getLogger("some.library").warning("slow: %s", 3)
    assert json.loads(written())["event"] == "slow: 3"


def test_every_line_tells_its_part(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(log.PART, "bulk")
    log.configure()
    structlog.get_logger().info("batch_claimed")
    assert json.loads(written())["part"] == "bulk"


def test_work_goes_on_when_nobody_reads_the_log(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        tried = 0

        def write(self, text: str) -> int:
            self.tried += 1
            raise BrokenPipeError

    log.configure()
    gone = Gone()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", gone)
        structlog.get_logger().info("batch_claimed")
    assert gone.tried and written() == ""
