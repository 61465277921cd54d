"""What can be wrong with a list of recipients, and with what is to be sent. Nothing is sent when one of these is raised."""

from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_


class FileHasNobodyError(BocauError):
    code: ClassVar[str] = "nobody-to-mail"
    sentence: ClassVar[str] = N_("The file {path} has no row with a usable address. Nothing was sent.")
    hint: ClassVar[str] = N_(
        "Addresses were looked for in the column {column}; choose another one with --email-column."
    )


class RowsRefusedError(BocauError):
    code: ClassVar[str] = "rows-refused"
    sentence: ClassVar[str] = N_("{count} rows of {path} have problems, so nothing was sent (--strict).")
    hint: ClassVar[str] = N_("They are listed in {report}. Correct them, or leave out --strict to send the others.")


class FieldsMissingError(BocauError):
    """The mail uses what the recipients' data does not have."""

    code: ClassVar[str] = "fields-missing"
    sentence: ClassVar[str] = N_("The mail uses fields that nobody has: {fields}. Nothing was sent.")
    hint: ClassVar[str] = N_("There are: {columns}. With --allow-missing unknown fields are left empty.")


class DataWrongError(BocauError):
    """Merge data that cannot be stored. ``field``: its key."""

    code: ClassVar[str] = "data-wrong"
    sentence: ClassVar[str] = N_("The field {field} cannot be used: {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("Fields have names of letters and digits, and text or numbers as values.")


class StreamUnknownError(BocauError):
    code: ClassVar[str] = "stream-unknown"
    sentence: ClassVar[str] = N_("There is no stream {stream}. Nothing was sent.")
    hint: ClassVar[str] = N_("There are: {streams}")


class UnsubscribeMissingError(BocauError):
    code: ClassVar[str] = "unsubscribe-missing"
    sentence: ClassVar[str] = N_("Mail in the stream bulk needs a way to unsubscribe. Nothing was sent.")
    hint: ClassVar[str] = N_("Give it with --unsubscribe-url https://…")


class UnsubscribeWrongError(BocauError):
    code: ClassVar[str] = "unsubscribe-wrong"
    sentence: ClassVar[str] = N_("“{url}” is not a web address for unsubscribing. Nothing was sent.")
    hint: ClassVar[str] = N_("It begins with https:// (RFC 8058).")


class SubjectWrongError(BocauError):
    code: ClassVar[str] = "subject-wrong"
    sentence: ClassVar[str] = N_("The subject {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("A subject is one line of at most 998 characters.")
