# The commands of this project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help run demo test test-long check bench format clean constraints

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# Debian's python3 may come without ensurepip: the environment is made without pip, and the system's pip fills it.
$(VENV)/.run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install -q -c constraints.txt -e '.[server]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.run

# The strict peer of the tests: Fedify with a Node.js of its own, by npm. Skipped by name where that cannot be had.
.PHONY: peers
peers:
	@tests/peers/setup.sh

run: $(VENV)/.run ## set up and serve a node on this machine
	@ORDITO_ENV=$${ORDITO_ENV:-development} $(BIN)/ordito serve

demo: $(VENV)/.run ## three partner nodes on loopback with a conversation between them
	@$(BIN)/ordito demo

test: $(VENV)/.dev peers ## the suite, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

test-long: $(VENV)/.dev peers ## the same suite wider, before a release
	@ORDITO_TEST_LONG=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.dev ## linters, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## put the code into its form
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

bench: $(VENV)/.dev ## figures beside the ceilings of this machine
	@$(BIN)/python -m tests.bench

constraints: $(VENV)/.dev ## resolve the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url -q -o constraints.txt

clean: ## remove what set-up made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
