"""`bocau campaigns preflight`, `preview`, `test`: before anybody gets it."""

VERBS = ()
