import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
import structlog

from bocau.base.errors import BocauError
from bocau.base.words import N_, language
from bocau.doors.cli import NOUNS, call, command
from bocau.doors.cli.terminal import faults
from bocau.doors.cli.terminal.faults import guarded
from bocau.doors.cli.terminal.frame import Exit, Verb, confirm, facts, leave, option, show, table, tell, warn
from bocau.doors.cli.terminal.screen import part_of
from tests.doors.cli.conftest import Cli


class CowMissingError(BocauError):
    code = "cow-missing"
    sentence = "The cow {name} is missing."
    hint = "Look for {name} in the meadow."


@click.command(cls=Verb, help=N_("Nothing to do."))
@option("--how", default="well")
def barn(how: str) -> None:
    """Ends in every way a command can end."""
    if how == "well":
        show({"cow": "Bò"}, lambda: table(("Cow", ">Age"), [("Bò [bold]", 7)]))
    elif how == "lost":
        raise CowMissingError(name="Bò")
    elif how == "interrupted":
        raise KeyboardInterrupt
    elif how == "broken":
        raise RuntimeError("no barn")
    elif how == "full":
        raise OSError(errno.ENOSPC, "No space left on device", "file")
    elif how == "logging":
        structlog.get_logger().warning("ring_failed")
        show({}, lambda: None)
    elif how == "left":
        leave(Exit.failed)
    elif how == "telling":
        tell("to people")
        warn("to all")
    elif how == "asked":
        leave(Exit.ok if confirm("Sure?", yes=False) else Exit.idle)


def test_result_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, []) == 0
    out = capsys.readouterr().out
    assert "Cow" in out and "Bò [bold]" in out and "7" in out


def test_result_is_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--json"]) == 0
    assert capsys.readouterr().out == '{\n  "cow": "Bò"\n}\n'


def test_error_is_a_sentence_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--how", "lost"]) == Exit.error
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["Error: The cow Bò is missing. [cow-missing]", "  → Look for Bò in the meadow."]


def test_error_is_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--how", "lost", "--json"]) == Exit.error
    out, err = capsys.readouterr()
    assert (out, '"code":"cow-missing"' in err, err.count("\n")) == ("", True, 1)


def test_ctrl_c_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--how", "interrupted"]) == Exit.interrupted
    assert "Traceback" not in capsys.readouterr().err


def test_fault_of_our_own_is_told_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--how", "broken"]) == Exit.error
    err = capsys.readouterr().err
    assert "Traceback" in err and "RuntimeError: no barn [unforeseen]" in err


def test_full_disk_has_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, ["--how", "full"]) == Exit.error
    assert "[disk-full]" in capsys.readouterr().err


def test_what_rooms_log_never_mixes_with_the_result(cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    cli("config")  # any command sets up logging
    assert guarded(barn, ["--how", "logging", "--json"]) == 0
    out, err = capfd.readouterr()
    assert (out, "ring_failed" in err) == ("{}\n", True)


def test_command_chooses_its_exit_code() -> None:
    assert guarded(barn, ["--how", "left"]) == Exit.failed


def test_lines_for_people_are_silent_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(barn, ["--how", "telling", "--json"])
    out, err = capsys.readouterr()
    assert (out, err) == ("", "to all\n")


def test_facts_stand_below_each_other_whatever_their_signs_and_are_never_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    address = "https://x.test/" + "s" * 40
    facts([("Te\u0302n", "An"), ("Trạng thái", address), ("Trống", ""), ("Không", None), ("Số", 0)])
    assert capsys.readouterr().out.splitlines() == [
        "  Te\u0302n:         An",
        f"  Trạng thái:  {address}",
        "  Số:          0",
    ]


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert guarded(barn, ["--how", "asked"]) == Exit.idle


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--how"], ["surplus"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(barn, arguments) == Exit.usage
    assert "[usage]" in capsys.readouterr().err


def test_misspelt_noun_gets_a_suggestion(cli: Cli) -> None:
    called = cli("mesages")
    assert called.code == Exit.usage and "'messages'" in called.err


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_command(noun: str) -> None:
    context = click.Context(command)
    found = command.get_command(context, noun)  # type: ignore[attr-defined]
    assert isinstance(found, click.Command) and found.help


def test_every_verb_understands_json() -> None:
    context = click.Context(command)
    deaf = [
        verb.name
        for noun in NOUNS
        for verb in verbs(command.get_command(context, noun))  # type: ignore[attr-defined]
        if not any("--json" in parameter.opts for parameter in verb.params)
    ]
    assert deaf == []


def verbs(found: click.Command) -> list[click.Command]:
    """All verbs of a noun, those of nouns below it too."""
    if not isinstance(found, click.Group):
        return [found]
    return [verb for below in found.commands.values() for verb in verbs(below)]


def test_language_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    assert call(["--help"]) == 0
    assert "Lệnh:" in capsys.readouterr().out
    assert call(["db", "--nonsense"]) == Exit.usage
    assert "Không có tùy chọn '--nonsense'" in capsys.readouterr().err
    assert language.get() == "en"


def test_database_that_is_away_gets_a_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    called = cli("db", "status", "--json")
    assert called.code == Exit.error and called.error["code"] == "database-away"


def too_long(url: str, statement: str, **arguments: object) -> Exception:
    """What a database says that ends a statement by itself."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername=DRIVERS[sa.make_url(url).get_backend_name()]), **arguments
    )
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as raised:
        connection.exec_driver_sql(statement)
    engine.dispose()
    return raised.value


DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}


def test_statement_that_takes_too_long_is_no_database_that_is_away(
    postgresql_url: str, mariadb_url: str, sqlite_url: str
) -> None:
    many = ", ".join(f"information_schema.columns AS t{n}" for n in range(4))
    holder = sa.create_engine(sqlite_url, isolation_level="AUTOCOMMIT")
    with holder.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        errors = [
            too_long(postgresql_url, "SELECT pg_sleep(60)", connect_args={"options": "-c statement_timeout=50"}),
            too_long(mariadb_url, f"SET STATEMENT max_statement_time=0.05 FOR SELECT count(*) FROM {many}"),
            too_long(sqlite_url, "BEGIN IMMEDIATE", connect_args={"timeout": 0}, isolation_level="AUTOCOMMIT"),
        ]
        connection.exec_driver_sql("ROLLBACK")
    holder.dispose()
    assert [faults._known(error).code for error in errors] == ["database-slow"] * 3


def test_wrong_setting_is_named_and_its_value_is_not(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_WEB_PORT", "hunter2")
    called = cli("config", "--json")
    assert called.code == Exit.error and called.error["code"] == "settings-wrong"
    assert "BOCAU_WEB_PORT" in called.err and "hunter2" not in called.err


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("BOCAU_WEB_PORT", "70000", "settings-wrong"),
        ("BOCAU_LOG_LEVEL", "loud", "settings-wrong"),
        ("BOCAU_LEASE", "0", "settings-wrong"),
        ("BOCAU_LEASE", "5", "lease-short"),
        ("BOCAU_STREAMS", "{", "settings-unreadable"),
        ("BOCAU_SECRET_KEY_FILE", "/nonexistent", "settings-unreadable"),
        ("BOCAU_CONFIG", ".", "settings-unreadable"),
    ],
)
def test_no_setting_is_so_wrong_that_there_is_no_sentence(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    called = cli("config", "--json")
    assert (called.code, called.error["code"]) == (Exit.error, code)


def test_unreadable_settings_file_is_named(cli: Cli, home: Path) -> None:
    home.mkdir()
    (home / "bocau.toml").write_text("web_port = ")
    called = cli("config", "--json")
    assert called.error["code"] == "settings-unreadable" and "bocau.toml" in called.err


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from bocau.doors.cli import call
assert call(["--help"]) == 0
heavy = {"sqlalchemy", "celery", "flask", "pydantic", "rich", "alembic", "asyncio"} & set(sys.modules)
print(sorted(heavy), file=sys.stderr)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "LANG": "C"})
    assert (out.returncode, out.stderr) == (0, "[]\n")


def test_reader_that_goes_away_is_no_error() -> None:
    code = "from bocau.doors.cli import main; import sys; sys.argv = ['bocau', 'config']; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1)


def test_how_far_a_bar_is_is_written_as_each_language_does() -> None:
    assert (part_of(1200, 10_000), part_of(0, None)) == ("1,200/10,000", "0/?")
    before = language.set("vi")
    try:
        assert part_of(1200, 10_000) == "1.200/10.000"
    finally:
        language.reset(before)
