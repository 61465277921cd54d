"""`bocau config`: every setting, its value, and where the value comes from. Secrets are masked."""

from typing import Any
from urllib.parse import urlsplit

import click
from pydantic import BaseModel, SecretStr

from bocau.base import config
from bocau.base.config import Settings
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import Verb, pass_settings, show, table

MASK = "•••"
ORIGINS = {"env": N_("environment"), "file": N_("secret file"), "toml": N_("settings file"), "default": N_("default")}


@click.command(cls=Verb, help=N_("Show every setting, its value and where it comes from; secrets are masked."))
@pass_settings
def command(settings: Settings) -> None:
    """Show all settings."""
    found = rows(settings)
    show({"file": str(config.config_file()), "settings": found}, lambda: _for_people(found))


def rows(settings: Settings) -> list[dict[str, Any]]:
    """One entry per setting: name, variable, value (masked), origin."""
    origins = config.origins()
    effective = in_effect(settings)
    return [
        {
            "name": name,
            "variable": f"BOCAU_{name.upper()}",
            "value": effective[name] if name in effective else shown(getattr(settings, name)),
            "origin": origins.get(name, "default"),
        }
        for name in Settings.model_fields
    ]


def in_effect(settings: Settings) -> dict[str, Any]:
    """What empty settings come to."""
    found: dict[str, Any] = {
        "database_url": masked(settings.database),
        "base_url": settings.site,
        "journal_dir": str(settings.journals),
        "report_folder": str(settings.report_data),
    }
    if not settings.broker_url.get_secret_value():
        found["broker_url"] = say(N_("(embedded)"))
    if not settings.relay_url.get_secret_value():
        found["relay_url"] = say(N_("(stored relays; without any, the sandbox)"))
    if not settings.secret_key.get_secret_value():
        found["secret_key"] = say(N_("(secret.key in the data folder)"))
    return found


def shown(value: Any) -> Any:
    """A value as it may be shown: secrets masked, models as their fields."""
    if isinstance(value, SecretStr):
        return masked(value.get_secret_value())
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def masked(secret: str) -> str:
    """An address without its password and options; anything else not at all."""
    if not secret:
        return ""
    try:
        parts = urlsplit(secret)
        port, host = parts.port, parts.hostname
    except ValueError:
        return MASK
    if not parts.scheme or "://" not in secret:
        return MASK
    user = f"{parts.username}:{MASK}@" if parts.password else (f"{MASK}@" if parts.username else "")
    place = f"{host or ''}{f':{port}' if port else ''}{parts.path}"
    return f"{parts.scheme}://{user}{place}{f'?{MASK}' if parts.query else ''}"


def _for_people(found: list[dict[str, Any]]) -> None:
    origin = {name: say(text) for name, text in ORIGINS.items()}
    lines = [(line["variable"], _text(line["value"]), origin[line["origin"]]) for line in found]
    table((say(N_("Setting")), say(N_("Value")), say(N_("From"))), lines)
    click.echo(say(N_("Settings file: {path}"), path=config.config_file()))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value)
