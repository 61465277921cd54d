"""From a claimed row to the figures: the mail that a worker makes carries words that the site takes and statistics count."""

import re
from email import message_from_bytes, policy
from html import unescape
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from bocau import attachments, content, ledger, stats, wiring
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.delivery.compose import Row
from bocau.delivery.ledger_client import LedgerClient
from bocau.ledger.options import Options, Track
from tests.doors.public.conftest import LAN, row, take
from tests.doors.web.conftest import on_both

SITE = "https://thu.test"
PERSON = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Thunderbird/128"}
FAR = {"REMOTE_ADDR": "203.0.113.9"}
HTML = "<p>Chào {{ name }}</p><p><a href='https://congty.test/tin'>Xem tin</a></p>"
OPENED, CLICKED = re.compile(rf"{SITE}(/o/[\w.-]+)"), re.compile(rf"{SITE}(/c/[\w/-]+)")


def claimed(parts: wiring.Parts, mode: str) -> tuple[int, int, str]:
    """A submission's id, its message's, and the page of its mail, as a worker makes it from a claim."""
    track = Track(mode=mode, base=SITE, opens=True, clicks=True)
    with transaction(parts.db) as connection:
        version = content.freeze(connection, content.Source(subject="Tin", html=HTML), now_ms())
        options = Options(track=track).to_json()
        draft = ledger.Draft("k", "k", "transactional", "bulk", version, "Tin <tin@clinic.test>", options, 86_400.0)
        submission = ledger.open_submission(connection, draft, now_ms()).id
        ledger.add_messages(connection, submission, [ledger.NewMessage(LAN, LAN, "Lan", 1, '{"name": "Lan"}')])
        ledger.close_submission(connection, submission, 0)
    client = LedgerClient(parts.db, parts.settings, parts.secret, attachments.Store(parts.settings.home))
    (batch,) = client.claim("bulk", "0" * 32, 10).claimed
    (one,) = batch.rows
    raw = client.composer(submission).compose(Row(one.id, one.address, one.name, orjson.loads(one.data)), now_ms()).body
    page = message_from_bytes(raw, policy=policy.default).get_body(("html",))
    assert page is not None
    return submission, one.id, page.get_content()


def figures(parts: wiring.Parts, submission: int) -> dict[str, Any]:
    """All that is counted, once everything is."""
    while True:
        with transaction(parts.db) as connection:
            if not stats.fold(connection, 100):
                break
    with reading(parts.db) as connection:
        told = stats.read(connection, [submission], most=0)
    return {name: told.of(name) for name in ("opened", "clicked", "opened_people", "clicked_people")}


@on_both
@pytest.mark.parametrize(("mode", "people"), [("person", 1), ("aggregate", 0)])
def test_who_opens_and_clicks_a_mail_is_counted(
    client: FlaskClient, parts: wiring.Parts, mode: str, people: int
) -> None:
    submission, message, page = claimed(parts, mode)
    for pattern, status in ((OPENED, 200), (CLICKED, 302)):
        (path,) = pattern.findall(page)
        assert client.get(unescape(path), headers=PERSON, environ_base=FAR).status_code == status
    assert take(parts.db, parts.settings, parts.secret) == 2
    assert [one["kind"] for one in row(parts, message)["events"]] == ["opened", "clicked"] * people
    assert figures(parts, submission) == {"opened": 1, "clicked": 1, "opened_people": people, "clicked_people": people}
