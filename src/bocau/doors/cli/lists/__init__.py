"""`bocau lists`: mailing lists and who is on them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from bocau import signup
from bocau.audience import Consent, How, lists, subscriptions
from bocau.audience.requests import ListChange, ListCreation
from bocau.audience.shown.lists import ListView, MemberCounts, MemberView, list_view, list_views, member_views
from bocau.audience.states import OPT_IN_WORDS, word
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.given import unless_none
from bocau.base.words import N_, figure, say
from bocau.doors.cli.lists.asking import ask_people, tell_form, wants_mail
from bocau.doors.cli.terminal.following import followers
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, facts, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.flows import removing, renaming
from bocau.flows.asking import put_on
from bocau.wiring import Parts

COUNTED = ("subscribed", "unconfirmed", "unsubscribed")
by_name: Callable[..., Any] = argument("name")
by_address: Callable[..., Any] = argument("addresses", nargs=-1, required=True)


class DeletionUnconfirmedError(BocauError):
    code = "list-deletion-unconfirmed"
    sentence = N_("The list “{name}” was not deleted: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.group(cls=Noun, help=N_("Mailing lists and who is on them."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List all mailing lists."))
@pass_parts
def list_lists(parts: Parts) -> None:
    """With how many are on each."""
    with reading(parts.db) as connection:
        found = list_views(connection)
    show({"lists": [one.as_dict() for one in found]}, lambda: _table(found))


@command.command("create", help=N_("Create a mailing list."))
@by_name
@option("--label", default="", help=N_("The name its members see instead."))
@option("--about", default="", help=N_("What it is about, for its members."))
@option(
    "--opt-in",
    type=click.Choice(["single", "double"]),
    default="double",
    show_default=True,
    help=N_("Whether people who sign up by form are asked to confirm by mail first."),
)
@option("--hidden", is_flag=True, help=N_("Do not offer it on the preference page."))
@pass_parts
def create(parts: Parts, /, **given: Any) -> None:
    """And say its number."""
    creation = ListCreation(**given)
    with transaction(parts.db) as connection:
        lists.create(connection, creation, now_ms())
        mailing_list = list_view(lists.find(connection, creation.name))
    show(
        mailing_list.as_dict(),
        lambda: tell(say(N_("The list “{name}” was created."), name=harmless(mailing_list.name))),
    )


@command.command("change", help=N_("Change a mailing list."))
@by_name
@option("--rename", default=None, help=N_("Another name."))
@option("--label", default=None, help=N_("The name its members see instead."))
@option("--about", default=None, help=N_("What it is about, for its members."))
@option(
    "--opt-in",
    type=click.Choice(["single", "double"]),
    default=None,
    help=N_("Whether people who sign up by form are asked to confirm by mail first."),
)
@option("--hidden/--shown", default=None, help=N_("Whether it is offered on the preference page."))
@pass_parts
def change(parts: Parts, /, *, name: str, rename: str | None, **others: Any) -> None:
    """Only what is given."""
    wanted = ListChange(name=unless_none(rename), **{key: unless_none(value) for key, value in others.items()})
    with transaction(parts.db) as connection:
        changed, followed = renaming.change_list(connection, name, wanted)
        view = list_view(changed)
    text = say(N_("The list “{name}” was changed."), name=harmless(view.name))
    show(view.as_dict() | {"followed": followed.as_dict()}, lambda: followers(text, followed))


@command.command(
    "show", help=N_("Show one mailing list: who is on it, how many have yet to confirm, where its sign-up form is.")
)
@by_name
@pass_parts
def show_list(parts: Parts, name: str) -> None:
    """Its row, its counts (unconfirmed: asked by mail, not answered yet), and where its sign-up form is."""
    with reading(parts.db) as connection:
        mailing_list = lists.find(connection, name)
        counts = lists.counts(connection)[mailing_list.id]
    form = signup.address_of(parts.settings, parts.secret, mailing_list)

    def people() -> None:
        _one(mailing_list, MemberCounts(**counts), form)
        tell_form(parts, mailing_list)

    show(list_view(mailing_list, counts, form=form).as_dict(), people)


@command.command("delete", help=N_("Delete a mailing list. The contacts stay."))
@by_name
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def delete(parts: Parts, name: str, yes: bool) -> None:
    """What its members agreed to stays in their history."""
    with reading(parts.db) as connection:
        mailing_list = removing.free_list(connection, name)
    question = N_("Delete the list “{name}”?")
    if not confirm(say(question, name=harmless(mailing_list.name)), yes=yes):
        raise DeletionUnconfirmedError(name=mailing_list.name)
    with transaction(parts.db) as connection:
        gone = removing.remove_list(connection, mailing_list.id)
    text = N_("The list “{name}” was deleted; {count} were on it.")
    show(
        {"deleted": gone.name, "members": gone.members},
        lambda: tell(say(text, name=harmless(gone.name), count=figure(gone.members))),
    )


@command.command("add", help=N_("Put contacts on a list because they agreed."))
@by_name
@by_address
@option("--source", default="", help=N_("Where they agreed: a form, a paper, a file."))
@option("--text", default="", help=N_("What they were shown when they agreed."))
@option("--again", is_flag=True, help=N_("Also those who left it, because they came back."))
@option("--ask", is_flag=True, help=N_("Send each of them a mail that asks; they join when they confirm."))
@pass_parts
def add(
    parts: Parts, /, *, name: str, addresses: Sequence[str], source: str, text: str, again: bool, ask: bool
) -> None:
    """Who left stays away unless they came back."""
    how = Consent(How.command, source, "", text)
    with reading(parts.db) as connection:
        mailing_list = lists.find(connection, name)
    if wants_mail(mailing_list, len(addresses), ask=ask, consented=how):
        ask_people(parts, mailing_list, addresses, source, again=again)
        return
    with transaction(parts.db) as connection:
        made = put_on(connection, mailing_list, addresses, how, now_ms(), again=again)
    show(made._asdict(), lambda: _told(made._asdict()))


@command.command("remove", help=N_("Take contacts off a list. An import does not put them back."))
@by_name
@by_address
@pass_parts
def remove(parts: Parts, name: str, addresses: Sequence[str]) -> None:
    """For good."""
    with transaction(parts.db) as connection:
        mailing_list = lists.find(connection, name)
        count = subscriptions.take_off(connection, mailing_list.id, addresses, Consent(How.command), now_ms())
    show({"removed": count}, lambda: tell(say(N_("{count} were taken off the list."), count=figure(count))))


@command.command("members", help=N_("List who is on a list."))
@by_name
@option("--after", type=click.IntRange(0), default=0, help=N_("Only contacts after this number: the next page."))
@option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help=N_("At most this many."))
@pass_parts
def members(parts: Parts, name: str, after: int, limit: int) -> None:
    """A page of contacts."""
    with reading(parts.db) as connection:
        mailing_list = member_views(connection, lists.find(connection, name).id, after=after, limit=limit)
    show({"members": [one.as_dict() for one in mailing_list]}, lambda: _people(mailing_list))


def _people(found: Sequence[MemberView]) -> None:
    columns = (">" + say(N_("No.")), say(N_("Address")), say(N_("Name")))
    table(columns, [(one.id, harmless(one.address), harmless(one.name)) for one in found])


def _one(mailing_list: lists.MailingList, members: MemberCounts, form: str) -> None:
    tell(say(N_("List {id}: {name}"), id=mailing_list.id, name=harmless(mailing_list.name)))
    facts(
        [
            (say(N_("Members see")), harmless(mailing_list.label)),
            (say(N_("What it is about")), harmless(mailing_list.told)),
            (say(N_("On it")), figure(members.subscribed)),
            (say(N_("To confirm")), figure(members.unconfirmed)),
            (say(N_("Left")), figure(members.unsubscribed)),
            (say(N_("Sign-ups by form")), word(OPT_IN_WORDS, mailing_list.opt_in)),
            (say(N_("On the preference page")), say(N_("no") if mailing_list.hidden else N_("yes"))),
            (say(N_("Created")), moment(mailing_list.created_at)),
            (say(N_("Sign-up form")), harmless(form)),
        ]
    )


def _table(found: Sequence[ListView]) -> None:
    if not found:
        tell(say(N_("No lists yet. Create one: bocau lists create NAME")))
        return
    heads = (N_("No."), N_("Name"), N_("On it"), N_("To confirm"), N_("Left"))
    number, name, *counted = map(say, heads)
    table((">" + number, name, *(">" + one for one in counted)), map(_line, found))


def _line(one: ListView) -> tuple[object, ...]:
    told = one.as_dict()
    return (one.id, harmless(one.name), *(figure(told[name]) for name in COUNTED))


def _told(made: Mapping[str, Sequence[str]]) -> None:
    texts = {
        "added": N_("{count} were put on the list."),
        "there": N_("{count} were on it already."),
        "left": N_("{count} had left it and were not added (--again adds them)."),
        "unknown": N_("{count} are not contacts; add them first."),
    }
    for key, text in texts.items():
        if made[key] or key == "added":
            tell(say(text, count=figure(len(made[key]))))
