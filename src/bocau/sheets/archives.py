"""ZIP files of tables, unpacked with bounds: what a header claims is not believed, what is written is counted."""

import os
import zipfile
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from bocau.base.words import N_, Phrase
from bocau.sheets.errors import ArchiveWrongError
from bocau.sheets.opening import ZIP, open_plain

EMPTY = b"PK\x05\x06"
"""How a ZIP file without files begins."""
MOST_FILES = 100
MOST_ENTRIES = 10_000
MOST_BYTES = 2 << 30
"""Bytes of all files together, unpacked."""
PIECE = 1 << 20
ENDINGS = frozenset((".csv", ".tsv", ".txt", ".xlsx"))


def unpacked(path: Path, folder: Path, *, most: int = MOST_BYTES) -> list[Path]:
    """The tables in a ZIP file, as files in ``folder``, by name; ``path`` itself when it is no such file.

    Raises FileUnreadableError, ArchiveWrongError (nothing is left in ``folder``)."""
    with open_plain(path) as handle:
        if handle.read(4) not in (ZIP, EMPTY):
            return [path]
        try:
            with zipfile.ZipFile(handle) as archive:
                if {"[Content_Types].xml", "mimetype"} & set(archive.namelist()):
                    return [path]
                return _unpack(path, archive, folder, most)
        except (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, RuntimeError) as error:
            raise ArchiveWrongError(path=path.name, reason=Phrase(N_("it is damaged or has a password"))) from error


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path, most: int) -> list[Path]:
    chosen = [info for info in archive.infolist() if _is_table(info)]
    if len(archive.filelist) > MOST_ENTRIES or len(chosen) > MOST_FILES:
        raise ArchiveWrongError(path=path.name, reason=Phrase(N_("it has too many files")))
    if not chosen:
        raise ArchiveWrongError(path=path.name, reason=Phrase(N_("there is no CSV, TSV or XLSX file in it")))
    made: list[Path] = []
    left = most
    try:
        for info in sorted(chosen, key=lambda one: one.filename):
            made.append(_free(folder, PurePosixPath(info.filename.replace("\\", "/")).name))
            left = _copy(path, archive, info, made[-1], left)
    except BaseException:
        for one in made:
            one.unlink(missing_ok=True)
        raise
    return made


def _is_table(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not info.is_dir() and not hidden and name.suffix.lower() in ENDINGS


def _free(folder: Path, name: str) -> Path:
    """A place in the folder, whatever the archive calls the file."""
    bare = "".join(sign if sign.isprintable() else "_" for sign in name)
    stem, ending = PurePosixPath(bare).stem, PurePosixPath(bare).suffix
    while len(os.fsencode(stem)) > 200:
        stem = stem[:-1]
    place, number = folder / (stem + ending), 2
    while place.exists():
        place, number = folder / f"{stem}-{number}{ending}", number + 1
    return place


def _copy(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, left: int) -> int:
    """Unpack one file; how many bytes may still be."""
    with archive.open(info) as source, place.open("xb") as target:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise ArchiveWrongError(path=path.name, reason=Phrase(N_("it is too large when unpacked")))
            target.write(piece)
    return left
