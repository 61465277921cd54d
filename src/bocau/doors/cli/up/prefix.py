"""What the parts write, on one stream: with a coloured name before each line for people, as JSON lines otherwise."""

import os
from collections.abc import Mapping
from typing import TextIO

import click
import orjson

COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_black")
WIDTH = 8


class Writer:
    """``form``: the setting log_format; auto means lines for people when ``stream`` is a terminal."""

    def __init__(self, form: str, stream: TextIO) -> None:
        self._stream = stream
        self._people = form == "console" or (form == "auto" and stream.isatty())
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, str] = {}

    def environ(self, part: str) -> Mapping[str, str]:
        """What a part must know to write in our form."""
        form = {"BOCAU_LOG_FORMAT": "console" if self._people else "json"}
        return {**form, "FORCE_COLOR": "1"} if self._coloured else form

    def write(self, part: str, line: str) -> None:
        """One line of a part. A reader that has gone does not stop us."""
        try:
            self._stream.write((self._for_people if self._people else self._as_json)(part, line) + "\n")
            self._stream.flush()
        except OSError:
            return

    def _for_people(self, part: str, line: str) -> str:
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        name = f"{part:<{WIDTH}}│"
        return f"{click.style(name, fg=colour) if self._coloured else name} {line}"

    def _as_json(self, part: str, line: str) -> str:
        if line.startswith("{"):
            return line
        return orjson.dumps({"event": "said", "level": "info", "part": part, "line": line}).decode()
