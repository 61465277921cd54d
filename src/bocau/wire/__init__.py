"""RFCs and nothing of the product: mail bytes, SMTP, DNS. No database, no settings but what a caller hands in.

Owns how bytes travel and what servers' answers are. Never decides what is sent or whether it is tried again.
Talks to base only. Faces: ``bocau.wire.smtp`` (client and receiver), ``bocau.wire.reply``, ``bocau.wire.dns``.
"""
