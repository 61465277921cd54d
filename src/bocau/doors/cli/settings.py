"""Reads the settings for a command and turns what is wrong with them into a sentence."""

import tomllib

from pydantic import ValidationError

from bocau.base import config
from bocau.base.errors import BocauError
from bocau.base.words import N_


class SettingsWrongError(BocauError):
    code = "settings-wrong"
    sentence = N_("{problems} Nothing was started.")
    hint = N_("Correct it; `bocau config` shows each setting, its value and where it comes from.")


class SettingsUnreadableError(BocauError):
    code = "settings-unreadable"
    sentence = N_("The settings file {path} cannot be read: {reason}. Nothing was started.")
    hint = N_("Correct the file, or name another one in BOCAU_CONFIG.")


def read() -> config.Settings:
    """All settings. Raises SettingsWrongError, SettingsUnreadableError."""
    try:
        return config.load()
    except ValidationError as error:
        raise SettingsWrongError(problems=" ".join(_problem(item) for item in error.errors())) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsUnreadableError(path=config.config_file(), reason=error) from None
    except OSError as error:
        raise SettingsUnreadableError(path=error.filename, reason=error.strerror) from None


def _problem(item: object) -> str:
    """One wrong setting; its value is not told, it may be a secret."""
    assert isinstance(item, dict)
    name = "BOCAU_" + "__".join(str(part).upper() for part in item["loc"])
    return f"{name}: {item['msg']}."
