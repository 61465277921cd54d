"""`bocau contacts attributes`: what is known about contacts besides name and address."""

from collections.abc import Sequence
from typing import Any

import click

from bocau.audience import Kind, attributes
from bocau.audience.requests import AttributeChange, AttributeCreation
from bocau.audience.shown.attributes import AttributeView, attribute_view
from bocau.audience.states import KIND_WORDS, word
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.following import followers
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import removing, renaming
from bocau.wiring import Parts


class AttributeUnconfirmedError(BocauError):
    code = "attribute-removal-unconfirmed"
    sentence = N_("The attribute “{name}” was not removed: nobody confirmed it.")
    hint = N_("Add --yes. The contacts' values for it will be lost.")


@click.group(cls=Noun, help=N_("What is known about contacts besides name and address."))
def attributes_group() -> None:
    """A noun below `contacts`."""


@attributes_group.command("list", help=N_("List all attributes."))
@pass_parts
def list_attributes(parts: Parts) -> None:
    """By name."""
    with reading(parts.db) as connection:
        found = [attribute_view(one) for one in attributes.every(connection)]
    show({"attributes": [one.as_dict() for one in found]}, lambda: _table(found))


@attributes_group.command("define", help=N_("Create an attribute."))
@argument("name")
@argument("kind", type=click.Choice([str(one) for one in Kind]))
@option("--label", default="", help=N_("The name people see."))
@option("--choice", "choices", multiple=True, help=N_("One of the values of a choice. Repeatable."))
@pass_parts
def define(parts: Parts, /, *, kind: str, **given: Any) -> None:
    """The same again is no harm."""
    creation = AttributeCreation(kind=Kind(kind), **given)
    with transaction(parts.db) as connection:
        made = attribute_view(attributes.define(connection, creation, now_ms()))
    show(made.as_dict(), lambda: tell(say(N_("The attribute “{name}” is ready."), name=harmless(made.name))))


@attributes_group.command("rename", help=N_("Give an attribute another name."))
@argument("name")
@argument("new")
@pass_parts
def rename(parts: Parts, name: str, new: str) -> None:
    """Segments and templates follow."""
    with transaction(parts.db) as connection:
        attribute, followed = renaming.change_attribute(connection, name, AttributeChange(name=new))
    text = say(N_("The attribute is now called “{name}”."), name=harmless(attribute.name))
    show({"renamed": attribute.name, "followed": followed.as_dict()}, lambda: followers(text, followed))


@attributes_group.command("remove", help=N_("Delete an attribute and all its values."))
@argument("name")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, name: str, yes: bool) -> None:
    """For good."""
    with reading(parts.db) as connection:
        attribute = removing.free_attribute(connection, name)
    question = N_("Delete the attribute “{name}” and its value for every contact?")
    if not confirm(say(question, name=harmless(attribute.name)), yes=yes):
        raise AttributeUnconfirmedError(name=attribute.name)
    with transaction(parts.db) as connection:
        count = removing.remove_attribute(connection, attribute.name)
    text = N_("The attribute “{name}” was removed; {count} contacts had it.")
    show(
        {"removed": attribute.name, "contacts": count},
        lambda: tell(say(text, name=harmless(attribute.name), count=figure(count))),
    )


def _table(found: Sequence[AttributeView]) -> None:
    if not found:
        tell(say(N_("No attributes yet.")))
        return
    columns = (say(N_("Name")), say(N_("Label")), say(N_("Kind")), say(N_("Choices")))
    table(
        columns,
        [
            (one.name, harmless(one.label), word(KIND_WORDS, one.kind), harmless(", ".join(one.choices)))
            for one in found
        ],
    )
