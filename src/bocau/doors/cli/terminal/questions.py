"""What only a person can decide, asked at a terminal."""

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import as_json, warn
from bocau.doors.cli.terminal.telling import harmless

T = TypeVar("T")


def asking(attempt: Callable[[dict[str, str]], T]) -> T:
    """What ``attempt`` comes to. When it ends in questions it is tried again with their answers, by what each is about
    (``column``); without anybody to answer, and with ``--json``, the questions themselves end the command.

    Raises what ``attempt`` raises."""
    answers: dict[str, str] = {}
    while True:
        try:
            return attempt(answers)
        except BocauError as error:
            if not error.questions or as_json() or not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            fresh = {one["column"]: _ask(one["question"], one["answers"]) for one in error.questions}
            if fresh.items() <= answers.items():
                raise
            answers |= fresh


def _ask(question: str, answers: list[dict[str, str]]) -> str:
    warn(harmless(question))
    for number, one in enumerate(answers, 1):
        told = say(N_("{number}: {meaning}, which is {value}"), value=harmless(one["value"] or "?"), **_of(one, number))
        click.echo(f"  {told}", err=True)
    chosen = click.prompt(say(N_("Which one?")), type=click.IntRange(1, len(answers)), err=True)
    return answers[chosen - 1]["answer"]


def _of(answer: dict[str, str], number: int) -> dict[str, object]:
    return {"number": number, "meaning": answer["meaning"]}
