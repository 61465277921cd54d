"""What can be wrong with a file of recipients, and with what is to be sent. Nothing is sent when one of these is raised."""

from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_


class FileUnreadableError(BocauError):
    """``reason`` is the system's word."""

    code: ClassVar[str] = "file-unreadable"
    sentence: ClassVar[str] = N_("The file {path} cannot be read: {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("Check the name, and that you may read it.")


class FileEmptyError(BocauError):
    code: ClassVar[str] = "file-empty"
    sentence: ClassVar[str] = N_("The file {path} is empty. Nothing was sent.")
    hint: ClassVar[str] = N_("The first row names the columns; every further row is one recipient.")


class FileHasNobodyError(BocauError):
    code: ClassVar[str] = "nobody-to-mail"
    sentence: ClassVar[str] = N_(
        "The file {path} has no row with an address that can be used. Nothing was sent."
    )
    hint: ClassVar[str] = N_(
        "Addresses were looked for in the column {column}; choose another one with --email-column."
    )


class FileChangedError(BocauError):
    code: ClassVar[str] = "file-changed"
    sentence: ClassVar[str] = N_(
        "The file {path} was changed while it was read. No further rows were taken from it."
    )
    hint: ClassVar[str] = N_(
        "Let the file rest, look with `bocau submissions list` at what went out, and send again."
    )


class SpreadsheetWrongError(BocauError):
    """``reason``: what kind of file it is instead, or what is too large in it."""

    code: ClassVar[str] = "spreadsheet-wrong"
    sentence: ClassVar[str] = N_("The spreadsheet {path} cannot be read: {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("Save it as .xlsx without a password, or as CSV UTF-8.")


class SheetMissingError(BocauError):
    code: ClassVar[str] = "sheet-missing"
    sentence: ClassVar[str] = N_("The spreadsheet {path} has no sheet {sheet}. Nothing was sent.")
    hint: ClassVar[str] = N_("It has: {sheets}")


class EncodingUnknownError(BocauError):
    code: ClassVar[str] = "encoding-unknown"
    sentence: ClassVar[str] = N_("There is no text encoding {name}.")
    hint: ClassVar[str] = N_("For instance: utf-8, utf-16, windows-1258, windows-1252.")


class EncodingWrongError(BocauError):
    """A byte that the encoding does not know. ``at``: its place in the file, bytes from 0."""

    code: ClassVar[str] = "encoding-wrong"
    sentence: ClassVar[str] = N_(
        "The file {path} is not {encoding}: byte {at} cannot be read. Nothing was sent."
    )
    hint: ClassVar[str] = N_("Name its encoding with --encoding, or save it as CSV UTF-8.")


class DelimiterWrongError(BocauError):
    code: ClassVar[str] = "delimiter-wrong"
    sentence: ClassVar[str] = N_("“{delimiter}” cannot separate columns.")
    hint: ClassVar[str] = N_("Give one character, such as a comma or a semicolon; “tab” is a tabulator.")


class QuoteOpenError(BocauError):
    """A quoted cell that never ends would swallow all rows behind it."""

    code: ClassVar[str] = "quote-open"
    sentence: ClassVar[str] = N_(
        "In {path}, a quotation mark in row {row} is opened and never closed. Nothing was sent."
    )
    hint: ClassVar[str] = N_("Close it, or double it if it belongs to the text.")


class RowTooLargeError(BocauError):
    """A line or a cell beyond all measure; most often a quotation mark that is never closed."""

    code: ClassVar[str] = "row-too-large"
    sentence: ClassVar[str] = N_(
        "Row {row} of {path} is too large, or a quotation mark in it is never closed. Nothing was sent."
    )
    hint: ClassVar[str] = N_("A cell has at most 128 KB, a row 1 MB.")


class ColumnsTooManyError(BocauError):
    code: ClassVar[str] = "columns-too-many"
    sentence: ClassVar[str] = N_(
        "The file {path} has {count} columns; {most} are the most. Nothing was sent."
    )
    hint: ClassVar[str] = N_("Keep only the columns the mail needs.")


class EmailColumnMissingError(BocauError):
    code: ClassVar[str] = "email-column-missing"
    sentence: ClassVar[str] = N_("No column of {path} holds e-mail addresses. Nothing was sent.")
    hint: ClassVar[str] = N_("Name one with --email-column. There are: {columns}")


class EmailColumnUnclearError(BocauError):
    code: ClassVar[str] = "email-column-unclear"
    sentence: ClassVar[str] = N_(
        "Several columns of {path} hold e-mail addresses: {candidates}. Nothing was sent."
    )
    hint: ClassVar[str] = N_("Choose one with --email-column.")


class HeadingsMissingError(BocauError):
    code: ClassVar[str] = "headings-missing"
    sentence: ClassVar[str] = N_(
        "The first row of {path} is a recipient already; the columns have no names. Nothing was sent."
    )
    hint: ClassVar[str] = N_("Put a row above it that names the columns, such as: email,name")


class ColumnUnknownError(BocauError):
    """A column a person named is not there. ``option``: where it was named."""

    code: ClassVar[str] = "column-unknown"
    sentence: ClassVar[str] = N_("{option}: {path} has no column “{column}”. Nothing was sent.")
    hint: ClassVar[str] = N_("There are: {columns}")


class RowsRefusedError(BocauError):
    code: ClassVar[str] = "rows-refused"
    sentence: ClassVar[str] = N_("{count} rows of {path} have problems, so nothing was sent (--strict).")
    hint: ClassVar[str] = N_(
        "They are listed in {report}. Correct them, or leave out --strict to send the others."
    )


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
    sentence: ClassVar[str] = N_("Mail of the stream bulk needs a way to unsubscribe. Nothing was sent.")
    hint: ClassVar[str] = N_("Give it with --unsubscribe-url https://…")


class UnsubscribeWrongError(BocauError):
    code: ClassVar[str] = "unsubscribe-wrong"
    sentence: ClassVar[str] = N_("“{url}” is not a web address to unsubscribe at. Nothing was sent.")
    hint: ClassVar[str] = N_("It begins with https:// (RFC 8058).")


class SubjectWrongError(BocauError):
    code: ClassVar[str] = "subject-wrong"
    sentence: ClassVar[str] = N_("The subject {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("A subject is one line of at most 998 characters.")
