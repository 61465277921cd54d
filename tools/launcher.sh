#!/bin/sh
# Runs Bồ Câu from this folder's environment, wherever it is called from.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/.venv/bin/python" -P -m bocau "$@"
