# OpenMVNO: `make run` and `make test` are the two commands; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The oldest Python we support first: what works there works on the newer ones.
SYSTEM_PYTHON := $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(shell command -v $(name))))
RUST_SOURCES := $(shell find rust_core -name '*.rs' -o -name '*.toml' -o -name '*.yaml' -o -name '*.json' | grep -v /target/) Cargo.toml Cargo.lock
# A program and the package that has it.
TEST_PACKAGES := tshark:tshark freeDiameterd:freediameter freeDiameterd:freediameter-extensions \
    radclient:freeradius-utils freeradius:freeradius etcd:etcd-server patroni:patroni pg_ctlcluster:postgresql \
    osmo-hlr:osmo-hlr chromium:chromium
PYTHON_SOURCES := python tests $(wildcard bench/*.py) $(wildcard proto/*.py)

export OPENMVNO_DATA_DIR ?= $(CURDIR)/data

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build, start everything with the sample operator, print what listens where
	@$(BIN)/openmvno up

.PHONY: test
test: build test-packages lint test-rust test-python ## Everything that has to hold: tests, linters, types, import rules

.PHONY: test-rust
test-rust: ## The Rust tests alone
	cargo test --workspace --locked

# What shares nothing runs two at a time, each with a PostgreSQL of its own; what is about processes
# that die, time and load, one by one.
BESIDE_OTHERS := tests/unit tests/rules tests/reference tests/integration
ALONE := tests/e2e tests/crash tests/ha tests/bench
JOBS ?= 2

.PHONY: test-python
test-python: build ## The Python tests alone (make test-python TESTS=tests/unit)
ifdef TESTS
	$(BIN)/python -m pytest $(TESTS)
else
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(BESIDE_OTHERS)
	$(BIN)/python -m pytest $(ALONE)
endif

.PHONY: bench
bench: build ## Measure the charging path and print the figures
	$(BIN)/python -m bench

.PHONY: ha-demo
ha-demo: build test-packages ## Kill engines and PostgreSQL under load; print the gaps and an audit of the money
	$(BIN)/python -m tests.ha $(EVENTS)

EXECUTIONS ?= 1000000
.PHONY: fuzz
fuzz: ## Hostile input for every parser (make fuzz EXECUTIONS=100000000)
	cargo run --profile fuzz --locked --package openmvno-fuzz -- --executions $(EXECUTIONS)

.PHONY: soak
soak: build ## The long tests: hundreds of crashes, many more simulator seeds and malformed inputs
	cargo test --workspace --release --locked -- --ignored
	@$(MAKE) fuzz EXECUTIONS=20000000
	$(BIN)/python -m pytest -m soak

.PHONY: lint
lint: build ## Formatting, linters, types, import rules, the extension's stub
	$(BIN)/ruff format --check $(PYTHON_SOURCES)
	$(BIN)/ruff check $(PYTHON_SOURCES)
	$(BIN)/mypy $(PYTHON_SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m mypy.stubtest openmvno._core
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: format
format: venv ## Format Python and Rust
	$(BIN)/ruff format $(PYTHON_SOURCES)
	$(BIN)/ruff check --fix $(PYTHON_SOURCES)
	cargo fmt --all

.PHONY: venv
venv: $(VENV)/.ready ## The virtual environment with everything the project needs

$(VENV)/bin/uv:
	@[ -n "$(SYSTEM_PYTHON)" ] || { echo "OpenMVNO needs Python 3.11 or later: apt install python3" >&2; exit 1; }
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "OpenMVNO needs Python 3.11 or later; $(SYSTEM_PYTHON) is $$($(SYSTEM_PYTHON) -V)." >&2; exit 1; }
	@command -v cargo >/dev/null || { \
	    echo "OpenMVNO needs Rust 1.85 or later: cargo is not on the PATH." >&2; exit 1; }
	@$(SYSTEM_PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "This Python cannot make virtual environments yet: installing python3-venv …"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3-venv >/dev/null; \
	else echo "This Python cannot make virtual environments yet (no ensurepip): apt install python3-venv" >&2; exit 1; fi
	@echo "Making the virtual environment in $(VENV) …"
	@$(SYSTEM_PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    --requirement requirements/bootstrap.txt

# The .pth makes the package importable before the extension has ever been built.
$(VENV)/.ready: requirements/dev.txt | $(VENV)/bin/uv
	@echo "Installing the Python packages …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -c 'import sysconfig, pathlib; \
	    pathlib.Path(sysconfig.get_path("purelib"), "openmvno_source.pth").write_text("$(CURDIR)/python\n")'
	@touch $@

.PHONY: build
build: $(VENV)/.built ## Build the Rust extension in release mode into the virtual environment

$(VENV)/.built: $(VENV)/.ready pyproject.toml $(RUST_SOURCES)
	@echo "Building the Rust extension (release; the first time takes a few minutes) …"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --uv --release --locked
	@touch $@

.PHONY: wheel
wheel: venv ## Build the wheel into dist/
	@rm -rf dist
	@$(BIN)/maturin build --release --locked --interpreter $(BIN)/python --out dist

.PHONY: proto
proto: venv ## Generate python/openmvno/rpc anew from proto/
	$(BIN)/python proto/generate.py

.PHONY: translations
translations: venv ## Bring the catalogues of the pages' translations up to date
	$(BIN)/python python/openmvno/web/pages/locale/update.py

.PHONY: requirements
requirements: venv ## Resolve the Python packages anew into requirements/*.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --upgrade --group dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	grep '^uv==' requirements/dev.txt | cut -d' ' -f1 | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --no-annotate - -o requirements/bootstrap.txt

.PHONY: test-packages
test-packages: ## Debian packages that some tests use (as root; otherwise those tests skip)
	@missing=; for pair in $(TEST_PACKAGES); do \
	    PATH="$$PATH:/usr/sbin" command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; done; \
	[ -z "$$missing" ] || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing || \
	    echo "Could not be installed:$$missing; the tests that need them will skip."; \
	else echo "Missing, and this is not root on Debian:$$missing; the tests that need them will skip."; fi

.PHONY: clean
clean: ## Remove what was built; the data folder stays
	rm -rf $(VENV) dist target .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
