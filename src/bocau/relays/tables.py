"""What mail goes through, what each process may use of it, and as whom it goes. Times are ms by the database's clock."""

import sqlalchemy as sa

from bocau.base.db import metadata

relay = sa.Table(
    "relay",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),  # smtp, sandbox
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("tls", sa.String(16), nullable=False),  # required, opportunistic, implicit, off
    sa.Column("username", sa.String(320), nullable=False, server_default=""),
    sa.Column("password", sa.Text, nullable=False),  # sealed; empty: none
    sa.Column(
        "auth", sa.String(16), nullable=False, server_default=""
    ),  # PLAIN, LOGIN, XOAUTH2; empty: what is offered
    sa.Column("helo_name", sa.String(255), nullable=False, server_default=""),
    sa.Column("verify", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("ca_file", sa.String(1024), nullable=False, server_default=""),
    sa.Column("chunking", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("priority", sa.Integer, nullable=False, server_default="10"),  # lower is asked first
    sa.Column("weight", sa.Integer, nullable=False, server_default="100"),  # share among equals
    sa.Column("max_connections", sa.Integer, nullable=False),
    sa.Column("rate_milli", sa.BigInteger),  # mails in 1000 s, over all processes; NULL: no limit
    sa.Column("mails_per_connection", sa.Integer, nullable=False),
    sa.Column("max_size", sa.BigInteger),  # bytes on the wire; NULL: what the server says
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Beside relay, since the relay of BOCAU_RELAY_URL (0) and the sandbox (-1) have no row there. Locked for every lease.
relay_health = sa.Table(
    "relay_health",
    metadata,
    sa.Column("relay", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("identity", sa.String(64), nullable=False, server_default=""),  # whom this was learnt about
    sa.Column("circuit_until", sa.BigInteger),  # NULL: closed; past: open until a probe succeeds
    sa.Column("circuit_reason", sa.String(40), nullable=False, server_default=""),
    sa.Column("circuit_detail", sa.String(300), nullable=False, server_default=""),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # openings in a row
    sa.Column("probe_holder", sa.String(80)),
    sa.Column("probe_until", sa.BigInteger),
    sa.Column("session_limit", sa.Integer),  # mails on one connection, then it refused; NULL: it never did
    sa.Column("session_limit_at", sa.BigInteger),  # when it was seen last
)

relay_share = sa.Table(
    "relay_share",
    metadata,
    sa.Column("relay", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("holder", sa.String(80), primary_key=True),
    sa.Column("connections", sa.Integer, nullable=False),  # granted
    sa.Column("booked", sa.Integer, nullable=False),  # granted or still held: what others must leave free
    sa.Column("rate_milli", sa.BigInteger),  # granted
    sa.Column("want", sa.Integer, nullable=False),
    sa.Column("want_milli", sa.BigInteger),  # NULL: any rate
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)

sender = sa.Table(
    "sender",
    metadata,
    sa.Column("domain", sa.String(255), primary_key=True),  # A-label, lower case
    sa.Column("bounce_domain", sa.String(255), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

sender_key = sa.Table(
    "sender_key",
    metadata,
    sa.Column("domain", sa.String(255), primary_key=True),
    sa.Column("selector", sa.String(63), primary_key=True),
    sa.Column("private_key", sa.Text, nullable=False),  # PEM, sealed
    sa.Column("public_key", sa.Text, nullable=False),  # base64 of the DER SubjectPublicKeyInfo, as in DNS
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("active_at", sa.BigInteger),  # NULL: made, not yet used
    sa.Column("retired_at", sa.BigInteger),  # NULL: in use
)
