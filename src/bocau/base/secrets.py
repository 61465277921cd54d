"""The root secret and what is derived from it: keys by purpose, sealed columns, a fingerprint."""

import base64
import binascii
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bocau.base.errors import BocauError
from bocau.base.words import N_, say

FILE = "secret.key"
LEAST = 32
MOST = 4096
NONCE = 12
VERSION = "v1."


class SecretWeakError(BocauError):
    code = "secret-weak"
    sentence = N_("The secret key has {length} bytes; it must have at least 32. Nothing was started.")
    hint = N_("Set BOCAU_SECRET_KEY to the output of: openssl rand -hex 32")


class SecretExposedError(BocauError):
    code = "secret-exposed"
    sentence = N_("Other users of this machine can read or change {path} (mode {mode}). Nothing was started.")
    hint = N_("Run: chmod 600 {path}")


class SecretUnreadableError(BocauError):
    code = "secret-unreadable"
    sentence = N_("The secret key in {path} cannot be read: {reason}. Nothing was started.")
    hint = N_("Put the right file back from a backup: without it stored passwords and keys cannot be read.")


class SealBrokenError(BocauError):
    code = "seal-broken"
    sentence = N_("A stored password or key cannot be decrypted with this secret key. Nothing was changed.")
    hint = N_("Start with the secret key it was stored under, or store the password or key again.")


def make_or_read_secret(home: Path, configured: str = "") -> bytes:
    """The root secret, at least 32 bytes: ``configured`` when given, else ``secret.key`` in ``home``.

    The file is made at the first call: mode 0600, complete or not at all, the same for processes that race.
    Raises SecretWeakError, SecretExposedError, SecretUnreadableError.
    """
    if configured:
        return _strong(configured.encode().strip())
    path = home / FILE
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA-256, RFC 5869). Keys of different purposes tell nothing of each other."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=b"bocau", info=purpose.encode()).derive(secret)


def fingerprint(secret: bytes) -> str:
    """16 hexadecimal digits by which a secret is recognised and which do not give it away."""
    return hashlib.sha256(derive(secret, "fingerprint")).hexdigest()[:16]


class SecretBox:
    """Seals texts for database columns: AES-256-GCM, ``v1.`` and base64url of nonce and ciphertext.

    ``context`` (which table, row and column) is bound in: a sealed text moved elsewhere does not open.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(derive(secret, "columns"))

    def encrypt(self, text: str, context: str) -> str:
        nonce = os.urandom(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), _bound(context))
        return VERSION + base64.urlsafe_b64encode(sealed).decode()

    def decrypt(self, sealed: str, context: str) -> str:
        """Raises SealBrokenError: another secret, another context, or a damaged text."""
        try:
            if not sealed.startswith(VERSION):
                raise ValueError("unknown version")
            raw = base64.b64decode(sealed[len(VERSION) :], altchars=b"-_", validate=True)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], _bound(context)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise SealBrokenError() from None


def _bound(context: str) -> bytes:
    return (VERSION + context).encode()


def _strong(secret: bytes) -> bytes:
    if len(secret) < LEAST:
        raise SecretWeakError(length=len(secret))
    return secret


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SecretUnreadableError(path=path, reason=error.strerror) from error
    try:
        found = os.fstat(handle)
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISREG(found.st_mode):
            raise SecretUnreadableError(path=path, reason=say(N_("it is not a file")))
        if mode & 0o077:
            raise SecretExposedError(path=path, mode=f"{mode:04o}")
        return _strong(os.read(handle, MOST).strip())
    finally:
        os.close(handle)


def _make(path: Path) -> None:
    """Written whole beside its place, then linked there: whoever links first has made it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(LEAST).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
        _sync(path.parent)
    finally:
        Path(name).unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
