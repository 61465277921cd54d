"""How contacts are told: to people and to programs."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bocau.base.words import N_, figure, say
from bocau.doors.cli.frame import table, tell
from bocau.doors.cli.telling import exact, harmless, message_state, moment

FIELDS = ("id", "address", "name", "status", "language", "zone")
TIMES = ("created_at", "updated_at")


def row(one: Mapping[str, Any]) -> dict[str, Any]:
    """A contact for programs, without what hangs on it."""
    return {name: one[name] for name in FIELDS} | {name: exact(one[name]) for name in TIMES}


def whole(one: Mapping[str, Any], mails: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A contact with everything."""
    history = [
        {**{key: line[key] for key in ("what", "how", "source", "text", "list_name")}, "at": exact(line["at"])}
        for line in one["history"]
    ]  # fmt: skip
    parts = {name: one[name] for name in ("attributes", "tags", "lists", "suppressions")}
    told = [{"id": mail["id"], "submission": mail["submission"], "state": mail["state"]} for mail in mails]
    return row(one) | parts | {"history": history, "mails": told}


def page(rows: Sequence[Mapping[str, Any]]) -> None:
    """A page for people."""
    if not rows:
        tell(say(N_("No contacts here. Take a file in: bocau contacts import FILE")))
        return
    columns = (">" + say(N_("No.")), say(N_("Address")), say(N_("Name")), say(N_("Status")))
    table(
        columns,
        [(one["id"], harmless(one["address"]), harmless(one["name"]), one["status"]) for one in rows],
    )


def one(found: Mapping[str, Any], mails: Sequence[Mapping[str, Any]]) -> None:
    """A person for people."""
    told = row(found) | found["attributes"]
    table(
        (say(N_("What")), ""),
        [(name, harmless(cell(value))) for name, value in told.items() if value not in ("", None)],
    )
    if found["tags"]:
        tell(say(N_("Tags: {names}"), names=harmless(", ".join(found["tags"]))))
    if found["lists"]:
        lines = [(harmless(one["name"]), one["state"], moment(one["at"])) for one in found["lists"]]
        table((say(N_("List")), say(N_("Status")), say(N_("Since"))), lines)
    if found["suppressions"]:
        stops = [(harmless(one["value"]), one["scope"], one["reason"]) for one in found["suppressions"]]
        table((say(N_("Gets no mail")), say(N_("Scope")), say(N_("Reason"))), stops)
    steps = [
        (moment(line["at"]), line["what"], line["how"], harmless(line["list_name"] or ""), harmless(line["source"]))
        for line in found["history"]
    ]  # fmt: skip
    table((say(N_("When")), say(N_("What")), say(N_("How")), say(N_("List")), say(N_("Source"))), steps)
    if mails:
        rows = [(mail["id"], mail["submission"], message_state(mail["state"])) for mail in mails]
        table((">" + say(N_("Mail")), ">" + say(N_("Submission")), say(N_("State"))), rows)


def tags(found: Sequence[Mapping[str, Any]]) -> None:
    """All tags for people."""
    if not found:
        tell(say(N_("No tags yet.")))
        return
    table(
        (say(N_("Tag")), ">" + say(N_("Contacts"))),
        [(harmless(one["name"]), figure(one["contacts"])) for one in found],
    )


def erased(data: Mapping[str, Any]) -> None:
    """The proof for people."""
    tell(say(N_("Erased. The proof has number {id}; it names nobody."), id=data["id"]))
    table((say(N_("What")), ">" + say(N_("Rows"))), list(data["counts"].items()))


def proofs(rows: Sequence[Mapping[str, Any]]) -> None:
    """All proofs for people."""
    if not rows:
        tell(say(N_("Nobody was erased.")))
        return
    columns = (">" + say(N_("No.")), say(N_("When")), say(N_("Asked by")), say(N_("Proof")))
    table(columns, [(one["id"], one["at"], harmless(one["asked_by"]), one["digest"]) for one in rows])


def cell(value: Any) -> Any:
    """An attribute's value as one cell."""
    return ", ".join(value) if isinstance(value, list) else value


def as_bytes(data: Mapping[str, Any]) -> bytes:
    """JSON to be kept or handed over."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(data, option=options, default=str)
