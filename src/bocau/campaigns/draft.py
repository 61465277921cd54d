"""Made, changed, copied, deleted: while nothing has been sent of it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.base.queues import QUEUE
from bocau.base.words import N_, Phrase
from bocau.campaigns import queries
from bocau.campaigns import tables as t
from bocau.campaigns.errors import CampaignNameTakenError, CampaignWrongError
from bocau.campaigns.limits import check_limits
from bocau.campaigns.merge import merged, planned
from bocau.campaigns.requests import CampaignChange, CampaignCreation
from bocau.campaigns.shapes import Plan, Trial, Variant
from bocau.campaigns.states import By, State, Step
from bocau.ledger.options import Limits
from bocau.wire import headers
from bocau.wire.address import parse_mailbox

MOST_VARIANTS = 5
LONGEST_NAME = 200
COPY = re.compile(r" \((\d+)\)\Z")


def create(connection: Connection, creation: CampaignCreation, now: int) -> int:
    """A draft; its id. Raises CampaignWrongError, CampaignNameTakenError, AddressWrongError, ListUnknownError,
    RelayNamelessError."""
    return add(connection, planned(connection, creation), now)


def change(connection: Connection, campaign_id: int, change: CampaignChange, now: int) -> None:
    """Change a draft or a scheduled campaign; what is not given stays. Raises what ``create`` raises, and
    CampaignUnknownError, CampaignStepWrongError."""
    campaign = queries.locked(connection, campaign_id, Step.change)
    _put(connection, campaign_id, merged(connection, campaign.plan, change), now)


def add(connection: Connection, plan: Plan, now: int, *, origin: int | None = None) -> int:
    """A draft with a plan that is ready; its id. Raises CampaignWrongError, CampaignNameTakenError, AddressWrongError."""
    values = _columns(check(plan)) | {"state": int(State.draft), "created_at": now, "changed_at": now, "origin": origin}
    _refuse_taken(connection, plan.name)
    try:
        with connection.begin_nested():
            campaign_id = add_row(connection, t.campaign, values)
    except sa.exc.IntegrityError as error:
        raise CampaignNameTakenError(name=plan.name) from error
    _put_variants(connection, campaign_id, plan)
    return campaign_id


def put(connection: Connection, campaign_id: int, plan: Plan, now: int) -> None:
    """Put another plan in a draft's or a scheduled campaign's place. Raises what ``add`` raises, and
    CampaignUnknownError, CampaignStepWrongError."""
    queries.locked(connection, campaign_id, Step.change)
    _put(connection, campaign_id, plan, now)


def copy(connection: Connection, campaign_id: int, now: int, name: str | None = None) -> int:
    """A new draft that says the same to the same people; its id. ``name`` None: the same with a number behind it.

    Raises CampaignUnknownError, CampaignNameTakenError.
    """
    campaign = queries.show(connection, campaign_id)
    plan = replace(campaign.plan, name=name if name is not None else _next_name(connection, campaign.plan.name))
    made = add(connection, plan, now, origin=campaign_id)
    if campaign.file is not None:
        texts = sa.select(t.campaign.c.file).where(t.campaign.c.id == campaign_id).scalar_subquery()
        queries.put(connection, made, file=connection.execute(sa.select(texts)).scalar())
        columns = [column for column in t.campaign_person.c if column.name not in ("id", "campaign")]
        theirs = sa.select(sa.literal(made), *columns).where(t.campaign_person.c.campaign == campaign_id)
        into = ["campaign", *(column.name for column in columns)]
        connection.execute(sa.insert(t.campaign_person).from_select(into, theirs.order_by(t.campaign_person.c.id)))
    return made


def delete(connection: Connection, campaign_id: int) -> None:
    """Forget a draft. Raises CampaignUnknownError, CampaignStepWrongError."""
    queries.locked(connection, campaign_id, Step.delete)
    for table in (t.campaign_variant, t.campaign_leg, t.campaign_person):
        connection.execute(sa.delete(table).where(table.c.campaign == campaign_id))
    connection.execute(sa.delete(t.campaign).where(t.campaign.c.id == campaign_id))


def check(plan: Plan) -> Plan:
    """The plan, with a test where it has several variants. Raises CampaignWrongError, AddressWrongError."""
    for part, reason in _problems(plan):
        raise CampaignWrongError(part=part, reason=reason)
    for sender in (plan.sender, *(one.sender for one in plan.variants if one.sender)):
        headers.check_value("From", parse_mailbox(sender).name)
    check_limits(plan.options.limits or Limits())
    return replace(plan, test=plan.test or Trial()) if len(plan.variants) > 1 else replace(plan, test=None)


def _problems(plan: Plan) -> Iterator[tuple[Phrase, Phrase]]:
    """Part of the plan and what is wrong with it."""
    name = plan.name
    if (
        not name.strip()
        or name != name.strip()
        or len(name) > LONGEST_NAME
        or not name.isprintable()
        or name.isdecimal()
    ):
        yield Phrase(N_("The name")), Phrase(N_("it must have 1 to 200 characters, and not only digits"))
    names = {one.name.casefold() for one in plan.variants}
    if not 1 <= len(plan.variants) <= MOST_VARIANTS or len(names) < len(plan.variants):
        yield Phrase(N_("The variants")), Phrase(N_("there must be 1 to 5 with different names"))
    if any(not one.name.strip() or len(one.name) > 40 for one in plan.variants):
        yield Phrase(N_("The variants")), Phrase(N_("a name must have 1 to 40 characters"))
    if not QUEUE.match(plan.queue) or plan.queue.startswith("chores"):
        yield (Phrase(N_("The queue")), Phrase(N_("queues are bulk and transactional, or one of a region: bulk.eu")))
    yield from _test_problems(plan)


def _test_problems(plan: Plan) -> Iterator[tuple[Phrase, Phrase]]:
    test = plan.test
    if test is None:
        return
    if len(plan.variants) < 2:
        yield Phrase(N_("The test")), Phrase(N_("it needs at least two variants"))
    if not 1 <= test.share <= 100 or test.wait < 0:
        yield Phrase(N_("The test")), Phrase(N_("its share must be 1 to 100 percent"))
    mode = plan.options.track.mode if plan.options.track else None
    if test.share < 100 and test.by is not By.hand and mode == "off":
        yield (Phrase(N_("The test")), Phrase(N_("opens and clicks are not tracked; let a person decide")))


def _columns(plan: Plan) -> dict[str, Any]:
    test = plan.test
    return {
        "name": plan.name,
        "sender": plan.sender,
        "target": plan.target.to_json(),
        "options": orjson.dumps(plan.options.as_dict()).decode(),
        "site": plan.site.rstrip("/"),
        "queue": plan.queue,
        "relay": plan.relay,
        "time_to_live": plan.time_to_live,
        "test_share": test.share if test else 0,
        "test_by": test.by.value if test else "",
        "test_wait": test.wait if test else 0,
    }


def _put(connection: Connection, campaign_id: int, plan: Plan, now: int) -> None:
    values = _columns(check(plan))
    _refuse_taken(connection, plan.name, but=campaign_id)
    queries.put(connection, campaign_id, **values, changed_at=now, problem=None)
    connection.execute(sa.delete(t.campaign_variant).where(t.campaign_variant.c.campaign == campaign_id))
    _put_variants(connection, campaign_id, plan)


def _put_variants(connection: Connection, campaign_id: int, plan: Plan) -> None:
    rows = [_variant(one) | {"campaign": campaign_id, "place": place} for place, one in enumerate(plan.variants)]
    connection.execute(sa.insert(t.campaign_variant), rows)


def _variant(one: Variant) -> dict[str, Any]:
    return {"name": one.name, "sender": one.sender, "source": one.source.to_json().decode()}


def _refuse_taken(connection: Connection, name: str, but: int = 0) -> None:
    query = sa.select(t.campaign.c.id).where(t.campaign.c.name == name, t.campaign.c.id != but)
    if connection.execute(query).first() is not None:
        raise CampaignNameTakenError(name=name)


def _next_name(connection: Connection, name: str) -> str:
    """``Bản tin`` → ``Bản tin (2)``, or the next number that is free."""
    stem = COPY.sub("", name)[: LONGEST_NAME - 8]
    names = set(
        connection.execute(
            sa.select(t.campaign.c.name).where(t.campaign.c.name.startswith(stem, autoescape=True))
        ).scalars()
    )
    return next(made for at in range(2, len(names) + 3) if (made := f"{stem} ({at})") not in names)
