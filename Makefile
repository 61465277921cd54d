# Bồ Câu. `make` alone prints what there is.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $(name))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	--extra embedded --extra mysql pyproject.toml requirements/build.in

.DEFAULT_GOAL := help
.PHONY: help up install test lint bench soak model docs lock migration clean

help: ## Print this list
	@echo "Bồ Câu — make targets:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

up: install ## Install (once) and start everything; Ctrl-C stops it
	@./bocau up

install: $(VENV)/installed bocau ## Make the environment and the launcher ./bocau

test: $(VENV)/installed-dev bocau ## Run all tests
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: $(VENV)/installed-dev ## Check style, types and the law of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/installed-dev ## Measure each stage, then 100,000 mails from end to end
	@$(BIN)/python -P bench/run.py $(ARGS)

soak: $(VENV)/installed-dev bocau ## Run the journeys with ten random kills each (takes long)
	@BOCAU_SOAK=10 $(BIN)/python -m pytest --timeout=3600 -o faulthandler_timeout=4000 tests/journeys tests/ledger $(ARGS)

model: $(VENV)/installed-dev ## Search the delivery protocol's model whole (takes long)
	@$(BIN)/python -m protocol $(ARGS)

docs: $(VENV)/installed-dev ## Write docs/reference and the made parts of docs/map.md anew from the code
	@$(BIN)/python tools/reference.py
	@$(BIN)/python tools/tables.py
	@$(BIN)/python tools/called_by.py

lock: $(VENV)/installed-dev ## Write the locks in requirements/ anew
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(PIP) install uv
	@$(BIN)/python -m uv pip compile $(LOCK) --output-file requirements/app.txt $(ARGS)
	@$(BIN)/python -m uv pip compile $(LOCK) --extra dev --constraint requirements/app.txt \
		--output-file requirements/dev.txt $(ARGS)

migration: $(VENV)/installed-dev ## Write the next step of the database: make migration WHAT="what it does"
	@$(BIN)/python tools/new_migration.py "$(WHAT)"

clean: ## Remove the environment and everything that was generated; your mails stay
	@rm -rf $(VENV) bocau dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests bench protocol tools -name __pycache__ -type d -prune -exec rm -rf {} +

bocau: tools/launcher.sh
	@install -m 755 $< $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed:  sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing:  sudo apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/installed: requirements/app.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Bồ Câu needs (once, a minute or two) …"
	@$(PIP) install --require-hashes --requirement requirements/app.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements/dev.txt $(VENV)/installed
	@echo "Installing what its tests need (once) …"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@
