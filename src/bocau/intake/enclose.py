"""Each person's own files: named in a column, looked for beside the list, stored once."""

import os
import re
from functools import lru_cache
from pathlib import Path

import orjson

from bocau.attachments import Store
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.intake.expand import FileNotEnclosedError
from bocau.sheets.errors import FileUnreadableError
from bocau.sheets.opening import open_plain

NO_FILE = N_("no file is named")
NOT_FOUND = N_("the file does not exist")
OUTSIDE = N_("the file is outside the list's folder")
UNREADABLE = N_("the file cannot be read")
TOO_MANY = N_("more than 20 files")
MOST_FILES = 20
KEPT = 512  # files remembered, for those that many people get


class Encloser:
    """Takes the cells of the attachment column. ``folder`` is the list's own: nothing outside it is ever read, whatever
    links or ``../`` lead there. ``optional``: an empty cell means a mail without a file."""

    def __init__(self, folder: Path, store: Store, *, optional: bool = False) -> None:
        self.folder = folder.resolve()
        self.store, self.optional = store, optional
        self.stored = lru_cache(KEPT)(self._stored)

    def __call__(self, cell: str) -> str:
        """JSON list of the stored files a cell names; several are separated by ``;`` or ``|``. Empty when none.

        Raises FileNotEnclosedError.
        """
        if not cell:
            if self.optional:
                return ""
            raise FileNotEnclosedError(NO_FILE)
        names = self._names(cell)
        if len(names) > MOST_FILES:
            raise FileNotEnclosedError(TOO_MANY)
        return "[" + ",".join(self.stored(name) for name in names) + "]"

    def _names(self, cell: str) -> list[str]:
        if not re.search("[;|\n]", cell) or self._exists(cell):
            return [cell]
        return [name for part in re.split("[;|\n]", cell) if (name := part.strip())]

    def _exists(self, name: str) -> bool:
        try:
            return (self.folder / name).is_file()
        except (OSError, ValueError):
            return False

    def _stored(self, name: str) -> str:
        path = self._path(name)
        try:
            with open_plain(path) as handle:
                raw = handle.read(self.store.max_bytes + 1)
            return orjson.dumps(self.store.put(raw, name=Path(name).name).as_dict()).decode()
        except (FileUnreadableError, OSError):
            raise FileNotEnclosedError(UNREADABLE) from None
        except BocauError as error:
            raise FileNotEnclosedError(Phrase("{error}", error=error)) from None

    def _path(self, name: str) -> Path:
        """Where the file really lies, once it is sure to be inside the folder."""
        if "\\" in name and not self._exists(name):
            name = name.replace("\\", "/")
        try:
            path = Path(os.path.realpath(self.folder / name, strict=True))
        except (OSError, ValueError):
            outside = ".." in Path(name).parts or Path(name).is_absolute() if "\0" not in name else False
            raise FileNotEnclosedError(OUTSIDE if outside else NOT_FOUND) from None
        if not path.is_relative_to(self.folder):
            raise FileNotEnclosedError(OUTSIDE)
        return path
