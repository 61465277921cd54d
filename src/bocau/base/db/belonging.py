"""A database belongs to one secret key: with another one, what is stored sealed could not be opened."""

from bocau.base.db.engine import Connection
from bocau.base.db.instance import known, once
from bocau.base.errors import BocauError
from bocau.base.secrets import fingerprint
from bocau.base.words import N_

KEY = "secret"


class SecretForeignError(BocauError):
    code = "secret-foreign"
    sentence = N_("This database was written with another secret key. Nothing was started and nothing changed.")
    hint = N_(
        "Restore the BOCAU_SECRET_KEY (or the secret.key in the data folder) that this database was written with."
    )


def belongs(connection: Connection, secret: bytes) -> bool:
    """Whether the database is this key's; False when it is nobody's yet. Raises SecretForeignError."""
    found = known(connection, KEY)
    if found not in (None, fingerprint(secret)):
        raise SecretForeignError()
    return found is not None


def claim(connection: Connection, secret: bytes) -> None:
    """Make the database this key's, for ever. The first key to come wins. Raises SecretForeignError."""
    once(connection, KEY, fingerprint(secret))
    belongs(connection, secret)
