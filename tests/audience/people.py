"""People for tests of the audience."""

from collections.abc import Sequence

import sqlalchemy as sa

from bocau.audience import Consent, How, lists
from bocau.audience.contacts import add
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.base.db import Connection, transaction

NOW = 1_790_000_000_000
DAY = 86_400_000
FORM = Consent(How.form, "https://congty.test/dang-ky", "203.0.113.7", "Tôi đồng ý nhận bản tin hằng tuần.")
LINK = Consent(How.link, "campaign 7")
HOSTILE = (
    "'; DROP TABLE contact; --",
    '"quoted" and \\back\\slash',
    "100% of %s and %(x)s {y} :z",
    "Nguyễn 🕊️ 𝕭ồ Câu",
    "‮abc",
    "مرحبا",
    '=HYPERLINK("http://x")',
    "a\tb",
    "\u200b\u200d",
    "_%_",
    "$1 ${x}",
)


def people(connection: Connection, *addresses: str, **details: str) -> list[int]:
    """Contacts; their ids."""
    return [add(connection, ContactCreation(address=address, **details), NOW) for address in addresses]  # type: ignore[arg-type]


def made(engine: sa.Engine, addresses: Sequence[str], **double: bool) -> dict[str, int]:
    """Contacts, and lists by name (True: double opt-in); the lists' ids by name."""
    with transaction(engine) as connection:
        people(connection, *addresses)
        return {
            name: lists.create(connection, ListCreation(name=name, opt_in="double" if twice else "single"), NOW)
            for name, twice in double.items()
        }
