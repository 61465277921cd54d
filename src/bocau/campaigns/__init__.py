"""One mail to many: draft, check, launch, expand, pause, finish.

Owns: campaigns, their variants and how far each is expanded. Never: sends, changes a message. Talks to: intake, delivery,
stats, audience, ledger, content, relays, events.
Others also use ``installation``, ``filed`` (people of a file), ``preflight``, ``results``, ``orders``, ``queries``,
``requests`` (what a change may say), ``renaming`` (who names what), ``rules`` (pure), ``notices`` (what could not be sent,
told by mail), ``sample`` (one person's mail, test mails), ``states``, ``findings``, ``shapes``, ``errors``, ``view`` (what
is shown), ``waiting`` (why it waits, why some have no mail) and ``winners``.
"""

from bocau.campaigns.draft import change, copy, create, delete
from bocau.campaigns.errors import CampaignNameTakenError, CampaignUnknownError, CampaignUnreadyError
from bocau.campaigns.expand import expand_slice, expanding
from bocau.campaigns.finish import finish_due, outcomes, progress
from bocau.campaigns.history import history
from bocau.campaigns.launch import launch, schedule, start_due, unschedule
from bocau.campaigns.queries import every, find, show, submissions
from bocau.campaigns.rest import retry_failed, send_rest
from bocau.campaigns.shapes import Campaign, Plan, Trial, Variant
from bocau.campaigns.states import State
from bocau.campaigns.steer import cancel, pause, resume
from bocau.campaigns.winners import choose

__all__ = [
    "Campaign",
    "CampaignNameTakenError",
    "CampaignUnknownError",
    "CampaignUnreadyError",
    "Plan",
    "State",
    "Trial",
    "Variant",
    "cancel",
    "change",
    "choose",
    "copy",
    "create",
    "delete",
    "every",
    "expand_slice",
    "expanding",
    "find",
    "finish_due",
    "history",
    "launch",
    "outcomes",
    "pause",
    "progress",
    "resume",
    "retry_failed",
    "schedule",
    "send_rest",
    "show",
    "start_due",
    "submissions",
    "unschedule",
]
