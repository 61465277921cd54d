"""The mailbox's own SQLite file: apart from the ledger, so that catching mail never waits for sending it.

``mail`` is what lists show, ``letter`` the bytes as they came, ``wording`` the folded text search looks through (filled a
little later than the mail comes in). Times in ms since the epoch, sizes in bytes.
"""

VERSION = 1

TABLES = (
    """CREATE TABLE IF NOT EXISTS mail (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at INTEGER NOT NULL,
        sender TEXT NOT NULL,
        recipients TEXT NOT NULL,
        author TEXT NOT NULL,
        addressed TEXT NOT NULL,
        subject TEXT NOT NULL,
        size INTEGER NOT NULL,
        files INTEGER,
        who TEXT NOT NULL,
        what TEXT NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS letter (id INTEGER PRIMARY KEY, raw BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS wording (id INTEGER PRIMARY KEY, words TEXT NOT NULL)",
)

PRAGMAS = (
    "page_size = 8192",
    "journal_mode = WAL",
    "synchronous = NORMAL",  # survives a killed process; a power cut may take the last caught mails, which is fair here
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    "cache_size = -4000",
    "temp_store = MEMORY",
)
