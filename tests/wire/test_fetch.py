"""Fetching is bounded, also where the resolver is not."""

import socket
from threading import Event
from typing import Any

import pytest

from bocau.wire import fetch


def test_a_name_that_nobody_answers_for_ends_when_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()

    def silent(*arguments: Any, **options: Any) -> Any:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(fetch.FetchFailedError, match="not looked up in time"):
        fetch.get("https://x.test/", seconds=0.1)
    over.set()


def test_a_name_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(fetch.FetchFailedError, match="there is no such host"):
        fetch.get("https://x.test/")


def test_networks_inside_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: [entry])
    with pytest.raises(fetch.FetchRefusedError):
        fetch.get("https://x.test/")
