"""What every command stands on: options and exit codes, the screen, bars, secrets, errors, files to write to."""
