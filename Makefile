# What one does with this checkout. `make help` lists it; every target does its own set-up.

SHELL   := /bin/bash
PYTHON  ?= python3
BIN     := .venv/bin
STAMP   := .venv/.complete
BUSYBOX := /bin/busybox
REGISTRY := /usr/bin/docker-registry
# An engine to provide when none answers: 20.10 (Debian stable) or 28.5 (Debian unstable).
ENGINE  ?=
ON_AN_ENGINE := $(PYTHON) -m tools.engine run $(if $(ENGINE),--version $(ENGINE) )--

# The program starts hundreds of times in a run: it is not compiled anew each time, whatever the shell says of that.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types layers unit test-docker bench report-ci lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv with all dependencies and .venv/bin/ergon

$(STAMP): requirements-dev.lock pyproject.toml tools/setup.py
	$(PYTHON) -m tools.setup

demo: $(STAMP)  ## show the main job on examples/shop, on a real engine, and clean up
	$(ON_AN_ENGINE) $(BIN)/python -m examples.shop.demo

test: check test-docker  ## everything: check, then the suites that need a real engine

check: format lint types layers unit  ## all that needs no Docker: format, lint, types, layers, tests

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy .
	$(BIN)/pyright

layers: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -q -n logical --dist worksteal --durations 15 -m "not docker"

test-docker: $(STAMP) $(BUSYBOX) $(REGISTRY)  ## the suites that need a real engine (ENGINE=28.5 picks one); ERGON_NO_ENGINE=1 leaves them out
ifeq ($(ERGON_NO_ENGINE),1)
	@echo "ERGON_NO_ENGINE=1: the suites that need a real engine were left out"
else
	$(ON_AN_ENGINE) $(BIN)/pytest -q --durations 25 -m docker
endif

$(BUSYBOX):
	$(PYTHON) -m tools.apt busybox-static

$(REGISTRY):
	$(PYTHON) -m tools.apt docker-registry

bench: $(STAMP) $(BUSYBOX)  ## measure speeds beside limits and peers, on a real engine (ROWS="recovery --runs 5" picks some)
	$(ON_AN_ENGINE) $(BIN)/python -m bench $(ROWS)

report-ci: $(STAMP)  ## how good the companions' answers are on the recorded cases, beside the bars
	$(BIN)/python -m tests.container_ci.report

lock: $(STAMP)  ## resolve dependencies anew into the lock files (names, versions, hashes; no index)
	$(BIN)/python -m tools.lock

clean:  ## remove what the targets made, caches of images and engines included
	rm -rf .venv .cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
