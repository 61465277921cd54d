"""`bocau relays test`: try a relay and say what came of it."""

import asyncio

from bocau import content, relays
from bocau.base.clock import now_ms
from bocau.base.config import Timeouts
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.delivery.compose import Composer, Row
from bocau.doors.cli.terminal.frame import show, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.ledger.options import Options
from bocau.relays import senders
from bocau.relays.trial import Trial, attempt
from bocau.wire import address
from bocau.wire.smtp import Mail
from bocau.wiring import Parts

SUBJECT = N_("A test from Bồ Câu")
TEXT = N_("This mail was sent to try the relay “{name}”. It works.")


class TestMailRefusedError(BocauError):
    __test__ = False  # pytest takes everything that begins with Test
    code = "test-mail-refused"
    sentence = N_("{relay} accepted our connection but refused the mail ({stage}): {reply}")
    hint = N_("The server's own words say why: often the From address is not allowed, or the recipient is unknown.")


class ReservedRecipientError(BocauError):
    code = "recipient-reserved"
    sentence = N_("{domain} is a name for tests and examples; such mail goes only to the sandbox. Nothing was sent.")
    hint = N_("Give the address of a real mailbox you can read.")


class SenderMissingError(BocauError):
    code = "sender-missing"
    sentence = N_("There is no From address for the test mail. Nothing was sent.")
    hint = N_("Give one with --from.")


def compose(parts: Parts, relay: relays.Relay, recipient: str, sender: str | None) -> Mail:
    """A small letter, signed as any other. Raises what is wrong with its addresses."""
    to = address.check(recipient)
    if not relays.may_take(relay, to.domain):
        raise ReservedRecipientError(domain=to.domain)
    source = address.check(sender or _sender(parts, relay))
    with reading(parts.db) as connection:
        identity = relays.sender_for(connection, source.domain, parts.secret)
    text = say(TEXT, name=relay.name).replace("{", "").replace("}", "")
    version = content.Version.unsaved(content.Source(subject=say(SUBJECT), text=text))
    composer = Composer(
        version, identity, f"Bồ Câu <{source.address}>", "transactional", Options(), submission=0, secret=parts.secret
    )
    return composer.compose(Row(now_ms(), to.address, "", {}), now_ms())


def _sender(parts: Parts, relay: relays.Relay) -> str:
    if "@" in relay.profile.username:
        return relay.profile.username
    with reading(parts.db) as connection:
        known = senders.list_senders(connection)
    if not known:
        raise SenderMissingError()
    return f"bocau@{known[0].domain}"


def run(parts: Parts, relay: relays.Relay, mail: Mail | None, timeouts: Timeouts) -> None:
    """Try, and say what came of it; a relay that works is used again at once. Raises why it does not."""
    found = asyncio.run(attempt(relay, mail, timeouts))
    if not found.worked:
        raise _failure(relay, found)
    with transaction(parts.db) as connection:
        relays.close_circuit(connection, relay.id)
    show(_data(relay, found, mail), lambda: _steps(relay, found, mail))


def _failure(relay: relays.Relay, trial: Trial) -> BocauError:
    outcome = trial.outcome
    assert outcome is not None
    if outcome.problem is not None:
        return outcome.problem
    server = f"{relay.profile.host}:{relay.profile.port}"
    said = f"{outcome.reply.code} {outcome.reply.text}" if outcome.reply else outcome.error
    return TestMailRefusedError(relay=server, stage=outcome.stage.value, reply=harmless(said))


def _data(relay: relays.Relay, trial: Trial, mail: Mail | None) -> dict[str, object]:
    able = trial.capabilities
    return {
        "name": relay.name,
        "works": True,
        "encrypted": trial.encrypted,
        "signed_in": bool(relay.profile.username),
        "pipelining": able.pipelining,
        "chunking": able.chunking,
        "smtputf8": able.smtputf8,
        "size": able.size or None,
        "mail_sent": mail is not None,
        "reply": _said(trial),
    }


def _said(trial: Trial) -> str | None:
    reply = trial.outcome.reply if trial.outcome else None
    return harmless(f"{reply.code} {reply.text}") if reply else None


def _steps(relay: relays.Relay, trial: Trial, mail: Mail | None) -> None:
    profile, able = relay.profile, trial.capabilities
    tell("✓ " + say(N_("Connected to {host}:{port}."), host=profile.host, port=profile.port))
    if trial.encrypted:
        tell("✓ " + say(N_("Encrypted; the certificate is valid.") if profile.verifies else N_("Encrypted.")))
    else:
        tell("– " + say(N_("Not encrypted.")))
    if profile.username:
        tell("✓ " + say(N_("Signed in as {user}."), user=harmless(profile.username)))
    offers = [
        name
        for name, there in (
            ("PIPELINING", able.pipelining),
            ("CHUNKING", able.chunking),
            ("SMTPUTF8", able.smtputf8),
            ("8BITMIME", able.eightbit),
        )
        if there
    ]
    tell("✓ " + say(N_("It offers: {list}."), list=", ".join(offers) or "—"))
    if able.size:
        tell("✓ " + say(N_("It takes mails of up to {size} MB."), size=f"{able.size / 1e6:.0f}"))
    if mail is None:
        tell(say(N_("The relay works. With --to ADDRESS it also sends a mail.")))
    else:
        tell("✓ " + say(N_("It took the mail: {reply}"), reply=_said(trial)))
