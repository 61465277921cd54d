"""When: later, again and again, at each person's own time; reports made from data.

Owns: schedules and the record of each time that was fired. Never: sends. Talks to: campaigns, intake, sheets, content.
"""
