"""What can be wrong with a campaign and with what is asked of it."""

from bocau.base.errors import BocauError
from bocau.base.words import N_


class CampaignUnknownError(BocauError):
    code = "campaign-unknown"
    sentence = N_("There is no campaign {id}. Nothing was changed.")
    hint = N_("See all of them: bocau campaigns list")


class CampaignNameTakenError(BocauError):
    code = "campaign-name-taken"
    sentence = N_("There is a campaign “{name}” already. Nothing was changed.")
    hint = N_("Segments find campaigns by their names; choose another one.")


class CampaignStepWrongError(BocauError):
    """``step`` and ``state`` are words of the closed lists."""

    code = "campaign-step-wrong"
    sentence = N_("Campaign {id} is {state}: “{step}” is not possible now. Nothing was changed.")
    hint = N_("See its state and results: bocau campaigns show {id}")


class CampaignWrongError(BocauError):
    """A draft says something that cannot be meant. ``part`` names it."""

    code = "campaign-wrong"
    sentence = N_("{part} cannot be used: {reason}. Nothing was changed.")
    hint = N_("Correct it and try again.")


class CampaignUnreadyError(BocauError):
    """What stands in the way of a launch; ``problems`` in words."""

    code = "campaign-unready"
    sentence = N_("Campaign {id} cannot be sent as it is: {problems}. Nothing was sent.")
    hint = N_("See everything that was checked: bocau campaigns preflight {id}")


class RelayNamelessError(BocauError):
    code = "relay-nameless"
    sentence = N_("There is no relay “{name}”. Nothing was changed.")
    hint = N_("See all of them: bocau relays list")


class VariantUnknownError(BocauError):
    code = "variant-unknown"
    sentence = N_("Campaign {id} has no variant “{name}”. Nothing was changed.")
    hint = N_("It has: {names}")


class WinnerKnownError(BocauError):
    code = "winner-known"
    sentence = N_("The test of campaign {id} was won by “{name}”. Nothing was changed.")
    hint = N_("What a test has decided stays as it is; copy the campaign to try something else.")


class CampaignTestMissingError(BocauError):
    code = "campaign-test-missing"
    sentence = N_("Campaign {id} has no test that could be won. Nothing was changed.")
    hint = N_("A test is set up when the campaign is created: --variant and --test-share")
