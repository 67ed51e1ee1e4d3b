# serai: two commands matter, `make brief` and `make test`. Each makes what it needs.
.DEFAULT_GOAL := help
.PHONY: help brief test lint bench docs soak atlas study validation constraints clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
OUT ?= build/tokyo

help:
	@echo 'make brief    the reference study, from figures to build/tokyo/brief.html'
	@echo 'make test     lint, types, layers and all tests'
	@echo 'make lint     ruff, mypy --strict, import-linter'
	@echo 'make bench    speed and memory, as ratios and seconds'
	@echo 'make docs     the documentation site, offline: build/docs/index.html'
	@echo 'make atlas    derive the packaged tables again from ../shared/data'
	@echo 'make study    derive the tables of the reference study again'
	@echo 'make validation  run every published check and write docs/validation.md again'
	@echo 'make soak     long runs: kills, large files'

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo 'serai needs Python 3.11 or newer on the PATH (python3 --version). Install it, or: make brief PYTHON=/path/to/python3.12'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv'; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo 'Installing serai into $(VENV) (once)...'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo 'Installing what the tests need (once)...'
	@$(PIP) --editable '.[test,lint,docs]'
	@touch $@

brief: $(VENV)/.installed
	@$(BIN)/serai brief --out $(OUT)

.PHONY: system
system:
	@tools/system_packages.sh

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# a worker a core; a file stays with one worker, and those that take longest begin first
WORKERS := -n logical --maxprocesses 8 --dist loadscope --no-loadscope-reorder
test: $(VENV)/.installed-dev system lint
	$(BIN)/python -m pytest $(WORKERS)

soak: $(VENV)/.installed-dev system
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks --record

docs: $(VENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo 'Open build/docs/index.html'

DATA ?= ../shared/data
atlas: $(VENV)/.installed-dev
	$(BIN)/python -m tools.build_atlas
	$(BIN)/python -m tools.describe_atlas
	$(BIN)/python -m tools.describe_corridors

validation: $(VENV)/.installed-dev
	$(BIN)/python -m tools.describe_validation

study: $(VENV)/.installed-dev
	$(BIN)/python tools/build_study.py
	$(BIN)/python tools/build_answers.py $(DATA)/pipeline/projects.csv
	$(BIN)/python tools/attraction.py $(DATA) src/serai/studies/tokyo/attraction.csv

constraints:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --output-file constraints.txt

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
