"""What can be wrong with a schedule or a report."""

from enum import StrEnum
from typing import ClassVar, Self

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase


class ZoneUnknownError(BocauError):
    code: ClassVar[str] = "zone-unknown"
    sentence: ClassVar[str] = N_("There is no time zone “{zone}”. Nothing was changed.")
    hint: ClassVar[str] = N_("Names are like Asia/Ho_Chi_Minh, Europe/Berlin or UTC.")


class WhenWrongError(BocauError):
    """``text``: what was given, ``reason``: what is wrong with it, ``example``: one that is right."""

    code: ClassVar[str] = "when-wrong"
    sentence: ClassVar[str] = N_("“{text}” cannot be used as a time: {reason}. Nothing was changed.")
    hint: ClassVar[str] = N_("For example: {example}")


class ScheduleUnknownError(BocauError):
    code: ClassVar[str] = "schedule-unknown"
    sentence: ClassVar[str] = N_("There is no schedule {id}. Nothing was changed.")
    hint: ClassVar[str] = N_("See all of them: bocau schedules list")


class ScheduleNameTakenError(BocauError):
    code: ClassVar[str] = "schedule-name-taken"
    sentence: ClassVar[str] = N_("There is a schedule “{name}” already. Nothing was changed.")
    hint: ClassVar[str] = N_("Choose another name, or remove the other schedule first.")


class ScheduleWrongError(BocauError):
    code: ClassVar[str] = "schedule-wrong"
    sentence: ClassVar[str] = N_("The schedule cannot be made: {reason}. Nothing was changed.")
    hint: ClassVar[str] = N_("Correct it and try again.")


class Unfit(StrEnum):
    """Why a change does not go with a schedule: it sends no report, it sends one, or its query and where it is asked."""

    no_report = "no-report"
    report = "report"
    query = "query"


UNFIT = {
    Unfit.no_report: N_("it sends no report"),
    Unfit.report: N_("it sends a report and launches no campaign"),
    Unfit.query: N_("a database needs a query, and nothing else has one"),
}


class ScheduleUnfitError(BocauError):
    """``unfit``: why, to those who say it in words of their own."""

    code: ClassVar[str] = "schedule-unfit"
    sentence: ClassVar[str] = N_("The schedule cannot be changed so: {reason}. Nothing was changed.")
    hint: ClassVar[str] = N_("Make another schedule for it.")
    unfit: Unfit

    @classmethod
    def of(cls, unfit: Unfit) -> Self:
        error = cls(reason=Phrase(UNFIT[unfit]))
        error.unfit = unfit
        return error


class ScheduleEndedError(BocauError):
    code: ClassVar[str] = "schedule-ended"
    sentence: ClassVar[str] = N_("“{text}” has no time that is still to come. Nothing was changed.")
    hint: ClassVar[str] = N_("Give a time in the future.")


class DataUnreadableError(BocauError):
    """``source``: file, address or database of a report."""

    code: ClassVar[str] = "report-data-unreadable"
    sentence: ClassVar[str] = N_("The report's data cannot be read from {source}: {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("Check the source, then try: bocau schedules report")


class ReportSourceWrongError(BocauError):
    """``source``: file, address or database; ``folder``: where files are looked for."""

    code: ClassVar[str] = "report-source-wrong"
    sentence: ClassVar[str] = N_("No report can be made from {source}: {reason}. The schedule was not made or changed.")
    hint: ClassVar[str] = N_(
        "A file is CSV or JSON and lies in {folder} (setting report_folder); an address is written as "
        "https://example.com/sales.csv"
    )


class QueryRefusedError(BocauError):
    code: ClassVar[str] = "report-query-refused"
    sentence: ClassVar[str] = N_("The database {database} refused the query: {reason}. Nothing was changed or sent.")
    hint: ClassVar[str] = N_("A report may only read, with one statement that ends in time.")


class DatabaseUnknownError(BocauError):
    code: ClassVar[str] = "report-database-unknown"
    sentence: ClassVar[str] = N_("No report database is named “{database}”. Nothing was sent.")
    hint: ClassVar[str] = N_("Name it in the setting report_databases.")


class ReportWrongError(BocauError):
    code: ClassVar[str] = "report-wrong"
    sentence: ClassVar[str] = N_("The report cannot be made: {reason}. Nothing was sent.")
    hint: ClassVar[str] = N_("Look at it first: bocau schedules report ID --to-folder FOLDER")
