"""The one file that reads settings: defaults, then a TOML file, then ``BOCAU_*`` from the environment.

``BOCAU_<NAME>_FILE`` names a file that holds the value, for secrets. The TOML file is ``$BOCAU_CONFIG`` or
``$BOCAU_HOME/bocau.toml``.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bocau.base import clock
from bocau.base.errors import BocauError
from bocau.base.places import language_named, zone_named
from bocau.base.words import N_

MINUTE, HOUR = 60.0, 3600.0
NOT_SETTINGS = ("BOCAU_CONFIG", "BOCAU_LOG_PART", "BOCAU_RELAY_PASSWORD", "BOCAU_SOAK", "BOCAU_YARDSTICK")
"""Names in the environment that say something else."""


def default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(os.environ.get("BOCAU_HOME") or Path(data) / "bocau").expanduser().absolute()


class Stream(BaseModel):
    """How one kind of mail is retried and what is done about doubt. All times in seconds."""

    ladder: list[float]
    time_to_live: float
    doubt_hold: float
    doubt_policy: Literal["resend", "hold"] = "resend"
    jitter: float = 0.2


STREAMS = {
    "transactional": Stream(
        ladder=[MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR],
        time_to_live=24 * HOUR,
        doubt_hold=2 * MINUTE,
    ),
    "bulk": Stream(
        ladder=[5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR], time_to_live=72 * HOUR, doubt_hold=HOUR
    ),
}


class Timeouts(BaseModel):
    """SMTP client timeouts in seconds (RFC 5321 section 4.5.3.2)."""

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    dot: float = 600.0


class LeaseShortError(BocauError):
    code = "lease-short"
    sentence = N_("BOCAU_LEASE ({lease} s) must be longer than BOCAU_LEASE_MARGIN ({margin} s). Nothing was started.")
    hint = N_("A worker sends nothing in the margin before its lease ends; leave both unset to use the tested values.")


class ZoneSettingWrongError(BocauError):
    code = "zone-setting-wrong"
    sentence = N_("BOCAU_ZONE: there is no time zone “{zone}”. Nothing was started.")
    hint = N_("Write a name such as Asia/Ho_Chi_Minh.")


class Settings(BaseSettings):
    """Every setting there is. Times in seconds, sizes in bytes."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="BOCAU_", env_nested_delimiter="__", extra="ignore"
    )

    home: Path = Field(default_factory=default_home, description="Data folder.")
    database_url: SecretStr = Field(
        default=SecretStr(""), description="SQL database; empty means SQLite in the data folder."
    )
    broker_url: SecretStr = Field(
        default=SecretStr(""), description="Celery broker; empty means the embedded one started by `bocau up`."
    )
    result_backend: SecretStr = Field(default=SecretStr(""), description="Celery result backend; empty means none.")
    base_url: str = Field(default="", description="Public address of the web site; empty means the local one.")
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Root of all encryption and tokens; made in the data folder on first start."
    )
    relay_url: SecretStr = Field(
        default=SecretStr(""), description="smtp://user:pass@host:587 or smtps://…:465; overrides stored relays."
    )
    zone: str = Field(
        default="Asia/Ho_Chi_Minh",
        description="Time zone: of days in segments, of times shown and given, of people whose own nobody knows.",
    )
    language: Literal["", "vi", "en"] = Field(default="", description="Language of commands; empty: from the locale.")

    signup_sender: str = Field(
        default="", description="From of the mails that ask who signs up for a list: Name <news@company.vn>."
    )

    notices_to: list[str] = Field(
        default=[],
        description="Who is told by mail when something due cannot be sent; empty: whose mail it is (Reply-To, else From).",
    )

    web_host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    web_port: int = Field(default=8025, description="Port the web server listens on.", ge=0, le=65535)
    web_allow_remote: bool = Field(
        default=False, description="Serve pages to other machines. There is no sign-in yet: guard the way in yourself."
    )
    sandbox_host: str = Field(default="127.0.0.1", description="Address the sandbox mailbox listens on.")
    sandbox_port: int = Field(default=1025, description="SMTP port of the sandbox mailbox.", ge=0, le=65535)
    sandbox_keep_mails: int = Field(default=20_000, description="The sandbox keeps at most so many mails.", ge=1)
    sandbox_keep_bytes: int = Field(
        default=1_000_000_000, description="The sandbox keeps at most so many bytes.", ge=1_000_000
    )

    worker_children: int = Field(default=2, description="Processes of one worker.", ge=1, le=512)
    batch_size: int = Field(default=1000, description="Messages in one batch.", ge=1, le=10_000)
    window_max: int = Field(
        default=1024, description="Most mails of one process permitted and unsettled.", ge=1, le=1024
    )
    lease: float = Field(default=60.0, description="A claimed batch belongs to its worker for so long.", gt=0)
    lease_margin: float = Field(
        default=10.0, description="A worker starts no mail so long before its lease ends.", ge=0
    )
    revoke_grace: float = Field(default=5.0, description="A lease over for so long is taken back by the sweep.", ge=0)
    settle_interval: float = Field(default=0.05, description="Results wait at most so long to be settled.", gt=0)
    drain_time: float = Field(default=20.0, description="One ring claims new batches for so long.", gt=0)
    batch_budget: float = Field(default=60.0, description="A batch slower than this is given back.", gt=0)
    stop_grace: float = Field(default=30.0, description="On SIGTERM replies are awaited so long.", ge=0)
    sweep_interval: float = Field(default=1.0, description="How often the sweep looks for due and orphaned work.", gt=0)
    adopt_interval: float = Field(default=3.0, description="How often dead processes' journals are looked for.", gt=0)
    journal_dir: Path | None = Field(default=None, description="Journals; default `journal` in the data folder.")
    journal_keep: float = Field(default=72 * HOUR, description="A finished journal is kept for so long.", ge=0)
    journal_rotate: int = Field(default=64 << 20, description="A journal is rotated at this size.")
    doubt_cap_silence: int = Field(default=1, description="Re-sends after a relay's silence, then `unknown`.", ge=0)
    doubt_cap_crash: int = Field(default=3, description="Re-sends after crashes of our own, then `unknown`.", ge=0)
    database_timeout: float = Field(default=5.0, description="Statement and network timeout of the engine.", gt=0)
    streams: dict[str, Stream] = Field(default=STREAMS, description="Retry ladders, time to live, doubt policy.")
    smtp_timeouts: Timeouts = Field(default=Timeouts(), description="SMTP client timeouts.")
    smtp_reuse_seconds: float = Field(default=300.0, description="A connection is reused for at most so long.")
    circuit_first: float = Field(default=30.0, description="A failing relay is left alone so long at first.")
    circuit_most: float = Field(default=900.0, description="A failing relay is left alone at most so long.")
    circuit_limit: float = Field(default=900.0, description="At least so long after its sending limit is reached.")
    proxy_open_delay: float = Field(
        default=10.0,
        description="A picture that a mail provider's proxy fetches later than this after sending counts as opened.",
        ge=0,
    )
    mail_max_bytes: int = Field(
        default=10 << 20, description="Largest mail on the wire; 25 MB is the most.", ge=10_000, le=25 << 20
    )
    report_databases: dict[str, SecretStr] = Field(
        default={}, description="Databases that reports may read with SQL: name = address."
    )
    report_folder: Path | None = Field(
        default=None, description="Reports read data files only here; default `report-data` in the data folder."
    )
    report_files_anywhere: bool = Field(default=False, description="Reports may read every file this user may read.")
    report_timeout: float = Field(default=60.0, description="A report's data must be there within so long.", gt=0)
    fetch_networks: list[str] = Field(
        default=[], description="Networks inside that may be fetched from, such as 10.1.0.0/16."
    )
    fetch_max_bytes: int = Field(default=20 << 20, description="Most bytes fetched from one address.", ge=1000)
    template_fuel: int = Field(default=200_000, description="Steps a template may take for one mail.", ge=1_000)

    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_format: Literal["auto", "console", "json"] = Field(default="auto", description="auto: console on a terminal.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return (init_settings, env_settings, FileSource(settings_cls), toml)

    @model_validator(mode="after")
    def _lease_outlasts_its_margin(self) -> Self:
        if self.lease <= self.lease_margin:
            raise LeaseShortError(lease=self.lease, margin=self.lease_margin)
        return self

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        named = zone_named(zone)
        if named is None:
            raise ZoneSettingWrongError(zone=zone[:64])
        return named

    @field_validator("language", mode="before")
    @classmethod
    def _language_is_known(cls, language: object) -> object:
        named = language_named(language) if isinstance(language, str) else None
        return named[:2] if named else language

    # -- what empty settings come to
    @property
    def database(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'bocau.db'}"

    @property
    def journals(self) -> Path:
        return self.journal_dir or self.home / "journal"

    @property
    def report_data(self) -> Path:
        return self.report_folder or self.home / "report-data"

    @property
    def site(self) -> str:
        return (self.base_url or f"http://{self.web_host}:{self.web_port}").rstrip("/")


class FileSource(PydanticBaseSettingsSource):
    """``BOCAU_<NAME>_FILE`` → the named file's text without its last line break."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"BOCAU_{field_name.upper()}_FILE")
        return (Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None, field_name, False)

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def config_file() -> Path:
    return Path(os.environ.get("BOCAU_CONFIG") or default_home() / "bocau.toml")


def load() -> Settings:
    """Read all settings. Raises pydantic.ValidationError; the door turns it into a sentence."""
    settings = Settings()
    clock.set_zone(settings.zone)
    return settings


def origins() -> dict[str, str]:
    """Setting → where its value comes from: env, file, toml; those left out have their default."""
    env: dict[str, Any] = EnvSettingsSource(Settings)()
    toml: dict[str, Any] = TomlConfigSettingsSource(Settings, toml_file=config_file())()
    found = {
        **dict.fromkeys(toml, "toml"),
        **dict.fromkeys(FileSource(Settings)(), "file"),
        **dict.fromkeys(env, "env"),
    }
    return {name: origin for name, origin in found.items() if name in Settings.model_fields}


def unknown(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Names that look like settings and are none: slips of the keyboard in the environment and in the TOML file."""
    known = {name.upper() for name in Settings.model_fields}
    named = [name for name in sorted(environ) if name.upper().startswith("BOCAU_") and name not in NOT_SETTINGS]
    wrong = [name for name in named if name[6:].upper().split("__")[0].removesuffix("_FILE") not in known]
    toml: dict[str, Any] = TomlConfigSettingsSource(Settings, toml_file=config_file())()
    return wrong + [f"{config_file()}: {name}" for name in toml if name not in Settings.model_fields]
