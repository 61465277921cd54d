"""Every test runs on each database that is installed."""

from tests.audience.conftest import database_url, engine

__all__ = ["database_url", "engine"]
