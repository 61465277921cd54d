"""Facts about messages, written once.

Owns: the event table and the closed list of kinds. Never: changes a message, or a fact but to forget a person. Talks to:
nobody.
Rules about what people did use ``having``, which also says what counts as done by a reader; statistics ``counting``.
"""

from bocau.events.append import Event, append, known, timeline
from bocau.events.forget import forget
from bocau.events.kinds import Kind

__all__ = ["Event", "Kind", "append", "forget", "known", "timeline"]
