# `make` alone prints what there is. Works with GNU Make 3.81 (macOS) and newer.

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/ready
PAGE  := $(VENV)/page
TYPES := $(VENV)/types
TRAIN := $(VENV)/train
CODE  := bot handlers storage locales tests bench

# Most tests wait for the bot: four at a time use two cores well, and hurry none of them.
TESTS ?= -n 4 --dist worksteal

# TRIAGE="--misses" lists what was missed.
TRIAGE ?=

# SCREENING="--misses" does for operators' sentences.
SCREENING ?=

# DEMO="--no-browser --port 8000" only prints the address.
DEMO ?=

# One thread, so that the arithmetic of a training is the same however many cores there are, and tests side by side
# do not spin for one another.
ALONE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# PYTHON=python3.13 chooses an interpreter; otherwise the first one of 3.11 or newer is taken.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11)

.DEFAULT_GOAL := help
.PHONY: help venv demo play test torture crowds pictures bench bench-page bench-start bench-triage bench-screening weights check format requirements clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

venv: $(READY) ## set up .venv (the others do it themselves)

$(READY): requirements/dev.txt pyproject.toml
	@python=; \
	for candidate in $(PYTHONS); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Senim needs Python 3.11 or newer (looked for: $(PYTHONS)); install it, or name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$$python cannot make virtual environments; on Debian and Ubuntu install python3-venv: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

$(PAGE): $(READY) requirements/page.txt
	@echo "Setting up what tests the page of the demo"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/page.txt
	@touch $(PAGE)

$(TYPES): $(PAGE) tests/page/package-lock.json
	@echo "Setting up what checks the types of its JavaScript"
	@cd tests/page && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $(TYPES)

$(TRAIN): $(READY) requirements/train.txt
	@echo "Setting up what the triage weights are trained with"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/train.txt
	@touch $(TRAIN)

demo: $(READY) ## three telephones in a browser, with the real bot and a Telegram of our own on this machine
	@$(BIN)/senim demo $(DEMO)

play: $(READY) ## one conversation in each language, in the terminal
	@$(BIN)/senim demo --play

test: $(READY) $(PAGE) $(TRAIN) ## run all tests but the long ones (TESTS="-n 0 tests/unit" chooses others)
	@$(ALONE) $(BIN)/python -m pytest $(TESTS)

torture: $(READY) $(PAGE) $(TRAIN) ## hundreds of kills, long state machines, 100,000 broken updates (TORTURE=n for another number)
	@$(BIN)/python -m pytest -m torture -s -o faulthandler_timeout=14400

crowds: $(READY) ## 1,000 cries of one minute, and 200 red messages beside full queues (about ten minutes; a part of torture)
	@$(ALONE) $(BIN)/python -m pytest -m torture -s -o faulthandler_timeout=3600 tests/flow/test_crowds.py

pictures: $(READY) $(PAGE) ## the pictures of the page in README and docs, taken anew (needs Chromium)
	@$(BIN)/python -m tests.page.pictures

bench: $(READY) ## messages a second beside a bare echo bot, on this machine (some minutes)
	@$(BIN)/python -m bench.throughput

bench-page: $(READY) $(PAGE) ## how soon telephones are on the screen, and one shows what another sends (needs Chromium)
	@$(BIN)/python -m bench.page

bench-start: $(READY) ## processor time and memory of a start, beside one that builds all of aiogram's types
	@$(BIN)/python -m bench.start

bench-triage: $(READY) $(TRAIN) ## how well danger is recognised, on situations that nothing was learned from (some minutes)
	@$(ALONE) $(BIN)/python -m bench.triage $(TRIAGE)

bench-screening: $(READY) ## how well operators' sentences are screened (SCREENING="--misses" lists what went wrong)
	@$(BIN)/python -m bench.screening $(SCREENING)

weights: $(READY) $(TRAIN) ## the triage weights, trained anew from the corpus
	@$(ALONE) $(BIN)/python -m bench.triage.train

check: $(READY) $(TYPES) $(TRAIN) ## formatting, lint, types, completeness of the locales, weights as trained
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy --strict
	$(BIN)/python -m locales.check --unused
	$(ALONE) $(BIN)/python -m bench.triage.train --check
	cmp bot/demo/page/static/htm-preact.js tests/page/node_modules/htm/preact/standalone.module.js
	cd tests/page && "$(CURDIR)/$(BIN)/node" node_modules/typescript/bin/tsc

format: $(READY) ## format the code and apply the safe fixes of the linter
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

COMPILE := --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header --no-config --quiet \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

requirements: $(READY) ## pin the newest releases in requirements/*.txt (on Python 3.11, the oldest that we support)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Pin with the oldest Python that Senim supports: make clean, then make PYTHON=python3.11 requirements" >&2; exit 1; }
	@$(BIN)/python -m venv --clear .venv-pins
	@.venv-pins/bin/python -m pip install -qq --disable-pip-version-check pip-tools==7.6.2
	@.venv-pins/bin/pip-compile --upgrade $(COMPILE) --output-file requirements/run.txt requirements/run.in
	@.venv-pins/bin/pip-compile --upgrade $(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	@.venv-pins/bin/pip-compile --upgrade $(COMPILE) --output-file requirements/page.txt requirements/page.in
	@.venv-pins/bin/pip-compile --upgrade $(COMPILE) --output-file requirements/train.txt requirements/train.in
	@rm -rf .venv-pins

clean: ## remove .venv and everything that tools left
	@rm -rf $(VENV) .venv-pins tests/page/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
