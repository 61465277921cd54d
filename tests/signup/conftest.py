from tests.audience.conftest import database_url, engine, mariadb

__all__ = ["database_url", "engine", "mariadb"]
