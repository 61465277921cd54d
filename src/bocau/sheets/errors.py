"""What can be wrong with a file of rows. When one of these is raised before the first row, nothing was taken from it."""

from collections.abc import Sequence
from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.cells import Question


class FileUnreadableError(BocauError):
    """``reason`` is the system's word."""

    code: ClassVar[str] = "file-unreadable"
    sentence: ClassVar[str] = N_("The file {path} cannot be read: {reason}. Nothing was taken from it.")
    hint: ClassVar[str] = N_("Check the name, and that you may read it.")


class FileEmptyError(BocauError):
    code: ClassVar[str] = "file-empty"
    sentence: ClassVar[str] = N_("The file {path} is empty. Nothing was taken from it.")
    hint: ClassVar[str] = N_("The first row names the columns; every further row is one person.")


class FileChangedError(BocauError):
    code: ClassVar[str] = "file-changed"
    sentence: ClassVar[str] = N_(
        "The file {path} was changed while it was being read. No further rows were taken from it."
    )
    hint: ClassVar[str] = N_(
        "Leave the file unchanged, check what was taken from it so far, and give the same file again."
    )


class SpreadsheetWrongError(BocauError):
    """``reason``: what kind of file it is instead, or what is too large in it."""

    code: ClassVar[str] = "spreadsheet-wrong"
    sentence: ClassVar[str] = N_("The spreadsheet {path} cannot be read: {reason}. Nothing was taken from it.")
    hint: ClassVar[str] = N_("Save it as .xlsx without a password, or as CSV UTF-8.")


class SheetMissingError(BocauError):
    code: ClassVar[str] = "sheet-missing"
    sentence: ClassVar[str] = N_("The spreadsheet {path} has no sheet {sheet}. Nothing was taken from it.")
    hint: ClassVar[str] = N_("It has: {sheets}")


class EncodingUnknownError(BocauError):
    code: ClassVar[str] = "encoding-unknown"
    sentence: ClassVar[str] = N_("There is no text encoding {name}.")
    hint: ClassVar[str] = N_("For instance: utf-8, utf-16, windows-1258, windows-1252.")


class EncodingWrongError(BocauError):
    """A byte that the encoding does not know. ``at``: its place in the file, bytes from 0."""

    code: ClassVar[str] = "encoding-wrong"
    sentence: ClassVar[str] = N_(
        "The file {path} is not {encoding}: byte {at} cannot be read. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("Name its encoding with --encoding, or save it as CSV UTF-8.")


class DelimiterWrongError(BocauError):
    code: ClassVar[str] = "delimiter-wrong"
    sentence: ClassVar[str] = N_("“{delimiter}” cannot separate columns.")
    hint: ClassVar[str] = N_("Give one character, such as a comma or a semicolon; “tab” stands for a tab.")


class QuoteOpenError(BocauError):
    """A quoted cell that never ends would swallow all rows behind it."""

    code: ClassVar[str] = "quote-open"
    sentence: ClassVar[str] = N_(
        "In {path}, a quotation mark in row {row} is opened and never closed. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("Close it, or double it if it belongs to the text.")


class RowTooLargeError(BocauError):
    """A line or a cell beyond all measure; most often a quotation mark that is never closed."""

    code: ClassVar[str] = "row-too-large"
    sentence: ClassVar[str] = N_(
        "Row {row} of {path} is too large, or a quotation mark in it is never closed. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("A cell may have at most 128 KB, a row 1 MB.")


class ColumnsTooManyError(BocauError):
    code: ClassVar[str] = "columns-too-many"
    sentence: ClassVar[str] = N_(
        "The file {path} has {count} columns; at most {most} are allowed. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("Keep only the columns that are needed.")


class EmailColumnMissingError(BocauError):
    code: ClassVar[str] = "email-column-missing"
    sentence: ClassVar[str] = N_("No column of {path} holds email addresses. Nothing was taken from it.")
    hint: ClassVar[str] = N_("Name one with --email-column. There are: {columns}")


class EmailColumnUnclearError(BocauError):
    code: ClassVar[str] = "email-column-unclear"
    sentence: ClassVar[str] = N_(
        "Several columns of {path} hold email addresses: {candidates}. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("Choose one with --email-column.")


class HeadingsMissingError(BocauError):
    code: ClassVar[str] = "headings-missing"
    sentence: ClassVar[str] = N_(
        "The first row of {path} is already a person; the columns have no names. Nothing was taken from it."
    )
    hint: ClassVar[str] = N_("Add --no-headings, or a row above it that names the columns, such as: email,name")


class ColumnUnknownError(BocauError):
    """A column a person named is not there. ``option``: where it was named."""

    code: ClassVar[str] = "column-unknown"
    sentence: ClassVar[str] = N_("{option}: {path} has no column “{column}”. Nothing was taken from it.")
    hint: ClassVar[str] = N_("There are: {columns}")


class ArchiveWrongError(BocauError):
    """A ZIP file that gives no tables. ``reason``: a phrase."""

    code: ClassVar[str] = "archive-wrong"
    sentence: ClassVar[str] = N_("The ZIP file {path} cannot be read: {reason}. Nothing was taken from it.")
    hint: ClassVar[str] = N_("Unpack it, and give its files one by one.")


class ColumnsUnclearError(BocauError):
    """Columns whose cells can be read in several ways. ``questions``: as ``cells.Question.as_dict`` tells them."""

    code: ClassVar[str] = "columns-unclear"
    sentence: ClassVar[str] = N_("It is not clear how {columns} of {path} are meant. Nothing was taken from it.")
    hint: ClassVar[str] = N_("Say it with --type, for example: {example}")

    def __init__(self, questions: Sequence[Question], path: str) -> None:
        super().__init__(
            columns=", ".join(one.heading for one in questions)[:300],
            path=path,
            example=f'--type "{questions[0].heading}={questions[0].answers[0].word}"',
        )
        self.questions = [one.as_dict() for one in questions]
