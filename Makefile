# `make run` serves Frameloop on this machine, `make test` runs every test. Nothing else needs to be installed.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
export PORT HOST
BIN := .venv/bin
# Stores of the tests' own, gone afterwards.
STORES := $(BIN)/python -m config.local env --fast --

.PHONY: run install frontend test check lint fmt schema clean

run:
	@$(PYTHON) config/bootstrap.py check
	@$(PYTHON) config/bootstrap.py install
	@exec $(BIN)/python -m config.local run

install:
	@$(PYTHON) config/bootstrap.py install

frontend: install

test: install
	@$(PYTHON) config/bootstrap.py chromium
	$(STORES) $(BIN)/python -m pytest
	cd frontend && npm test

check: install lint test

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(STORES) $(BIN)/python manage.py makemigrations --check --dry-run
	$(STORES) $(BIN)/mypy
	$(BIN)/lint-imports
	$(STORES) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml
	cmp var/openapi.yaml openapi.yaml || (echo "openapi.yaml is stale. Run: make schema"; exit 1)
	cd frontend && npm run api -- --check && npm run lint && npm run typecheck

schema:
	$(STORES) $(BIN)/python manage.py spectacular --file openapi.yaml
	cd frontend && npm run api

fmt:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv frontend/node_modules frontend/dist var/stamps
