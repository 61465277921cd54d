"""What can be wrong with an import as a whole."""

from bocau.base.errors import BocauError
from bocau.base.words import N_


class ImportUnknownError(BocauError):
    code = "import-unknown"
    sentence = N_("There is no import {id}.")
    hint = N_("See all of them: bocau contacts imports list")


class ImportOverError(BocauError):
    code = "import-over"
    sentence = N_("The import {id} is {state}. Nothing was changed.")
    hint = N_("See what it did: bocau contacts imports show {id}")


class ImportBusyError(BocauError):
    code = "import-busy"
    sentence = N_("The import {id} is still running. Nothing was undone.")
    hint = N_("Stop it first: bocau contacts imports stop {id}")


class ImportUndoneError(BocauError):
    """The run was stopped or undone by somebody else while its file was read."""

    code = "import-stopped"
    sentence = N_("The import {id} was stopped by somebody else at row {row}.")
    hint = N_("Resume it with: bocau contacts imports resume {id} --file FILE")


class ImportFileDiffersError(BocauError):
    code = "import-file-differs"
    sentence = N_("The file {path} is not the one the import {id} began with. Nothing was changed.")
    hint = N_("Give the same file, or start a new import with this one.")


class ImportStaleError(BocauError):
    code = "import-stale"
    sentence = N_("The attribute “{name}” was removed while the import {id} was running. The import stopped.")
    hint = N_("Import the file again; existing contacts are not duplicated.")


class ImportConsentMissingError(BocauError):
    code = "import-consent-missing"
    sentence = N_(
        "The list “{name}” asks people by mail first; an import puts them on it without asking. Nothing was imported."
    )
    hint = N_("Say where they agreed (--source) or to which words (--consent), or import them without the list.")


class ImportTypeWrongError(BocauError):
    """``kind``: the attribute's, in words."""

    code = "import-type-wrong"
    sentence = N_(
        "--type: “{column}” becomes the attribute “{attribute}” ({kind}), so it cannot be {word}. Nothing was imported."
    )
    hint = N_('Leave --type away, or make another attribute of the column: --map "{column}=new_name"')


class ImportMapWrongError(BocauError):
    """``reason``: a phrase."""

    code = "import-map-wrong"
    sentence = N_("--map: {column} cannot become {target}: {reason}. Nothing was imported.")
    hint = N_('Write --map "Column=attribute", or email, name, language or zone after the equals sign.')
