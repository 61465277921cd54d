"""Who may receive. Times are ms since the epoch.

``contact`` is one wide row: its slots hold the values of attributes, by kind, and ``attribute`` says which slot is whose.
More slots are on pages, tables of the same shape: a contact has a row on a page when it has a value there (``places``).
Ids are never used again, so that what was kept about an erased person never points at somebody else.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}


def Text(length: int) -> sa.String:
    """Text of at most ``length`` characters that is compared exactly, on MySQL too whatever its default is."""
    exact = mysql.VARCHAR(length, collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


LONGEST = 500
"""Characters of a text value."""
FAMILIES: dict[str, sa.types.TypeEngine[Any]] = {"t": Text(LONGEST), "n": sa.Double(), "d": sa.Integer()}
"""The first letter of a slot's name → what it holds: texts (NFC, no blanks around), numbers, days since 1970-01-01."""
FIRST = {"t": 24, "n": 16, "d": 8}
"""Slots of a family in ``contact``."""
ON_PAGE = 16
"""Slots of each family on a page: a segment on one of them reads the page, so it is no wider than ``contact``."""
PAGES = 30


def _slots(counts: dict[str, int]) -> list[sa.Column[Any]]:
    return [
        sa.Column(f"{family}{number:02}", FAMILIES[family])
        for family in counts
        for number in range(1, counts[family] + 1)
    ]


contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("origin", sa.BigInteger, nullable=False, server_default="0"),  # the import that made it; 0: none
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False, server_default="0"),  # states.Status
    sa.Column("recipient", Text(320), nullable=False, unique=True),  # casefolded local part + A-label domain
    sa.Column("address", Text(320), nullable=False),  # as mail is sent to it
    sa.Column("name", Text(200), nullable=False, server_default=""),
    sa.Column("language", Text(16), nullable=False, server_default=""),  # vi, en, …; empty: not known
    sa.Column("zone", Text(64), nullable=False, server_default=""),  # IANA name; empty: not known
    *_slots(FIRST),
    **NEVER_AGAIN,
)


def _page(number: int) -> sa.Table:
    return sa.Table(
        f"contact_page_{number:02}",
        metadata,
        sa.Column("contact", BigId, primary_key=True, autoincrement=False),
        *_slots(dict.fromkeys(FAMILIES, ON_PAGE)),
    )


contact_pages = tuple(_page(number) for number in range(1, PAGES + 1))

attribute = sa.Table(
    "attribute",
    metadata,
    sa.Column("name", Text(64), primary_key=True),  # as templates and segments write it
    sa.Column("label", Text(200), nullable=False),  # as people write it
    sa.Column("kind", sa.String(10), nullable=False),  # text, number, date, datetime, boolean, choice, list
    sa.Column("choices", sa.Text, nullable=False),  # JSON list of texts; [] unless kind is choice
    sa.Column("slot", sa.String(4), nullable=False, unique=True),  # places.column: of contact or of a page
    sa.Column("pattern", sa.String(40), nullable=False, server_default=""),  # how mails show days; empty: ISO 8601
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

tag = sa.Table(
    "tag",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", Text(100), nullable=False, unique=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    **NEVER_AGAIN,
)

contact_tag = sa.Table(
    "contact_tag",
    metadata,
    sa.Column("tag", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contact", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)

mailing_list = sa.Table(
    "mailing_list",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", Text(100), nullable=False, unique=True),  # by which people and segments call it
    sa.Column("label", Text(200), nullable=False, server_default=""),  # what its members read; empty: the name
    sa.Column("told", sa.Text, nullable=False),  # what it is about, for its members
    sa.Column("opt_in", sa.String(6), nullable=False),  # single, double
    sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),  # not on the preference page
    sa.Column("created_at", sa.BigInteger, nullable=False),
    **NEVER_AGAIN,
)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("list", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contact", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("state", sa.SmallInteger, nullable=False),  # states.Subscribed
    sa.Column("at", sa.BigInteger, nullable=False),  # since when it is in this state
    sa.Column("origin", sa.BigInteger, nullable=False, server_default="0"),  # the import that made it; 0: none
)

# Append-only: how each person's permission came, went and came back. ``text``: what the person was shown.
consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("contact", sa.BigInteger, nullable=False, index=True),
    sa.Column("list", sa.BigInteger),  # NULL: the contact as a whole
    sa.Column("what", sa.String(16), nullable=False),  # states.What
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("how", sa.String(16), nullable=False),  # form, link, import, command, api, page, campaign
    sa.Column("source", Text(500), nullable=False, server_default=""),  # a page, a file, a campaign, a person
    sa.Column("ip", sa.String(45), nullable=False, server_default=""),
    sa.Column("text", sa.Text, nullable=False),
    **NEVER_AGAIN,
)

MOVED = sa.text("what = 'moved'")
sa.Index("ix_consent_moved", consent.c.source, postgresql_where=MOVED, sqlite_where=MOVED)  # who had this address

# One file that is taken in. ``plan``: how (imports.shapes.Plan as JSON), also what the people agreed to.
import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),  # equal: the same file in the same way
    sa.Column("file", Text(300), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the file
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),  # imports.shapes.State
    sa.Column("position", sa.BigInteger, nullable=False, server_default="0"),  # the last row that is dealt with
    sa.Column("latest", sa.BigInteger, nullable=False),  # when its latest contacts were made, in their created_at
    sa.Column("undone_to", sa.BigInteger, nullable=False, server_default="0"),  # contacts made until then are undone
    *(
        sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        for name in ("made", "changed", "same", "refused", "subscribed", "away", "removed", "restored", "kept")
    ),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    **NEVER_AGAIN,
)

# What an import met: contacts that were there before it.
import_before = sa.Table(
    "import_before",
    metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contact", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("row", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("before", sa.Text, nullable=False),  # JSON: what it changed, as it was (imports.merging)
)

segment = sa.Table(
    "segment",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", Text(100), nullable=False, unique=True),
    sa.Column("rule", sa.Text, nullable=False),  # as a person wrote it
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    **NEVER_AGAIN,
)

suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("value", Text(320), nullable=False),  # a recipient key, a domain (no @), or # and an erased person's hash
    sa.Column("scope", sa.String(4), nullable=False),  # all, bulk
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("source", Text(500), nullable=False, server_default=""),
    sa.Column("note", Text(500), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger),  # NULL: never
    sa.UniqueConstraint("value", "scope"),
    **NEVER_AGAIN,
)

# Proof that somebody's data was erased, without the data.
erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.String(64), nullable=False, index=True),  # keyed hash of the recipient
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("asked_by", Text(500), nullable=False, server_default=""),
    sa.Column("counts", sa.Text, nullable=False),  # JSON: what was erased → how many rows
    sa.Column("back_at", sa.BigInteger),  # when the person agreed to be known again; NULL: has not
    **NEVER_AGAIN,
)
