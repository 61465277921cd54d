"""Try a relay now: connect, encrypt, sign in, and hand over one mail if there is one."""

import asyncio
from dataclasses import dataclass, replace

from bocau.base.config import Timeouts
from bocau.base.errors import BocauError
from bocau.relays.relay import Relay
from bocau.wire.smtp import Capabilities, Mail, Outcome, Session, connect


def patience(seconds: float) -> Timeouts:
    """What a person at a terminal waits for each answer; workers wait longer (RFC 5321 section 4.5.3.2)."""
    return Timeouts(connect=seconds, command=seconds, data=seconds, dot=2 * seconds)


@dataclass(frozen=True)
class Trial:
    """What came of it. ``outcome``: of the connection when it failed, else of the mail, None when none was given.

    ``problem``: why it failed, with a hint, where nobody but us can say it; None when the server's reply says it.
    """

    connected: bool
    encrypted: bool
    capabilities: Capabilities
    outcome: Outcome | None

    @property
    def worked(self) -> bool:
        return self.connected and (self.outcome is None or self.outcome.sent)

    @property
    def problem(self) -> BocauError | None:
        return self.outcome.problem if self.outcome is not None else None


async def attempt(relay: Relay, mail: Mail | None, timeouts: Timeouts) -> Trial:
    """Try ``relay`` over one connection. Failures are told in the Trial, none is raised."""
    loop = asyncio.get_running_loop()
    driver = _Driver(mail, loop.create_future())
    await connect(replace(relay.profile, timeouts=timeouts), driver, loop)
    return await driver.over


class _Driver:
    """Sends the mail as soon as the session is ready, then leaves."""

    def __init__(self, mail: Mail | None, over: "asyncio.Future[Trial]") -> None:
        self.mail, self.over = mail, over
        self.was_ready = False
        self.outcome: Outcome | None = None

    def ready(self, session: Session, /) -> None:
        self.was_ready = True
        mail, self.mail = self.mail, None
        if mail is None:
            session.quit()
        else:
            session.send(mail)

    def body_due(self, session: Session, mail: Mail, /) -> None:
        session.release_body()

    def done(self, session: Session, mail: Mail, outcome: Outcome, /) -> None:
        self.outcome = outcome

    def closed(self, session: Session, outcome: Outcome | None, /) -> None:
        if not self.over.done():
            told = self.outcome if self.was_ready else outcome
            self.over.set_result(Trial(self.was_ready, session.encrypted, session.capabilities, told))
