"""The queues' names: what is claimed, rung for and served under one name."""

import re

QUEUES = ("transactional", "bulk", "chores")
"""What a worker serves unless it is told otherwise."""
QUEUE = re.compile(rf"(?:{'|'.join(QUEUES)})(?:\.[a-z0-9-]+)?\Z")
"""One of them, with a region where needed: ``bulk.eu``."""
CHORES_DUE = "chores due"
"""What a verb notes instead of a queue when there is slow work that is not a mail: campaigns to expand, reports to make."""
