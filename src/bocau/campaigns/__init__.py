"""One mail to many: draft, check, launch, expand, pause, finish.

Owns: campaigns, their variants and how far each is expanded. Never: sends, changes a message. Talks to: intake, stats,
audience, ledger, content, relays, events.
"""
