import pytest

from bocau.base.db import address, make_engine


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/bocau/bocau.db", "/var/lib/bocau/bocau.db"),
        ("sqlite://", ":memory:"),
        ("postgresql://hen:secret@db.test:5433/mail", "postgresql://hen@db.test:5433/mail"),
        ("postgresql://db.test/mail?password=secret&sslpassword=secret", "postgresql://db.test/mail"),
        ("postgresql:///mail?host=/run/pg&password=secret", "postgresql:///mail?host=%2Frun%2Fpg"),
        (
            "mysql://hen:secret@[::1]:3307/mail?unix_socket=/run/my",
            "mysql://hen@[::1]:3307/mail?unix_socket=%2Frun%2Fmy",
        ),
    ],
)
def test_database_is_named_without_what_opens_it(url: str, shown: str) -> None:
    engine = make_engine(url)
    assert address(engine) == shown
    engine.dispose()
