# Patrol. `make help` shows what there is. Everything lives in .venv and var; nothing else is touched.

PORT ?= 8000
SIMULATOR_PORT ?= 8001
PATROL_DATA_DIR ?= $(if $(filter github,$(MODE)),var-github,var)
export PORT SIMULATOR_PORT PATROL_DATA_DIR MODE

# The first Python that is new enough; `make run PYTHON=/path/to/python` decides otherwise.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench faults soak screenshots requirements clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run  ## Start Patrol with a simulated GitHub, or MODE=github (PORT, SIMULATOR_PORT, PATROL_DATA_DIR)
	@exec $(BIN)/python -m config.supervisor

test: .venv/.test  ## Run every test but the long ones (ARGS="tests/policy -k risk" for some)
	@$(BIN)/python -m scripts.run_tests $(ARGS)

lint: .venv/.test  ## Check style, types, layers, templates, migrations and generated documents
	@$(BIN)/python -m scripts.lint

format: .venv/.test  ## Bring the code into its form
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .

bench: .venv/.test  ## Measure; one JSON object per line (ONLY=name for one)
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

faults: .venv/.test  ## Break what Patrol stands on and see what becomes of decisions
	@$(BIN)/python -m pytest tests/faults -m faults -n 2 --dist loadscope -p no:cacheprovider $(ARGS)

soak: .venv/.test  ## Let it run for minutes and watch its memory (SOAK_SECONDS=300)
	@$(BIN)/python -m pytest tests/soak -m soak -s -p no:cacheprovider $(ARGS)

screenshots: .venv/.test  ## Save the main pages into docs/screenshots
	@$(BIN)/python -m scripts.screenshots

requirements: .venv/.test  ## Pin what requirements/*.in ask for, with hashes
	@for set in base test; do $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
		--no-emit-find-links --python-version 3.11 --custom-compile-command "make requirements" \
		$$([ $$set = test ] && echo "--constraint requirements/base.txt") \
		requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean:  ## Remove the environment and the demo's data
	@! grep -qs real var/github || { echo "patrol: var holds a real organization's record; remove it yourself" >&2; exit 1; }
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "patrol: Python 3.11 or newer is needed; make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "patrol: $(PYTHON) is older than Python 3.11; make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "patrol: making the environment in .venv (once; about half a minute)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "patrol: $(PYTHON) cannot make an environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

# A stamp says which pins are installed. The test environment holds the running one.
.venv/.run: requirements/base.txt | .venv/bin/python
	@$(PIP) -r requirements/base.txt && touch $@

.venv/.test: requirements/test.txt requirements/base.txt | .venv/bin/python
	@$(PIP) -r requirements/test.txt && touch .venv/.run $@
