"""Checks of what others run: broker, workers, relays, DNS."""

import asyncio
from collections.abc import Iterator

from bocau import bell, relays
from bocau.base import secrets
from bocau.base.config import Settings
from bocau.base.words import N_
from bocau.bell.broker import workers_alive
from bocau.doors.cli.doctor.data import opened
from bocau.doors.cli.doctor.finding import Finding, State, failed, ok, warning
from bocau.doors.web.alive import answers
from bocau.relays import published
from bocau.relays.senders import list_senders
from bocau.relays.trial import attempt, patience
from bocau.wire import dns

PATIENCE = 10.0
"""Seconds a relay gets for each answer."""
STATES = {
    published.Verdict.good: State.ok,
    published.Verdict.warning: State.warning,
    published.Verdict.bad: State.failed,
}
START_SANDBOX = N_("Start everything on this machine with `bocau up`, the sandbox mailbox with it.")
START_ALL = N_("Start everything on this machine with `bocau up`, or correct BOCAU_BROKER_URL.")


def broker(settings: Settings) -> Iterator[Finding]:
    """The broker answers."""
    url = bell.broker_url(settings)
    if not url:
        yield failed("broker", N_("No broker is set and none is running here; mails wait in the database."), START_ALL)
    elif not answers(url):
        yield failed("broker", N_("The broker does not answer; mails go out more slowly, none is lost."), START_ALL)
    else:
        yield ok("broker", N_("The broker answers."))


def workers(settings: Settings) -> Iterator[Finding]:
    """Somebody sends."""
    count = workers_alive(settings)
    if count:
        yield ok("workers", N_("Workers that answer: {count}."), count=count)
    else:
        hint = N_("Start one: `bocau up` on one machine, `bocau worker` in a cluster.")
        yield warning("workers", N_("No worker answers: mails wait in the database."), hint)


def relay(settings: Settings) -> Iterator[Finding]:
    """Every relay in use takes a connection and our password."""
    found = _relays(settings)
    if not found:
        yield warning("relay", N_("All relays are switched off: mails wait."), N_("See: bocau relays list"))
    for one in found:
        tried = asyncio.run(attempt(one, None, patience(PATIENCE)))
        told = {"name": one.name, "host": one.profile.host, "port": one.profile.port}
        if tried.worked:
            yield ok("relay", N_("The relay {name} ({host}:{port}) accepts our connection."), **told)
        elif one.kind == "sandbox":
            yield failed(
                "relay", N_("The sandbox mailbox ({host}:{port}) does not answer: mails wait."), START_SANDBOX, **told
            )
        elif tried.problem is not None:
            yield Finding("relay", State.failed, f"{one.name}: {tried.problem}", tried.problem.advice())
        else:
            reply = tried.outcome.reply if tried.outcome else None
            hint = N_("Mails stay queued. Correct the relay, or ask its operator: bocau relays test {name}")
            reason = f"{reply.code} {reply.text}" if reply else ""
            yield failed("relay", N_("The relay {name} refuses us: {reason}"), hint, **told, reason=reason)


def domains(settings: Settings) -> Iterator[Finding]:
    """The DNS of each sender domain tells what receivers look for."""
    with opened(settings) as connection:
        senders = list_senders(connection)
    if not senders:
        yield ok("dns", N_("No sender domain is stored yet: mail goes out unsigned."))
    through = _relays(settings)
    for sender in senders:
        if relays.is_reserved(sender.domain):
            sentence = N_("{domain} is reserved for tests: it has no DNS to check.")
            yield ok("dns", sentence, domain=sender.domain)
            continue
        for seen in published.check(sender, through, dns.texts):
            yield Finding("dns", STATES[seen.verdict], f"{seen.name}: {seen.sentence}", seen.hint)


def _relays(settings: Settings) -> list[relays.Relay]:
    key = secrets.make_or_read_secret(settings.home, settings.secret_key.get_secret_value())
    with opened(settings) as connection:
        return relays.active(connection, settings, key)
