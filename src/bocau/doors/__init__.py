"""Ways in: each door parses, calls one verb of a room and presents. No SQL, no rules, no decisions."""
