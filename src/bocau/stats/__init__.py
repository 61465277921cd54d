"""How many: queued, sent, failed, opened … by campaign, hour, domain, relay, link.

Owns: roll-up tables that can be counted anew from messages and events. Never: changes a message or an event. Talks to:
ledger, events.
"""
