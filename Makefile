# Ortaq's commands. `make` alone explains them.
SHELL    := /bin/bash
PYTHON   ?= python3
BIN      := .venv/bin
UV       := .tools/bin/uv
PACKAGES := shared $(wildcard services/*) deploy/launcher deploy/demo-issuer deploy/demo
SOURCES  := $(PACKAGES:%=%/src)
COMPILE  := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-package ortaq-shared
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check lint bench lock format migrate revision up down

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BIN)/.ready ## Install everything at the locked versions into .venv

# A new lock or a new package installs anew; otherwise this costs nothing.
$(BIN)/.ready: requirements-dev.lock $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) deploy/check_python.py
	@test -x $(UV) || { $(PYTHON) -m venv .tools && .tools/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.lock; }
	@echo "Installing the locked packages into .venv (about a minute the first time)"
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) .venv
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps $(PACKAGES:%=-e %)
	@touch $@

run: setup ## Start the whole platform on this machine (Ctrl-C stops it)
	@$(BIN)/ortaq up

demo: setup ## Play one year of the village Borankul through the HTTP API
	@$(BIN)/ortaq demo

test: setup ## Run the tests
	@$(BIN)/pytest $(ARGS)

check: lint test ## Format, lint, architecture, types, compose file, tests

# Everything of `check` that runs in seconds.
lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy $(SOURCES)
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: setup ## Measure against references in the same run (table and JSON)
	@$(BIN)/python bench/run.py $(ARGS)

lock: ## Re-resolve the requirement locks (hashes, no addresses)
	@test -x $(UV) || { $(PYTHON) -m venv .tools && .tools/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.lock; }
	$(COMPILE) $(PACKAGES:%=%/pyproject.toml) -o requirements.lock
	$(COMPILE) -c requirements.lock --group dev $(PACKAGES:%=%/pyproject.toml) -o requirements-dev.lock

format: setup ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

migrate: setup ## Bring a running system's databases to the newest schema
	@$(BIN)/ortaq migrate

revision: setup ## Write a migration: make revision SERVICE=budget M="Add …"
	@$(BIN)/ortaq revision $(SERVICE) "$(M)"

up: ## Start the containers (docker compose)
	docker compose up --build --detach --wait

down: ## Stop the containers
	docker compose down
