"""What the pixel and a link cost in process (no network, no server), and how fast hits come into the timeline.

.venv/bin/python bench/tracking.py [hits]
"""

import sys
import tempfile
import time
from pathlib import Path

from werkzeug.test import create_environ

from bocau import tracking, wiring
from bocau.base.config import Settings
from bocau.base.db import metadata, transaction
from bocau.base.seals import Seal, number_payload
from bocau.doors.site import create_app


def main(count: int) -> None:
    """Print µs per request and hits taken in per second, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'bench.db'}"
        parts = wiring.parts(Settings(home=home, database_url=url, secret_key="0123456789abcdef" * 2))
        app = create_app(parts)
        app.config["TAKE_HITS"] = False
        metadata.create_all(parts.db)
        link = Seal(parts.secret, "link").seal(b"\x00\x01https://x.test/page?id=1")
        message = Seal(parts.secret, "message")
        words = [message.seal(number_payload(number)) for number in range(count)]
        for name, paths in (
            ("/o", [f"/o/{word}.gif" for word in words]),
            ("/c", [f"/c/{word}/{link}" for word in words]),
        ):
            asked = [create_environ(path, headers={"User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"}) for path in paths]
            began = time.perf_counter()
            for environ in asked:
                for _ in app(environ, lambda *_: None):
                    pass
            print(f"{name}: {(time.perf_counter() - began) / count * 1e6:.0f} µs")
        began, taken = time.perf_counter(), 0
        while True:
            with transaction(parts.db) as connection:
                some = tracking.ingest(connection, parts.settings, parts.secret)
            if not some:
                break
            taken += some
        print(f"taken in: {taken} hits, {taken / (time.perf_counter() - began):.0f}/s")
        parts.db.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
