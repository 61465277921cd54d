"""`bocau contacts`: the people you may write to."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bocau import ledger
from bocau.audience import Consent, How, Status, attributes, contacts, erasure, lists, tags
from bocau.audience.imports import EXPORTED
from bocau.audience.requests import ContactChange, ContactCreation
from bocau.audience.shown.contacts import contact_view, contact_whole
from bocau.audience.values import Attribute, spelled
from bocau.base.clock import exact, now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN, unless_none
from bocau.base.words import N_, figure, say
from bocau.doors.cli.contacts import person as contacts_person
from bocau.doors.cli.contacts import told
from bocau.doors.cli.contacts.attribute import attributes_group
from bocau.doors.cli.contacts.imports import import_command, imports_group
from bocau.doors.cli.send.asked import split_data
from bocau.doors.cli.terminal.export import opened, write_csv
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import erasing
from bocau.wiring import Parts

PAGE = 1000
MAILS = 20
"""Mails shown with one person."""
by_address: Callable[..., Any] = argument("address")
named: Callable[..., Any] = option("--name", default=None, help=N_("The person's name."))
spoken: Callable[..., Any] = option(
    "--language", default=None, help=N_("Language of the mails to this person: vi, en, …")
)
living: Callable[..., Any] = option("--zone", default=None, help=N_("Time zone, such as Asia/Ho_Chi_Minh."))
valued: Callable[..., Any] = option(
    "--set", "values", multiple=True, help=N_("An attribute: name=value; empty clears it. Repeatable.")
)
listed: Callable[..., Any] = option("--list", "list_name", default="", help=N_("Only people on this list."))
tagged: Callable[..., Any] = option("--tag", default="", help=N_("Only people with this tag."))


class ErasureUnconfirmedError(BocauError):
    code = "erasure-unconfirmed"
    sentence = N_("Nobody was erased: nobody confirmed it.")
    hint = N_("Add --yes. Erased data cannot be restored.")


@click.group(cls=Noun, help=N_("The people you may write to."))
def command() -> None:
    """The noun."""


command.add_command(import_command, "import")
command.add_command(imports_group, "imports")
command.add_command(attributes_group, "attributes")


@command.command("list", help=N_("List contacts, or look for some."))
@option("--find", default="", help=N_("Only those with this text in their address or name."))
@option("--status", type=click.Choice([one.name for one in Status]), help=N_("Only those with this status."))
@listed
@tagged
@option("--after", type=click.IntRange(0), default=0, help=N_("Only contacts after this number: the next page."))
@option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help=N_("At most this many."))
@pass_parts
def list_contacts(parts: Parts, /, *, find: str, status: str | None, list_name: str, tag: str, **page: Any) -> None:
    """One page."""
    with reading(parts.db) as connection:
        wanted = _wanted(connection, list_name, tag)._replace(
            text=find, status=Status[status] if status else None, **page
        )
        found = [contact_view(one) for one in contacts.page(connection, wanted)]
    show({"contacts": [one.as_dict() for one in found]}, lambda: told.page(found))


@command.command("show", help=N_("Show everything about one contact: data, lists, history, mails."))
@by_address
@pass_parts
def show_contact(parts: Parts, address: str) -> None:
    """And the newest mails."""
    with reading(parts.db) as connection:
        newest = ledger.Filter(recipient=contacts.key(address), limit=MAILS, newest=True)
        contact = contact_whole(connection, address, ledger.list_messages(connection, newest))
        known = attributes.every(connection)
    show(contact.as_dict(), lambda: told.one(contact, known))


@command.command("add", help=N_("Add a contact."))
@by_address
@named
@spoken
@living
@valued
@option("--back", is_flag=True, help=N_("Even if they asked to be erased, because they came back."))
@option("--source", default="", help=N_("Where they agreed: a form, a paper, a file."))
@pass_parts
def add(parts: Parts, /, *, address: str, back: bool, source: str, **details: Any) -> None:
    """By hand."""
    consented = Consent(How.command, source)
    creation = ContactCreation(address=address, back=back, consented=consented, **_details(**details))
    with transaction(parts.db) as connection:
        contacts.add(connection, creation, now_ms())
        contact = contact_view(contacts.show(connection, address))
    show(contact.as_dict(), lambda: tell(say(N_("“{address}” was added."), address=harmless(address))))


@command.command("change", help=N_("Change a contact."))
@by_address
@named
@spoken
@living
@valued
@option(
    "--status",
    type=click.Choice([one.name for one in Status if one != Status.unconfirmed]),
    help=N_("Whether they get campaigns."),
)
@pass_parts
def change(parts: Parts, /, *, address: str, status: str | None, **details: Any) -> None:
    """Only what is given."""
    wanted = ContactChange(status=Status[status] if status else NOT_GIVEN, **_details(**details))
    with transaction(parts.db) as connection:
        contacts.change(connection, address, wanted, now_ms())
        contact = contact_view(contacts.show(connection, address))
    show(contact.as_dict(), lambda: tell(say(N_("“{address}” was changed."), address=harmless(address))))


@command.command("move", help=N_("Give a contact another address. Their consent moves with them."))
@by_address
@argument("new")
@pass_parts
def move(parts: Parts, address: str, new: str) -> None:
    """Suppressions stay with the old address."""
    with transaction(parts.db) as connection:
        contacts.change(connection, address, ContactChange(address=new), now_ms())
    show({"recipient": contacts.key(new)}, lambda: tell(say(N_("“{address}” was changed."), address=harmless(address))))


@command.command("tag", help=N_("Give contacts a tag."))
@argument("tag")
@argument("addresses", nargs=-1, required=True)
@pass_parts
def put_tag(parts: Parts, tag: str, addresses: Sequence[str]) -> None:
    """Unknown addresses are refused."""
    with transaction(parts.db) as connection:
        count = tags.put(connection, tag, _ids(connection, addresses), now_ms())
    show({"tagged": count}, lambda: tell(say(N_("{count} have the tag now."), count=figure(count))))


@command.command("untag", help=N_("Take a tag off contacts."))
@argument("tag")
@argument("addresses", nargs=-1, required=True)
@pass_parts
def take_tag(parts: Parts, tag: str, addresses: Sequence[str]) -> None:
    """The tag stays."""
    with transaction(parts.db) as connection:
        count = tags.take(connection, tag, _ids(connection, addresses))
    show({"untagged": count}, lambda: tell(say(N_("{count} had the tag already."), count=figure(count))))


@command.command("tags", help=N_("List all tags."))
@pass_parts
def list_tags(parts: Parts) -> None:
    """By name."""
    with reading(parts.db) as connection:
        found = tags.every(connection)
    show({"tags": found}, lambda: told.tags(found))


@command.command(
    "export",
    help=N_("Export all contacts as CSV, or everything known about one person, for that person."),
    epilog=N_(
        "Texts that a spreadsheet would take for a formula begin with an apostrophe in the CSV; an import of the file takes it "
        "off again."
    ),
)
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("A new file; by default standard output."),
)
@listed
@tagged
@option("--person", default="", help=N_("Only this address: all its data, as JSON."))
@pass_parts
def export(parts: Parts, /, *, output: Path | None, list_name: str, tag: str, person: str) -> None:
    """Streamed, a page at a time."""
    if person:
        with opened(output) as file:
            contacts_person.write(parts, person, file)
        return
    with reading(parts.db) as connection:
        wanted = _wanted(connection, list_name, tag)
        known = attributes.every(connection)
    columns = (*EXPORTED, *(one.name for one in known))
    with opened(output) as file:
        count = write_csv(file, columns, _all(parts, known, wanted))
    if output is not None:
        tell(say(N_("{count} contacts were written to {file}."), count=figure(count), file=output))


@command.command(
    "erase",
    help=N_("Erase a person: everything about them is deleted; a proof without their data stays."),
    epilog=N_("You must delete imported and exported files, import reports and backups yourself."),
)
@by_address
@option("--by", "asked_by", default="", help=N_("Who asked for it, without naming the person."))
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def erase(parts: Parts, address: str, asked_by: str, yes: bool) -> None:
    """Contact, history, mails, files of campaigns; one transaction."""
    contacts.key(address)
    if not confirm(say(N_("Erase everything known about “{address}”?"), address=harmless(address)), yes=yes):
        raise ErasureUnconfirmedError()
    with transaction(parts.db) as connection:
        done = erasing.erase(connection, address, now_ms(), asked_by=asked_by)
    data = done.proof.as_dict() | {"counts": done.counts}
    show(data, lambda: told.erased(data))


@command.command("erasures", help=N_("List the proofs of erasure; with an address, only its own."))
@argument("address", required=False)
@pass_parts
def erasures(parts: Parts, address: str | None) -> None:
    """The proofs name nobody."""
    with reading(parts.db) as connection:
        found = erasure.proofs(connection, contacts.key(address)) if address else erasure.all_proofs(connection)
    rows = [one.as_dict() for one in found]
    show({"erasures": rows}, lambda: told.proofs(found))


def _details(*, values: Sequence[str], **texts: str | None) -> dict[str, Any]:
    """Of a request, what was given. Raises OptionTextError."""
    given = {name: unless_none(text) for name, text in texts.items()}
    return given | {"values": dict(split_data(one, "--set") for one in values)}


def _all(parts: Parts, known: Sequence[Attribute], wanted: contacts.Wanted) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with reading(parts.db) as connection:
            page = contacts.rows(connection, known, wanted._replace(after=after, limit=PAGE))
        for one in page:
            view = contact_view(one)
            kept = {name: getattr(view, name) for name in EXPORTED} | {"created_at": exact(view.created_at)}
            yield kept | {each.name: spelled(each, one["attributes"][each.name]) for each in known}
        if len(page) < PAGE:
            return
        after = page[-1]["id"]


def _wanted(connection: Connection, list_name: str, tag: str) -> contacts.Wanted:
    """Raises ListUnknownError, TagUnknownError."""
    if tag:
        tags.find(connection, tag)
    return contacts.Wanted(list_id=lists.find(connection, list_name).id if list_name else None, tag=tag)


def _ids(connection: Connection, addresses: Sequence[str]) -> list[int]:
    """Raises AddressWrongError, ContactUnknownError."""
    keys = [contacts.key(address) for address in addresses]
    found = contacts.ids(connection, keys)
    for key in keys:
        if key not in found:
            raise contacts.ContactUnknownError(address=harmless(key))
    return [found[key] for key in keys]
