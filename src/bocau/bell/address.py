"""Where the broker is."""

from bocau.base import config

ADDRESS = "broker.url"
"""In the data folder: where `bocau up` says how its embedded broker is reached."""


def broker_url(settings: config.Settings) -> str:
    """The broker's URL as Celery wants it; empty when none is set and none is running here."""
    given = settings.broker_url.get_secret_value()
    if given:
        return given
    try:
        return (settings.home / ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
