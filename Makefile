# Everything runs from .venv, which the first target that needs it makes; later calls find it there and install nothing.
PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-frozen test-orders soak lint format bench coverage dist clean

demo: .venv/.demo  ## Run the first scenario on real prices and the flash crash; says where the reports are
	.venv/bin/tradepit run first-run
	.venv/bin/tradepit run flash-crash

test: .venv/.all  ## Run the whole suite
	$(PY) -m pytest -q -n 2 $(PYTEST)

test-frozen: .venv/.all  ## The same with every value frozen at run time
	TRADEPIT_TEST_FROZEN=1 $(PY) -m pytest -q -n 2 $(PYTEST)

test-orders: .venv/.all  ## The same under ten orders in which trio may run its tasks
	set -e; for order in 1 2 3 4 5 6 7 8 9 10; do TRADEPIT_TEST_ORDER=$$order $(PY) -m pytest -q -n 2 $(PYTEST); done

soak: .venv/.all  ## Run 10,000 random kernel systems in both dispatch modes and in real time; SOAK='--first 20000' for others
	$(PY) -m tradepit.tools.soak $(SOAK)

coverage: .venv/.all  ## Branch coverage of the packages
	$(PY) -m pytest -q -n 2 --cov --cov-branch --cov-report=term $(PYTEST)

lint: .venv/.all  ## Style, types and the floors of the house
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/.all  ## Mend what can be mended
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/.all  ## Measure against floors and peers; writes docs/benchmarks.md
	$(PY) -m tradepit.tools.bench.compare

dist: .venv/.all  ## Build sdist and wheel into dist/
	rm -rf dist
	$(PY) -m build --quiet

clean:  ## Remove what was made
	rm -rf .venv .bench build dist runs .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml
	$(PIP) install -e '.[data,samples,report]'
	touch $@

.venv/.all: .venv/bin/python pyproject.toml
	$(PIP) install -e '.[all]'
	touch $@ .venv/.demo
