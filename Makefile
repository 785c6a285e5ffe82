# Two commands on a fresh machine: `make run` and `make test`. Each sets up what it needs first; see tools/setup.sh.
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
export VENV

.PHONY: help run test check lint format schemas bench soak compat lock clean setup-test

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' Makefile

run: ## opt in and record; without a display, the demonstration
	@tools/run.sh

test: setup-test ## everything that must hold: style, types, layers, schemas, tests
	@$(MAKE) --no-print-directory lint check

# Two cores: both are used; the tests of one file share a desktop, so they stay together. Those that need a desktop run
# apart from the others, whose property tests would take the time that real windows need.
check:
	@echo "== tests without a desktop"
	@$(PYTEST) -n 2 -m "not desktop and not soak" --durations=10
	@echo "== tests on a virtual desktop"
	@$(PYTEST) -n 2 --dist loadfile -m "desktop and not soak" --durations=10

lint: setup-test ## style, types, layers, schemas; no tests
	@echo "== ruff format"
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet . | head -40; exit 1; }
	@echo "== ruff check"
	@$(BIN)/ruff check --quiet --output-format concise .
	@echo "== mypy --strict"
	@$(BIN)/mypy --no-error-summary
	@echo "== layers"
	@$(BIN)/lint-imports --no-cache >$(VENV)/layers.log || { cat $(VENV)/layers.log; exit 1; }
	@echo "== schemas"
	@$(BIN)/python -m recorder.format.emit --check

format: setup-test ## rewrite to the house style
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

schemas: setup-test ## write schemas/ from recorder/model
	@$(BIN)/python -m recorder.format.emit

bench: setup-test ## measure, beside a bare loop or a peer in the same run
	@tools/bench.sh

soak: setup-test ## the long tests, with their full parameters
	@RECORDER_SOAK=1 $(PYTEST) -m soak -v --timeout=0

compat: setup-test ## the same tests with the lowest versions that pyproject.toml promises
	@tools/compat.sh

lock: setup-test ## pin new versions in requirements*.lock
	@tools/lock.sh

setup-test:
	@tools/setup.sh test

clean: ## take away what was made; no recording is touched
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage demo-out
	find recorder tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
