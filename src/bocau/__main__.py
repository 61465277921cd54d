"""``python -m bocau`` is the `bocau` command."""

from bocau.doors.cli import main

main()
