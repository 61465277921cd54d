import io
import json

import pytest

from bocau.doors.cli.up.prefix import Writer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_people_see_which_part_speaks() -> None:
    stream = Terminal()
    writer = Writer("auto", stream)
    writer.write("web", "line one")
    assert "web" in stream.getvalue() and stream.getvalue().endswith(" line one\n")
    assert writer.environ("web")["BOCAU_LOG_FORMAT"] == "console"


def test_programs_get_json_lines_as_they_are() -> None:
    stream = io.StringIO()
    writer = Writer("auto", stream)
    writer.write("web", '{"event":"page_failed","part":"web"}')
    writer.write("broker", "Ready to accept connections")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[0] == {"event": "page_failed", "part": "web"}
    assert (lines[1]["part"], lines[1]["line"]) == ("broker", "Ready to accept connections")
    assert writer.environ("web") == {"BOCAU_LOG_FORMAT": "json"}


def test_a_terminal_without_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Writer("auto", stream).write("web", "line")
    assert "\x1b" not in stream.getvalue()


def test_reader_that_has_gone_does_not_stop_the_supervisor() -> None:
    class Gone(io.StringIO):
        tried = False

        def write(self, text: str) -> int:
            self.tried = True
            raise BrokenPipeError

    stream = Gone()
    Writer("json", stream).write("web", "line")
    assert stream.tried
