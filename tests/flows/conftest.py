"""Every test runs on each database that is installed."""

from tests.audience.conftest import database_kind

__all__ = ["database_kind"]
