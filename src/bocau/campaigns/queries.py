"""Reading campaigns."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.audience import Target
from bocau.base.db import Connection
from bocau.base.errors import BocauError, kept
from bocau.base.words import Phrase
from bocau.campaigns import tables as t
from bocau.campaigns.errors import CampaignStepWrongError, CampaignUnknownError, VariantUnknownError
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign, File, Leg, Plan, Trial, Variant
from bocau.campaigns.states import STATE_WORDS, STEP_WORDS, By, Part, State, Step
from bocau.content import Source
from bocau.ledger.options import Options


def show(connection: Connection, campaign_id: int) -> Campaign:
    """Raises CampaignUnknownError."""
    return _whole(connection, [_row(connection, campaign_id)])[0]


def locked(connection: Connection, campaign_id: int, step: Step | None = None) -> Campaign:
    """The campaign, kept from others until the transaction ends. With ``step``: only when it is possible now.

    Raises CampaignUnknownError, CampaignStepWrongError.
    """
    found = _whole(connection, [_row(connection, campaign_id, lock=True)])[0]
    if step is not None and after(found.state, step) is None:
        state, asked = Phrase(STATE_WORDS[found.state]), Phrase(STEP_WORDS[step])
        raise CampaignStepWrongError(id=campaign_id, state=state, step=asked)
    return found


def free(connection: Connection, campaign_id: int) -> Campaign | None:
    """The campaign, locked; None when somebody else works on it, or there is none."""
    query = sa.select(t.campaign).where(t.campaign.c.id == campaign_id).with_for_update(skip_locked=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else _whole(connection, [row])[0]


def find(connection: Connection, named: str) -> int:
    """The id of the campaign with this number or name. Raises CampaignUnknownError."""
    columns = sa.select(t.campaign.c.id)
    found = connection.execute(columns.where(t.campaign.c.name == named.strip())).scalar()
    if found is None and named.strip().isdecimal() and len(named) < 19:
        found = connection.execute(columns.where(t.campaign.c.id == int(named))).scalar()
    if found is None:
        raise CampaignUnknownError(id=named[:80])
    return int(found)


def every(
    connection: Connection, *, states: Sequence[State] = (), before: int | None = None, limit: int = 100
) -> list[Campaign]:
    """Campaigns, newest first; ``before`` pages by id."""
    query = sa.select(t.campaign).order_by(t.campaign.c.id.desc()).limit(limit)
    if states:
        query = query.where(t.campaign.c.state.in_([int(state) for state in states]))
    if before is not None:
        query = query.where(t.campaign.c.id < before)
    return _whole(connection, connection.execute(query).all())


def stuck(connection: Connection) -> list[Campaign]:
    """Campaigns that could not start at their hour, or stopped by themselves, and that nobody has touched since; the newest
    first."""
    states = [int(state) for state in (State.draft, State.paused)]
    query = sa.select(t.campaign).where(t.campaign.c.state.in_(states), t.campaign.c.problem.is_not(None))
    return _whole(connection, connection.execute(query.order_by(t.campaign.c.id.desc()).limit(100)).all())


def legs(connection: Connection, campaign_id: int, *, run: int | None = None) -> list[Leg]:
    """How far each part of the audience is, in the order they are worked on."""
    query = sa.select(t.campaign_leg).where(t.campaign_leg.c.campaign == campaign_id).order_by(t.campaign_leg.c.id)
    if run is not None:
        query = query.where(t.campaign_leg.c.run == run)
    return [as_leg(row) for row in connection.execute(query)]


def submissions(connection: Connection, campaign_id: int) -> dict[int, str]:
    """Submission of the ledger → the variant it sends; empty before the launch."""
    query = (
        sa.select(t.campaign_variant.c.submission, t.campaign_variant.c.name)
        .where(t.campaign_variant.c.campaign == campaign_id, t.campaign_variant.c.submission.is_not(None))
        .order_by(t.campaign_variant.c.submission)
    )
    return {int(row.submission): row.name for row in connection.execute(query)}


def variant_of(campaign: Campaign, name: str) -> Variant:
    """The variant of this name; empty: the first. Raises VariantUnknownError."""
    variants = campaign.plan.variants
    if not name:
        return variants[0]
    for one in variants:
        if one.name.casefold() == name.strip().casefold():
            return one
    raise VariantUnknownError(id=campaign.id, name=name[:40], names=", ".join(one.name for one in variants))


def put(connection: Connection, campaign_id: int, **values: Any) -> None:
    """Change columns of a campaign."""
    connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(**values))


def as_leg(row: sa.Row[Any]) -> Leg:
    values = {str(name): value for name, value in row._mapping.items() if name != "campaign"}
    values |= {"part": Part(row.part), "left_out": orjson.loads(row.left_out)}
    return Leg(**values)


def _row(connection: Connection, campaign_id: int, *, lock: bool = False) -> sa.Row[Any]:
    query = sa.select(t.campaign).where(t.campaign.c.id == campaign_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise CampaignUnknownError(id=campaign_id)
    return row


def _whole(connection: Connection, rows: Sequence[sa.Row[Any]]) -> list[Campaign]:
    if not rows:
        return []
    query = sa.select(t.campaign_variant).where(t.campaign_variant.c.campaign.in_([row.id for row in rows]))
    variants: dict[int, list[Variant]] = {}
    for row in connection.execute(query.order_by(t.campaign_variant.c.campaign, t.campaign_variant.c.place)):
        variants.setdefault(row.campaign, []).append(_variant(row))
    return [_campaign(row, tuple(variants.get(row.id, ()))) for row in rows]


def _variant(row: sa.Row[Any]) -> Variant:
    source = Source.from_json(row.source)
    return Variant(row.name, source, row.sender, row.id, row.content, row.submission)


def _campaign(row: sa.Row[Any], variants: tuple[Variant, ...]) -> Campaign:
    test = Trial(row.test_share, By(row.test_by), row.test_wait) if row.test_share else None
    plan = Plan(
        name=row.name,
        sender=row.sender,
        target=Target.from_json(row.target),
        variants=variants,
        options=Options.from_json(row.options),
        site=row.site,
        queue=row.queue,
        relay=row.relay,
        time_to_live=row.time_to_live,
        test=test,
    )
    same = (
        "id",
        "start_at",
        "wall",
        "zone",
        "decide_at",
        "winner",
        "run",
        "origin",
        "created_at",
        "changed_at",
        "launched_at",
        "finished_at",
    )
    return Campaign(
        **{name: row._mapping[name] for name in same},
        state=State(row.state),
        plan=plan,
        file=_file(row.file),
        problem=orjson.loads(row.problem) if row.problem else None,
        meant=Target.from_json(row.meant) if row.meant else None,
    )


def _file(text: str | None) -> File | None:
    if text is None:
        return None
    data = orjson.loads(text)
    return File(**{**data, "fields": tuple(data["fields"])})


def told(error: BocauError) -> str:
    """An error as JSON, for whoever looks at the campaign later, in their language."""
    return orjson.dumps(kept(error) | {"hint": error.hint}).decode()
