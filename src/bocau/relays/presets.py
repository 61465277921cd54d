"""Known services as data: ``presets.toml`` beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bocau.base.errors import BocauError
from bocau.base.words import N_, language


class PresetUnknownError(BocauError):
    code = "preset-unknown"
    sentence = N_("There is no preset “{name}”. Nothing was changed.")
    hint = N_("Known presets: {known}.")


@dataclass(frozen=True)
class Preset:
    """One service. ``rate`` in mails a second, ``max_size`` in bytes on the wire, ``per_day`` recipients (told, not
    enforced); None: no such limit is known. ``username`` shows what its user names look like."""

    name: str
    title: str
    host: str
    port: int
    tls: str
    username: str
    connections: int
    mails_per_connection: int
    source: str
    rate: float | None = None
    max_size: int | None = None
    per_day: int | None = None
    spf: str = ""
    region: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def address(self, region: str = "") -> str:
        """The host; ``region`` matters where the service has one host for each."""
        return self.host.format(region=region or self.region)

    @property
    def note(self) -> str:
        """What a person must know, in the current language."""
        return self.notes.get(language.get()) or self.notes["en"]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        same = ("name", "title", "host", "port", "tls", "connections", "rate", "per_day", "max_size")
        more = ("mails_per_connection", "spf", "note", "source")
        return {key: getattr(self, key) for key in (*same, *more)} | {"user": self.username}


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by name."""
    text = files("bocau.relays").joinpath("presets.toml").read_text(encoding="utf-8")
    return {name: Preset(name=name, **values) for name, values in tomllib.loads(text).items()}


def preset(name: str) -> Preset:
    """Raises PresetUnknownError."""
    service = presets().get(name.lower())
    if service is None:
        raise PresetUnknownError(name=name[:40], known=", ".join(presets()))
    return service


def spf_for(host: str) -> str:
    """What the SPF record of a domain that sends through ``host`` includes; empty when not known."""
    for one in presets().values():
        head, _, tail = one.host.partition("{region}")
        if host == one.host or (tail and host.startswith(head) and host.endswith(tail)):
            return one.spf
    return ""
