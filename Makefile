# make demo    the whole life of a made-up class: release, submit, grade, feedback, class report
# make test    every test (browser tests too, where Chromium is found)
# make nightly mutants of every reference solution against the checks; fifty kills; long fuzzing
# make lint    ruff, mypy, and the check that the assignments are in step with solutions/
# make clean   removes what the lines above made
#
# Each makes .venv from constraints.txt on first use. PYTHON=/path/to/python picks another Python.

VENV := .venv
# Test processes; each may hold two TensorFlows, one of its own and one in its sandbox. Browsers,
# servers and limits are often waited for, so there is one more than cores on a small machine.
WORKERS ?= 3
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-constraints

# A pyenv shim is on PATH for Pythons that do not start, so each candidate is run once.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	2>/dev/null && { echo $$python; break; }; done)

# nbgrader calls alembic by name, so the environment's bin comes first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test nightly lint clean environment sandbox browser

help:
	@sed -n 's/^# \{0,1\}//;/^make/p' Makefile | head -5

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 (with venv) found: install one, or say make PYTHON=/path/to/python" >&2; exit 2; }
	@echo "Making $(VENV) with $(PYTHON): about 3 GB and some minutes, once ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

environment: $(STAMP)

# The sandbox. Without it grading goes on, in limited processes, and says so.
sandbox:
	@command -v bwrap >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing bubblewrap ..."; \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends bubblewrap >/dev/null; \
		fi; command -v bwrap >/dev/null || \
		echo "WARNING: bubblewrap is missing, so student code is held by process limits only. To mend: sudo apt-get install bubblewrap" >&2; }

browser:
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the browser tests ..."; \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
		fi; command -v chromium >/dev/null || \
		echo "WARNING: Chromium is missing, so the browser tests are skipped. To mend: sudo apt-get install chromium fonts-noto-cjk" >&2; }

demo: $(STAMP) sandbox
	@$(BIN)/course demo

test: $(STAMP) sandbox browser
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(TESTS)

nightly: $(STAMP) sandbox
	@$(BIN)/course mutants
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m nightly $(TESTS)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m hypothesis --hypothesis-profile=searching $(TESTS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/course release --check

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
