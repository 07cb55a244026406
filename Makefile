# Everything is set up by the targets themselves: `make demo` and `make test` work in a fresh clone.
# Needed beforehand: GNU make, git, and Python 3.11 or newer with its venv module.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
PYTEST := $(PYTHON) -m pytest
# Node.js and npm are the wheel's in the virtual environment, whatever the machine has.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where this is set, each of some hundred processes compiles all modules anew: half a second of its start.
unexport PYTHONDONTWRITEBYTECODE

FRONT := $(wildcard trace/suyuan/web/front/*)
PACKAGES := $(VENV)/packages.stamp
EDITABLE := $(VENV)/editable.stamp
BENCH := $(VENV)/bench/packages.stamp
FUZZ := $(VENV)/fuzz/packages.stamp
SLITHER := $(VENV)/slither/packages.stamp
MODULES := node_modules/.package-lock.json
BUILT := trace/suyuan/web/static/build/build.json

##@ Use
.PHONY: help setup demo clean
help: ## say what there is
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(EDITABLE) $(BUILT) ## set everything up; does nothing the second time

demo: setup ## run the main job on a real season and leave the service running
	@exec $(BIN)/suyuan demo

clean: ## remove what was built and set up; the data in .suyuan stays
	rm -rf $(VENV) node_modules dist trace/suyuan/web/static/build contracts/out contracts/cache
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find trace labels devnet contracts tests scripts -name __pycache__ -prune -exec rm -rf {} +

$(PACKAGES): requirements/dev.lock scripts/find_python
	@echo "Setting up $(VENV): about a minute the first time"
	@scripts/find_python venv $(VENV)
	@$(PYTHON) -m pip install --quiet --require-hashes --requirement requirements/dev.lock
	@touch $@

# The backend is in the lock, so that building needs no environment (and no download) of its own.
$(EDITABLE): $(PACKAGES) pyproject.toml
	@$(PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# npm writes this file itself when it is done; no package's install script is run.
$(MODULES): package.json package-lock.json $(PACKAGES)
	@echo "Setting up node_modules"
	@$(BIN)/npm ci --ignore-scripts
	@touch $@

$(BUILT): $(MODULES) scripts/build_front.mjs $(FRONT)
	@$(BIN)/node scripts/build_front.mjs >/dev/null

##@ Check
.PHONY: test check lint types imports slither contract front unit heavy slow store chain browser parts
test: setup ## everything that must hold: what `.ci/run` runs
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check slither parts
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target unit heavy browser slow

check: lint types imports front ## what needs no running part

lint: $(EDITABLE) ## ruff: rules and format
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

types: $(EDITABLE) ## mypy --strict
	$(BIN)/mypy

imports: $(EDITABLE) ## import-linter: who may import whom
	$(BIN)/lint-imports --no-cache

slither: setup $(SLITHER) ## the contract: static analysis, every finding explained
	$(PYTHON) contracts/slither.py $(VENV)/slither/bin/slither

# Another web3 than ours is what it needs.
$(SLITHER): requirements/slither.lock $(PACKAGES)
	@$(PYTHON) -m venv --clear $(VENV)/slither
	@$(VENV)/slither/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

contract: setup ## the contract: its own tests, run by forge, and ours
	$(PYTEST) tests/contract

front: setup ## node: the page's own verifier
	$(BIN)/node --test --test-reporter=dot "tests/front/*.test.mjs"

unit: setup ## tests that need no running part
	$(PYTEST) tests -m "not chain and not postgres and not browser and not slow"

heavy: setup parts ## tests that need a running part other than a browser
	$(PYTEST) tests -m "(chain or postgres) and not browser"

slow: setup parts ## tests that need minutes, and none of those parts
	$(PYTEST) tests -m "slow and not (chain or postgres or browser)"

store: setup parts ## the store, on SQLite and PostgreSQL
	$(PYTEST) tests/store

chain: setup ## what needs the devnet
	$(PYTEST) tests -m chain

browser: setup parts ## what needs Chromium
	$(PYTEST) tests/browser -m browser

parts: ## PostgreSQL, Chromium and the like, installed where we may
	@scripts/need_parts

##@ Make
.PHONY: bench fuzz torture wheel lock
bench: setup $(BENCH) ## the figures, beside their references
	$(PYTHON) tests/bench/run.py

# The references' own environment: one of them is GPL, and must not be where we are.
$(BENCH): requirements/bench.lock $(PACKAGES)
	@$(PYTHON) -m venv --clear $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

fuzz: setup $(FUZZ) ## every reader of what strangers send, half a minute each (SECONDS_EACH=30)
	PYTHONPATH="$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))'):trace:labels:devnet:contracts" \
	  $(VENV)/fuzz/bin/python tests/fuzz/fuzz.py all $(or $(SECONDS_EACH),30)

# A fuzzer of its own: nobody needs it to run or to test what is there.
$(FUZZ): requirements/fuzz.lock $(PACKAGES)
	@$(PYTHON) -m venv --clear $(VENV)/fuzz
	@$(VENV)/fuzz/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

torture: setup parts ## kill everything at random, half an hour a database (KILLS=500 WRITERS=8 SEED=…)
	$(PYTHON) tests/fire/torture.py --kills $(or $(KILLS),500) --writers $(or $(WRITERS),8) \
	  --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED)) --database $(or $(DATABASE),both)

wheel: setup ## dist/*.whl
	$(PYTHON) -m hatchling build --target wheel

lock: $(PACKAGES) ## write the lock files anew from pyproject.toml and package.json
	scripts/lock
