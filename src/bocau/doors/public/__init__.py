"""The way in for people who got a mail: opens, clicks, unsubscribe, preferences, confirm. No login, no cookie.

Owns: nothing. Never: SQL, rules, an address to redirect to that a visitor named. Talks to: tracking.
"""
