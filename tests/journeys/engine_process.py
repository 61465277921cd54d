"""One worker process without Celery: the runtime, draining one lane until SIGTERM. For journeys that kill it."""

import signal
import sys
import threading

from bocau import wiring
from bocau.delivery.runtime import Runtime


def main(lane: str) -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    parts = wiring.parts()
    runtime = Runtime(parts.settings, parts.secret, parts.files)
    print("ready", flush=True)
    while not stop.is_set():
        if not runtime.drain(lane, 5.0, stop.is_set):
            stop.wait(0.05)
    clean = runtime.stop(parts.settings.stop_grace)
    print("clean" if clean else "left", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "bulk"))
