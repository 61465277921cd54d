"""Files that travel with mails: kept once each, named by the SHA-256 of their bytes.

Owns the store, its limits and what may be attached. Never knows mails or recipients. Talks to base.
"""

from bocau.attachments.errors import FileMissingError, FileRefusedError, FileTooLargeError
from bocau.attachments.store import File, Store

__all__ = ["File", "FileMissingError", "FileRefusedError", "FileTooLargeError", "Store"]
