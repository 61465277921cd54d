"""The closed lists of campaigns: states, parts of the audience, how a test is decided. Names are what people see."""

from enum import IntEnum, StrEnum

from bocau.base.words import N_


class State(IntEnum):
    """Where a campaign is. It can be edited in the first two, and mails go out in ``running`` alone."""

    draft = 1
    scheduled = 2
    running = 3
    paused = 4
    finished = 5
    cancelled = 6


class Step(StrEnum):
    """What somebody, or the clock, does to a campaign."""

    change = "change"
    schedule = "schedule"
    unschedule = "unschedule"
    launch = "launch"
    pause = "pause"
    resume = "resume"
    cancel = "cancel"
    finish = "finish"
    retry = "retry"
    send_rest = "send-rest"
    choose = "choose"
    delete = "delete"


class Part(StrEnum):
    """Which people of the audience a leg is for: all, those in the test, those who get the winner."""

    everyone = "all"
    test = "test"
    rest = "rest"


class By(StrEnum):
    """What decides a test."""

    opens = "opens"
    clicks = "clicks"
    hand = "hand"


STATE_WORDS = {
    State.draft: N_("draft"),
    State.scheduled: N_("scheduled"),
    State.running: N_("running"),
    State.paused: N_("paused"),
    State.finished: N_("finished"),
    State.cancelled: N_("cancelled"),
}
STEP_WORDS = {
    Step.change: N_("change"),
    Step.schedule: N_("schedule"),
    Step.unschedule: N_("unschedule"),
    Step.launch: N_("launch"),
    Step.pause: N_("pause"),
    Step.resume: N_("resume"),
    Step.cancel: N_("cancel"),
    Step.finish: N_("finish"),
    Step.retry: N_("retry what failed"),
    Step.send_rest: N_("send to the rest"),
    Step.choose: N_("choose a winner"),
    Step.delete: N_("delete"),
}
