"""Every test of the audience runs on each database that is installed."""

from zoneinfo import ZoneInfo

import pytest

from bocau.base import clock


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def in_vietnam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the day stands before the month, and points between thousands."""
    monkeypatch.setattr(clock, "_zone", [ZoneInfo("Asia/Ho_Chi_Minh")])
