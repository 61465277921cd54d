"""Quiet hours: by a fixed zone or the recipient's, over midnight, across changes of the clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bocau.base import clock
from bocau.base.db import reading, transaction
from bocau.delivery.admission import Terms, admit, terms
from bocau.delivery.quiet import quiet_of, quiet_until
from bocau.ledger import protocol
from bocau.ledger.options import Options, QuietHours
from bocau.ledger.tables import batch
from tests.ledger.test_protocol_verbs import J1, fill

HANOI = "Asia/Ho_Chi_Minh"


def ms(text: str, zone: str = HANOI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-01 20:59:59", None),
        ("2026-03-01 21:00", "2026-03-02 07:00"),
        ("2026-03-01 03:00", "2026-03-01 07:00"),
        ("2026-03-01 07:00", None),
    ],
)
def test_night(now: str, until: str | None) -> None:
    night = quiet_of(QuietHours("21:00", "07:00", HANOI))
    assert night is not None
    assert quiet_until(night, "{}", ms(now)) == (ms(until) if until else 0)


def test_midday_and_never() -> None:
    midday = quiet_of(QuietHours("12:00", "13:30", HANOI))
    never = quiet_of(QuietHours("12:00", "12:00", HANOI))
    assert midday and never
    assert quiet_until(midday, "{}", ms("2026-03-01 12:30")) == ms("2026-03-01 13:30")
    assert quiet_until(never, "{}", ms("2026-03-01 12:00")) == 0
    assert quiet_of(None) is None


@pytest.mark.parametrize("data", ["{}", '{"zone": "No/Where"}', '{"zone": ["x"]}', '{"zone": "../etc"}'])
def test_recipients_zone_or_the_default(data: str) -> None:
    night = quiet_of(QuietHours("21:00", "07:00", "recipient", HANOI))
    assert night is not None
    now = ms("2026-03-01 22:00")
    assert quiet_until(night, data, now) == ms("2026-03-02 07:00")
    assert quiet_until(night, '{"zone": "Europe/Berlin"}', now) == 0


def test_change_of_the_clock() -> None:
    night = quiet_of(QuietHours("21:00", "07:00", "Europe/Berlin"))
    assert night is not None
    begin, end = ms("2026-03-28 23:00", "Europe/Berlin"), ms("2026-03-29 07:00", "Europe/Berlin")
    assert quiet_until(night, "{}", begin) == end
    assert end - begin == 7 * 3_600_000


@pytest.mark.parametrize("quiet", [True, False])
def test_mails_wait_until_the_quiet_is_over(engine: sa.Engine, quiet: bool) -> None:
    fill(engine, 3)
    told = {"from": "00:00", "to": "23:59:59.999999" if quiet else "00:00", "zone": "UTC"}
    of = terms("bulk", Options.from_dict({"limits": {"quiet": told}}))
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", J1, 60_000)
        assert claimed is not None
        going = admit(connection, [claimed], lambda _: of)
    assert [len(one.rows) for one in going] == ([] if quiet else [3])
    with reading(engine) as connection:
        waiting = sa.select(batch.c.open).where(batch.c.not_before > claimed.first_at)
        assert connection.execute(waiting).scalars().all() == ([3] if quiet else [])
    assert of != Terms(bulk=True)


def test_whose_zone_nobody_knows_sleeps_where_the_installation_is() -> None:
    clock.set_zone(HANOI)
    try:
        night = quiet_of(QuietHours("21:00", "07:00", "recipient"))
    finally:
        clock.set_zone("UTC")
    assert night is not None
    assert quiet_until(night, "{}", ms("2026-03-01 22:00")) == ms("2026-03-02 07:00")
    assert quiet_until(night, '{"zone": "Nowhere/Else"}', ms("2026-03-01 22:00")) == ms("2026-03-02 07:00")
    assert quiet_until(night, '{"zone": "Europe/Berlin"}', ms("2026-03-01 22:00")) == 0
