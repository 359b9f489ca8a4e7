# Every target sets itself up. `make demo` and `make test` are all that a new machine needs: Python 3.11+ and make.

VENV := .venv
BIN := $(VENV)/bin
# One worker a core; an idle worker takes over tests of a busy one.
PYTEST_ARGS ?= -n auto --dist worksteal

PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable

.PHONY: help demo test lint docs bench localstack clean

help:
	@echo "make demo        check six emulated accounts: what a report looks like, without AWS"
	@echo "make test        all tests, with branch coverage"
	@echo "make lint        format, lint, types, and the arrows between the rooms"
	@echo "make docs        compare the documentation with the program; 'make docs WRITE=1' writes what is generated"
	@echo "make bench       measurements"
	@echo "make localstack  set up LocalStack in an environment of its own; 'make test' then runs its tests too"
	@echo "make clean       remove what the targets made"

demo: $(VENV)/.demo
	@$(BIN)/alarmchain demo

test: $(VENV)/.dev
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest $(PYTEST_ARGS) --cov --cov-report=term

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy docs
	$(BIN)/python -m pytest -q -p no:randomly tests/architecture

docs: $(VENV)/.dev
	@for page in docs/generate_*.py; do $(BIN)/python $$page $(if $(WRITE),,--check) || exit 1; done
	$(if $(WRITE),$(BIN)/python -m tests.docs.shown)
	$(BIN)/python -m pytest -q -p no:randomly tests/docs

bench: $(VENV)/.dev
	@for module in tests/benchmarks/bench_*.py; do \
		name=$$(basename $$module .py); echo "== $$name"; $(BIN)/python -m tests.benchmarks.$$name || exit 1; \
	done

localstack: $(VENV)/.dev
	$(BIN)/python -m tests.localstack.environment

clean:
	rm -rf $(VENV) .venv-localstack .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV), about a minute the first time ..."
	@$(PIP_INSTALL) '.[demo]' --constraint constraints.txt
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV), with the tools for development ..."
	@$(PIP_INSTALL) '.[dev]' --constraint constraints.txt
	@touch $(VENV)/.demo $@

$(BIN)/python:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "alarmchain needs Python 3.11 or newer, and none was found" >&2; exit 1; fi; \
	if ! $$found -m venv $(VENV) >/dev/null; then \
		rm -rf $(VENV); echo "$$found cannot make a virtual environment: on Debian, apt-get install python3-venv" >&2; \
		exit 1; \
	fi
