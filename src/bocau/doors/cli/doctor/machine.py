"""Checks of this machine: settings, data folder, disk, the journal's file system."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bocau.base import config
from bocau.base.config import Settings
from bocau.base.locks import try_lock
from bocau.base.words import N_
from bocau.doors.cli.doctor.finding import Finding, failed, ok, warning

GB = 1_000_000_000
LEAST, ROOMY = GB // 5, 2 * GB
"""Bytes free below which sending may stop at any time, and below which somebody should know."""
NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.s3fs",
)
VOLATILE = ("tmpfs", "ramfs")


def settings_known(settings: Settings) -> Iterator[Finding]:
    """No name that looks like a setting is misspelt."""
    wrong = config.unknown()
    if wrong:
        yield warning(
            "settings",
            N_("These are not settings: {names}."),
            N_("`bocau config` lists all settings."),
            names=", ".join(wrong),
        )
    else:
        yield ok("settings", N_("Settings are read from the environment and {path}."), path=config.config_file())


def home(settings: Settings) -> Iterator[Finding]:
    """The data folder can be written to, by us alone."""
    folder = settings.home
    if not folder.exists():
        hint = N_("The first start creates it: bocau up")
        yield warning("home", N_("There is no data folder {path} yet."), hint, path=folder)
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            mode = folder.stat().st_mode
    except OSError as error:
        hint = N_("Give this user the right to write there, or choose another folder: BOCAU_HOME=…")
        yield failed("home", N_("{path} cannot be written to: {reason}."), hint, path=folder, reason=error.strerror)
        return
    if mode & 0o022:
        yield warning("home", N_("Other users can write to {path}."), N_("Run: chmod 700 {path}"), path=folder)
    else:
        yield ok("home", N_("The data folder is {path}."), path=folder)


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room for the journal and the database."""
    folders = {_existing(folder).stat().st_dev: folder for folder in (settings.journals, settings.home)}
    for folder in folders.values():
        free = shutil.disk_usage(_existing(folder)).free
        told = {"free": f"{free / GB:.1f}", "path": folder}
        hint = N_("Free some space. When the disk is full, sending stops; no mail is lost.")
        if free < LEAST:
            yield failed("disk", N_("Only {free} GB are free for {path}."), hint, **told)
        elif free < ROOMY:
            yield warning("disk", N_("Only {free} GB are free for {path}."), hint, **told)
        else:
            yield ok("disk", N_("{free} GB are free for {path}."), **told)


def journal(settings: Settings) -> Iterator[Finding]:
    """The journals lie on a file system whose locks and pages survive a killed process."""
    folder = settings.journals
    kind = file_system(_existing(folder))
    if kind in NETWORK:
        yield failed(
            "journal",
            N_("The journals in {path} are on a network file system ({kind})."),
            N_(
                "Its locks do not reliably tell which processes are dead. Set BOCAU_JOURNAL_DIR to a folder on a "
                "local disk."
            ),
            path=folder,
            kind=kind,
        )
        return
    if not _locks_and_reserves(_existing(folder)):
        hint = N_("Set BOCAU_JOURNAL_DIR to a folder on a local disk (ext4, xfs, btrfs, zfs).")
        yield failed(
            "journal", N_("Files in {path} cannot be locked or reserved ({kind})."), hint, path=folder, kind=kind
        )
    elif kind in VOLATILE:
        hint = N_("Set BOCAU_JOURNAL_DIR to a folder on a disk or a volume that survives a restart of the machine.")
        yield warning("journal", N_("The journals in {path} are in memory ({kind})."), hint, path=folder, kind=kind)
    else:
        yield ok("journal", N_("The journals are in {path} ({kind})."), path=folder, kind=kind)


def file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The kind of file system ``path`` lies on; ``unknown`` where the system does not tell (macOS)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown"
    real, best, kind = path.resolve(), -1, "unknown"
    for line in lines:  # proc(5): … mount point … - type source options
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))
        if real.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split()[0]
    return kind


def _locks_and_reserves(folder: Path) -> bool:
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            if not try_lock(file):
                return False
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, 1 << 20)
        except OSError:
            return False
    return True


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
