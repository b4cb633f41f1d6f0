# Recoup: `make run` and `make test` are all it takes. Without make: see "On Windows without make" in README.md.
# Every target sets up .venv first; a stamp makes that instant once it is done.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
CHECKED := core pages app.py tests
WORKERS ?= 2

# Hashes of every platform's wheels, so that one lock serves Linux, macOS and Windows; no index's address, so that any index does.
LOCK := $(PY) -m uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test check bench screenshots messages migration lock clean

help: ## What there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit("Recoup needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.11 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: requirements.lock | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run-stamp

run: $(VENV)/.run-stamp ## Serve Recoup; prints the address
	@exec $(PY) -m core serve

demo: $(VENV)/.run-stamp ## Fill the database with a believable team; prints its sign-ins
	@$(PY) -m core demo

test: check ## Everything: format, lint, types, architecture, all tests
	$(PY) -m pytest -n $(WORKERS) -m "not alone and not browser"
	$(PY) -m pytest -m "alone or browser"

check: $(VENV)/.dev-stamp ## The fast half of test: format, lint, types, architecture
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --strict --no-error-summary $(CHECKED)
	$(BIN)/lint-imports

bench: $(VENV)/.dev-stamp ## Measure, with 1,000,000 shipments and 100,000 incidents
	$(PY) -m tests.bench

screenshots: $(VENV)/.dev-stamp ## Pictures of every screen into docs/screenshots
	$(PY) -m tests.screenshots

messages: $(VENV)/.dev-stamp ## Bring the catalogues up to what the code says
	$(PY) -m tests.messages

migration: $(VENV)/.dev-stamp ## Draft a migration from the models: make migration why="claims get a priority"
	$(PY) -m core.migrations.new "$(why)"

lock: | $(PY) ## Pin the newest versions that pyproject.toml allows
	$(PY) -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<1'
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@! grep -nE '://|^ *--(extra-)?index-url|^ *--find-links' requirements.lock requirements-dev.lock

clean: ## Remove what set-up made; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
