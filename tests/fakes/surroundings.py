"""What a test run must not take from whoever started it: settings, home folder, signals that are ignored."""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import uuid

MARK = "TEST_RUN_MARK"
"""In the environment of everything that this process starts, so that what outlives it is found."""
OURS = ("BOCAU_SOAK", "BOCAU_YARDSTICK")
FOREIGN = ("BOCAU_", "PG", "MYSQL", "MARIADB", "XDG_", "LC_", "CELERY", "FLASK", "WERKZEUG")
PLAIN = (
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "TERM",
    "LANG",
    "LANGUAGE",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "EDITOR",
    "PAGER",
    "PYTHONDONTWRITEBYTECODE",  # or each of hundreds of processes compiles all of the product anew
)


def make() -> None:
    """Signals as a terminal gives them (a background job of a shell ignores SIGINT, and so would its children); no
    settings but those that tests make; a home folder of our own; times in UTC whatever the machine says."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for name in list(os.environ):
        if name in PLAIN or (name.startswith(FOREIGN) and name not in OURS):
            del os.environ[name]
    sys.dont_write_bytecode = False
    home = tempfile.mkdtemp(prefix="bocau-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(HOME=home, LANG="C.UTF-8", BOCAU_ZONE="UTC")
    os.environ[MARK] = uuid.uuid4().hex
