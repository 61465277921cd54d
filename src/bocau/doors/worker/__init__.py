"""The way in for rings: Celery tasks, beat's timetable, and how a worker starts and stops.

Owns: nothing. Never: SQL, rules. Talks to: delivery.
"""
