"""Tools with no mail in them: settings, errors, clock, words, log, metrics, secrets, database."""
