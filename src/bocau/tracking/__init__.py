"""What comes back through our own links: opens, clicks, unsubscribing, preferences.

Owns: the words in links and what is done when one comes back. Never: redirects to what a visitor names. Talks to: audience,
ledger, content, events.
"""
