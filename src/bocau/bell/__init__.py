"""The doorbell: how workers are woken. The queue is the ledger; a lost ring costs only time.

Owns: how the broker is spoken to. Never: carries data (a ring names a queue, nothing else). Talks to: base.
Workers, the doctor and who waits for workers also use ``broker``: Celery's application, which takes long to load.
"""

from bocau.bell.address import ADDRESS, broker_url
from bocau.bell.doorbell import Doorbell

__all__ = ["ADDRESS", "Doorbell", "broker_url"]
