"""Checks of what others run: broker, workers, relays, DNS."""

import asyncio
from collections.abc import Iterator

from bocau import bell, relays
from bocau.base import secrets
from bocau.base.config import Settings
from bocau.base.words import N_
from bocau.doors.cli.doctor.data import opened
from bocau.doors.cli.doctor.finding import Finding, State, failed, ok, warning
from bocau.doors.web.alive import answers
from bocau.relays.names import is_reserved
from bocau.relays.senders import Sender, list_senders
from bocau.wire import dns
from bocau.wire.smtp import Mail, Outcome, Session, connect

PATIENCE = 10.0
START_ALL = N_("Start everything on this machine with `bocau up`, or correct BOCAU_BROKER_URL.")


def broker(settings: Settings) -> Iterator[Finding]:
    """The broker answers."""
    url = bell.broker_url(settings)
    if not url:
        yield failed(
            "broker", N_("No broker is set and none runs here; mails wait in the database."), START_ALL
        )
    elif not answers(url):
        yield failed(
            "broker", N_("The broker does not answer; mails go out more slowly, none is lost."), START_ALL
        )
    else:
        yield ok("broker", N_("The broker answers."))


def workers(settings: Settings) -> Iterator[Finding]:
    """Somebody sends."""
    bell.configure(settings)
    count = bell.workers_alive()
    if count:
        yield ok("workers", N_("Workers that answer: {count}."), count=count)
    else:
        hint = N_("Start some: `bocau up` on one machine, `bocau worker` in a cluster.")
        yield warning("workers", N_("No worker answers: mails wait in the database."), hint)


def relay(settings: Settings) -> Iterator[Finding]:
    """Every relay in use takes a connection and our password."""
    key = secrets.make_or_read_secret(settings.home, settings.secret_key.get_secret_value())
    with opened(settings) as session:
        found = relays.active(session, settings, key)
    if not found:
        yield warning("relay", N_("All relays are switched off: mails wait."), N_("See: bocau relays list"))
    for one in found:
        outcome = asyncio.run(_try(one))
        told = {"name": one.name, "host": one.profile.host, "port": one.profile.port}
        if outcome is None:
            yield ok("relay", N_("The relay {name} ({host}:{port}) takes our connection."), **told)
        elif outcome.problem is not None:
            yield Finding("relay", State.failed, f"{one.name}: {outcome.problem}", outcome.problem.advice())
        else:
            reason = outcome.reply.text if outcome.reply else outcome.error
            hint = N_("Mails stay queued. Correct the relay, or ask its operator: bocau relays test {name}")
            yield failed("relay", N_("The relay {name} refuses us: {reason}"), hint, **told, reason=reason)


def domains(settings: Settings) -> Iterator[Finding]:
    """The DNS of each sender domain tells what receivers look for."""
    with opened(settings) as session:
        senders = list_senders(session)
    if not senders:
        yield ok("dns", N_("No sender domain is stored yet: letters go unsigned."))
    for sender in senders:
        yield _published(sender)


def _published(sender: Sender) -> Finding:
    domain, key = sender.domain, sender.active
    if is_reserved(domain):
        return ok("dns", N_("{domain} is reserved for tests: it has no DNS to check."), domain=domain)
    hint = N_("Publish what this prints: bocau senders show {domain}")
    try:
        signing = dns.texts(f"{key.selector}._domainkey.{domain}")
        policy = dns.texts(domain)
    except dns.DnsAwayError as error:
        return Finding("dns", State.warning, str(error), error.advice())
    if not any(key.public_key in text.replace(" ", "") for text in signing):
        sentence = N_("{domain} does not publish the signing key {selector}: receivers distrust its letters.")
        return failed("dns", sentence, hint, domain=domain, selector=key.selector)
    if not any(text.lower().startswith("v=spf1") for text in policy):
        return warning("dns", N_("{domain} publishes no SPF record."), hint, domain=domain)
    return ok("dns", N_("{domain} publishes its signing key and SPF."), domain=domain)


async def _try(one: relays.Relay) -> Outcome | None:
    """None when the session became ready."""
    driver = _Knock()
    try:
        async with asyncio.timeout(PATIENCE):
            await connect(one.profile, driver)
            return await driver.over
    except TimeoutError:
        from bocau.wire.smtp.mail import Stage

        return Outcome(Stage.connect, None, error=f"silent for {PATIENCE:g} s")


class _Knock:
    """Connects, signs in, says goodbye."""

    def __init__(self) -> None:
        self.over: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()

    def ready(self, session: Session, /) -> None:
        if not self.over.done():
            self.over.set_result(None)
        session.quit()

    def body_due(self, session: Session, mail: Mail, /) -> None:
        raise AssertionError("nothing was sent")

    def done(self, session: Session, mail: Mail, outcome: Outcome, /) -> None:
        raise AssertionError("nothing was sent")

    def closed(self, session: Session, outcome: Outcome | None, /) -> None:
        if not self.over.done():
            self.over.set_result(outcome)
