# `make run` serves Frameloop on this machine, `make test` runs every test. Nothing else needs to be installed.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
# `file` where nobody chose a Python: then .venv is made with the quickest one here.
PYTHON_FROM := $(origin PYTHON)
export PORT HOST PYTHON_FROM BLENDER
BIN := .venv/bin
# Stores of the tests' own, gone afterwards.
STORES := $(BIN)/python -m config.local env --fast --

.PHONY: run install blender python test test-whole test-runs test-parts check lint fmt schema screenshots clean

run: python
	@$(PYTHON) config/bootstrap.py check
	@$(PYTHON) config/bootstrap.py install
	@$(PYTHON) config/bootstrap.py blender
	@exec $(BIN)/python -m config.local run --with-parent

install: python
	@$(PYTHON) config/bootstrap.py install

# What renders scenes, in a .venv of its own; BLENDER=0 leaves it out.
blender: python
	@$(PYTHON) config/bootstrap.py blender

python:
	@command -v $(PYTHON) >/dev/null || { echo "Frameloop needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is not here: install one (Debian, Ubuntu: apt install python3 python3-venv)." >&2; exit 1; }

test: install blender
	@$(PYTHON) config/bootstrap.py chromium
	cd frontend && npm test
	@$(MAKE) --no-print-directory -j3 --output-sync=target test-whole test-runs test-parts

# Side by side, for most of it waits: the whole system in a browser; what starts servers and workers; all other parts. Each has
# stores of its own, and what calculates in them half of the cores.
test-%: export OMP_NUM_THREADS = $(shell echo $$((($$(getconf _NPROCESSORS_ONLN) + 1) / 2)))
WHOLE := tests/e2e
RUNS := tests/setup tests/inference tests/training
test-whole:
	$(STORES) $(BIN)/python -m pytest --durations=15 $(WHOLE)
test-runs:
	$(STORES) $(BIN)/python -m pytest --durations=15 $(RUNS)
test-parts:
	$(STORES) $(BIN)/python -m pytest --durations=15 $(addprefix --ignore=,$(WHOLE) $(RUNS))

check: install lint test

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(STORES) $(BIN)/mypy
	$(BIN)/lint-imports
	$(STORES) $(BIN)/python manage.py makemigrations --check --dry-run
	$(STORES) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml
	@cmp var/openapi.yaml openapi.yaml || { echo "openapi.yaml is stale. Run: make schema" >&2; exit 1; }
	cd frontend && npm run api -- --check && npm run lint && npm run typecheck

schema:
	$(STORES) $(BIN)/python manage.py spectacular --file openapi.yaml
	cd frontend && npm run api

fmt:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && npm run format

# One turn of the loop in a browser; its pictures go to docs/images.
screenshots: install
	$(BIN)/python -m docs.screenshots

# What was built and installed; the data under var/ stays.
clean:
	rm -rf .venv .venv-blender frontend/node_modules frontend/dist var/stamps
