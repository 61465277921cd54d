"""Reads the settings for a command and turns what is wrong with them into a sentence."""

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from bocau.base import config
from bocau.base.errors import BocauError
from bocau.base.words import N_, say


class SettingsWrongError(BocauError):
    code = "settings-wrong"
    sentence = N_("{problems} Nothing was started.")
    hint = N_("Correct it; `bocau config` shows each setting, its value and where it comes from.")


class SettingsUnreadableError(BocauError):
    code = "settings-unreadable"
    sentence = N_("The settings in {path} cannot be read: {reason}. Nothing was started.")
    hint = N_("Correct it; BOCAU_CONFIG may name another settings file.")


PROBLEMS = {
    "int_parsing": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "float_parsing": N_("must be a number"),
    "bool_parsing": N_("must be true or false"),
    "literal_error": N_("must be one of {expected}"),
    "greater_than": N_("must be greater than {gt}"),
    "greater_than_equal": N_("must be at least {ge}"),
    "less_than_equal": N_("must be at most {le}"),
    "missing": N_("is missing"),
}


def read() -> config.Settings:
    """All settings. Raises SettingsWrongError, SettingsUnreadableError, LeaseShortError."""
    try:
        if os.environ.get("BOCAU_CONFIG"):  # named by hand, so it must be there; the usual one may be missing
            config.config_file().read_bytes()
        return config.load()
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise SettingsWrongError(problems=" ".join(_problem(item) for item in found)) from None
    except (SettingsError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsUnreadableError(path=_place(error), reason=_reason(error)) from None
    except OSError as error:
        raise SettingsUnreadableError(path=error.filename, reason=error.strerror) from None


def _problem(item: Mapping[str, Any]) -> str:
    """One wrong setting; its value is not told, it may be a secret."""
    name = "BOCAU_" + "__".join(str(part).upper() for part in item["loc"])
    known = PROBLEMS.get(item["type"])
    return f"{name}: {say(known, **item.get('ctx', {})) if known else item['msg']}."


def _place(error: ValueError) -> object:
    """The file; for a value that is not JSON where JSON is needed, the variable."""
    if isinstance(error, SettingsError):
        quoted = str(error).split('"')
        return f"BOCAU_{quoted[1].upper()}" if len(quoted) > 1 else "BOCAU_…"
    return config.config_file()


def _reason(error: ValueError) -> object:
    return say(N_("it must be written as JSON")) if isinstance(error, SettingsError) else error
