"""A driver that sends a few mails over one session to a real server, and tells what came of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bocau.base.config import Timeouts
from bocau.wire.smtp import Mail, Outcome, Profile, Session, connect

PATIENCE = Timeouts(connect=20.0, command=20.0, data=20.0, dot=20.0)
"""Long enough for a busy machine; whoever tests silence shrinks them."""
LONGEST = 120
"""Seconds after which a test has hung."""
LETTER = b"Subject: Hi\r\nFrom: a@clinic.test\r\n\r\nHello.\r\n.dot\r\n..two\r\n.\r\nlast\r\n"


def letter(
    to: str = "b@clinic.test", body: bytes = LETTER, *, utf8: bool = False, sender: str = "a@clinic.test"
) -> Mail:
    return Mail(sender.encode(), to.encode(), body, None, smtputf8=utf8)


@dataclass
class Told:
    """``why``: the Outcome of a session that never became ready, else None."""

    outcomes: list[Outcome] = field(default_factory=list)
    why: Any = None
    ready: bool = False
    encrypted: bool = False

    @property
    def sent(self) -> list[bool]:
        return [outcome.sent for outcome in self.outcomes]

    @property
    def problem(self) -> str:
        """The code of what kept the session from becoming ready."""
        assert self.why is not None and self.why.problem is not None
        return str(self.why.problem.code)


class Sender:
    """Sends its mails one after the other, then leaves."""

    def __init__(self, mails: list[Mail]) -> None:
        self.mails = list(mails)
        self.told = Told()
        self.over: asyncio.Future[Told] = asyncio.get_running_loop().create_future()

    def ready(self, session: Session, /) -> None:
        self.told.ready, self.told.encrypted = True, session.encrypted
        if self.mails:
            session.send(self.mails.pop(0))
        else:
            session.quit()

    def body_due(self, session: Session, mail: Mail, /) -> None:
        asyncio.get_running_loop().call_soon(session.release_body)

    def done(self, session: Session, mail: Mail, outcome: Outcome, /) -> None:
        self.told.outcomes.append(outcome)

    def closed(self, session: Session, outcome: Outcome | None, /) -> None:
        assert not self.over.done(), "closed twice"
        self.told.why = outcome
        self.over.set_result(self.told)


async def deliver(profile: Profile, *mails: Mail) -> Told:
    sender = Sender(list(mails))
    async with asyncio.timeout(LONGEST):
        await connect(profile, sender)
        return await sender.over
