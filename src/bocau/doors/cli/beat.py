"""`bocau beat`: the clock that wakes workers. Two at once do no harm."""

import click

from bocau.base.words import N_
from bocau.doors.cli.terminal.frame import Verb, pass_parts
from bocau.doors.cli.worker import required_broker
from bocau.wiring import Parts


@click.command(cls=Verb, help=N_("Run the clock that wakes workers, in the foreground."))
@pass_parts
def command(parts: Parts) -> None:
    """Run beat."""
    from bocau.base import log, presence
    from bocau.doors.worker import life

    required_broker(parts)
    settings = parts.settings
    log.configure(settings.log_level, settings.log_format)
    life.beat(settings, lambda: presence.announce(settings.home, "beat"))
