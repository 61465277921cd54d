"""Every test of the audience runs on each database that is installed."""

import pytest


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)
