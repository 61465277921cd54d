"""The engine: claim → compose → send → settle; journal, retry, circuits, sweep.

Owns: journals, the worker process's loop, how a letter is made and sent. Never: decides who receives, changes rows but
through ``ledger.protocol``. Talks to: ledger, audience, relays, content, attachments, wire. Doors use ``runtime``,
``sweep``, ``backwards``, ``compose`` and ``headings``.
"""
