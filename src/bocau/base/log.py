"""Logging: static event names with fields; lines for people on a terminal, JSON otherwise.

Everything goes to standard error through the standard library's logging, so that libraries' lines look like ours and
a log that nobody reads any more never stops the work. From level ``info`` up no address leaves the process: what
looks like one is cut down to its domain.
"""

import logging
import os
import re
import sys
import warnings
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

PART = "BOCAU_LOG_PART"
"""Environment: which part of the installation this process is; told in each line."""
ADDRESS = re.compile(r"[^\s<>@\"',;:()\[\]{}]+@(?=[\w.-]*\w)")
QUIET = ("_granian", "granian", "celery", "kombu", "amqp", "redis", "mail.log", "alembic")
Event = MutableMapping[str, Any]


def configure(level: str = "info", form: Literal["auto", "console", "json"] = "auto") -> None:
    """Set up logging for this process; may be called again. ``level``: debug, info, warning, error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_part,
        _veil,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _through_standard_logging(level, _formatter(shared, _is_console(form)))


def _through_standard_logging(level: str, formatter: logging.Formatter) -> None:
    logging.raiseExceptions = False
    handler = _Stderr()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:  # their everyday lines tell nothing an operator needs
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", message="(?s).*superuser privileges")  # containers run as root, and may


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        raise AttributeError("it is always standard error")


def _is_console(form: str) -> bool:
    return form == "console" or (form == "auto" and sys.stderr.isatty())


def _formatter(shared: list[Any], console: bool) -> logging.Formatter:
    import orjson

    shown: list[Any]
    if console:
        colours = sys.stderr.isatty() or bool(os.environ.get("FORCE_COLOR"))
        shown = [_clock_only, structlog.dev.ConsoleRenderer(colors=colours and "NO_COLOR" not in os.environ)]
    else:
        shown = [structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode())]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
    )


def _add_part(logger: Any, method: str, event: Event) -> Event:
    part = os.environ.get(PART)
    if part:
        event.setdefault("part", part)
    return event


def _clock_only(logger: Any, method: str, event: Event) -> Event:
    """People see the clock and, under a supervisor, the part at the line's beginning already."""
    event["timestamp"] = event.get("timestamp", "")[11:19]
    if PART in os.environ:
        event.pop("part", None)
    return event


def _veil(logger: Any, method: str, event: Event) -> Event:
    if method != "debug":
        for key, value in event.items():
            if key != "_record":
                event[key] = _veiled(value)
    return event


def _veiled(value: Any) -> Any:
    """The value with every address in it cut down to its domain."""
    if isinstance(value, str):
        return ADDRESS.sub("…@", value) if "@" in value else value
    if isinstance(value, Mapping):
        return {key: _veiled(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_veiled(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else _veiled(str(value))
