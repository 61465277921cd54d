"""Waiting for a campaign, with a bar, and the table at its end."""

import time
from collections import Counter

from bocau import campaigns
from bocau.base import presence
from bocau.base.db import reading
from bocau.base.words import N_, figure, say
from bocau.campaigns import Campaign, State, waiting
from bocau.campaigns.shapes import Progress
from bocau.campaigns.view import CampaignView, view_of
from bocau.doors.cli.campaigns.told import left_out_for_people, state_word, unsent_for_people
from bocau.doors.cli.send.waiting import Ending, exit_code
from bocau.doors.cli.terminal.bar import Bar
from bocau.doors.cli.terminal.frame import Exit, leave, show, table, tell, warn
from bocau.doors.cli.terminal.meter import EVERY
from bocau.ledger.titles import TITLES
from bocau.wiring import Parts

STILL = 10.0
"""Seconds without any movement after which workers are looked for."""
OVER = (State.finished, State.cancelled, State.draft)


def watch(parts: Parts, campaign_id: int) -> None:
    """Look until it is over, held, waits for a person, or nobody works on it; leave with the code that tells how it went."""
    bar = Bar(say(N_("Sending")))
    bar.begin()
    try:
        ending = _until_over(parts, campaign_id, bar)
    except KeyboardInterrupt:
        bar.end()
        warn(
            "\n"
            + say(
                N_("Sending continues. To see it: bocau campaigns show {id}. To pause it: bocau campaigns pause {id}"),
                id=campaign_id,
            )
        )
        leave(Exit.interrupted)
    finally:
        bar.end()
    counts = _tell(parts, campaign_id)
    if ending is Ending.idle:
        warn(
            say(N_("No worker is running. The mails are safe in the queue and go out as soon as one starts: bocau up"))
        )
    code = exit_code(counts, ending)
    if code is not Exit.ok:
        leave(code)


def _until_over(parts: Parts, campaign_id: int, bar: Bar) -> Ending:
    before, moved = None, time.monotonic()
    while True:
        with reading(parts.db) as connection:
            found, told = campaigns.show(connection, campaign_id), campaigns.progress(connection, campaign_id)
        bar.move(max(0, told.total - told.open - told.deferred), told.total or None)
        if found.state in OVER:
            return Ending.over
        if found.state is State.paused or _waits(found, told):
            return Ending.paused
        if told != before:
            before, moved = told, time.monotonic()
        elif time.monotonic() - moved > STILL:
            if nobody_works(parts):
                return Ending.idle
            moved = time.monotonic()
        time.sleep(EVERY)


def _waits(campaign: Campaign, progress: Progress) -> bool:
    """Nothing is left to do before a test is decided, or before the mails that were refused for now are tried again."""
    legs_done = progress.seen > 0 and progress.open == 0
    undecided = campaign.undecided and campaign.decide_at is None and legs_done
    return bool(undecided or (progress.expanded and progress.open == 0 and progress.deferred > 0))


def nobody_works(parts: Parts) -> bool:
    """Whether no worker runs here, nor anywhere the broker knows of."""
    from bocau.bell.broker import workers_alive

    settings = parts.settings
    return not any(seen.part == "worker" for seen in presence.present(settings.home)) and not workers_alive(settings)


def _tell(parts: Parts, campaign_id: int) -> Counter[str]:
    with reading(parts.db) as connection:
        campaign = campaigns.show(connection, campaign_id)
        shown = view_of(connection, campaign)
        counts: Counter[str] = Counter(dict.fromkeys(TITLES, 0))
        for one in campaigns.outcomes(connection, campaign_id).values():
            counts.update(one)
        unsent = waiting.why_unsent(connection, campaign)
    told = {"messages": dict(counts), "not_sent": {str(one.why): one.messages for one in unsent}}

    def people() -> None:
        _table(campaign, shown, counts)
        unsent_for_people(unsent)

    show(shown.as_dict() | told, people)
    return counts


def _table(campaign: Campaign, shown: CampaignView, counts: Counter[str]) -> None:
    tell(
        say(
            N_("Campaign {id}, {name}: {state}"),
            id=campaign.id,
            name=campaign.plan.name,
            state=state_word(campaign.state),
        )
    )
    if shown.problem:
        tell(shown.problem)
    if campaign.undecided and campaign.state is State.running:
        variants = " | ".join(one.name for one in campaign.plan.variants)
        tell(
            say(
                N_("The test is waiting for a decision: bocau campaigns winner {id} {names}"),
                id=campaign.id,
                names=variants,
            )
        )
    names = [
        "sent",
        "deferred",
        "failed",
        *(name for name in TITLES if counts[name] and name not in ("sent", "deferred", "failed")),
    ]
    table([">" + say(TITLES[name]) for name in names], [[figure(counts[name]) for name in names]])
    left_out_for_people(shown.progress.left_out)
    if counts["failed"] or counts["expired"]:
        tell(say(N_("See who: bocau campaigns recipients {id} --state failed"), id=campaign.id))
