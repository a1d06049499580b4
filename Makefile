.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
MUTANTS ?= 200
# What is tested once more with the rows at a server.
ON_POSTGRESQL = src/salus/platform/tests/test_work.py src/salus/platform/database/tests/test_index.py \
	src/salus/platform/database/tests/test_promises.py src/salus/rights/consent/audit \
	src/salus/rights/custody/tests src/salus/services/emergency

# Minutes of breaking a network, with four validators and every party in a process of its own.
OF_A_NETWORK = tests/network tests/journeys/test_network.py

PORTAL ?= 8080

.PHONY: help demo consortium network portal screenshots engine test test-network test-deep test-nightly check bench new contracts definitions vectors lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

# What a node needs to run; `make demo` asks for nothing else.
$(VENV)/runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "$(CURDIR)/src" > $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/salus.pth
	@printf '#!%s\nfrom salus.surfaces.cli import main\nmain()\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/salus
	@chmod +x $(BIN)/salus
	@touch $@

# What building and checking need on top.
$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

contracts/node_modules/.installed: $(VENV)/dev contracts/package-lock.json
	PATH="$$PATH:$$($(BIN)/python -m tools.node)" npm ci --prefix contracts --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

tests/browser/node_modules/.installed: $(VENV)/dev tests/browser/package-lock.json
	PATH="$$PATH:$$($(BIN)/python -m tools.node)" npm ci --prefix tests/browser --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# Slither and halmos: under the AGPL, and only used to look at the contracts.
build/checkers/.installed: contracts/checkers.lock
	$(PYTHON) -m venv build/checkers
	build/checkers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r contracts/checkers.lock
	@touch $@

demo: $(VENV)/runtime ## live the life of one record on three patients and write a report
	$(BIN)/salus demo

consortium: $(VENV)/runtime ## start a hospital, an insurer, five custodians, a gateway and a ledger apart
	rm -rf build/consortium
	$(BIN)/salus consortium demo --out build/consortium

portal: $(VENV)/runtime ## serve a portal with made-up people in it on PORTAL=8080, and list who may sign in
	$(BIN)/salus portal demo --out build/portal
	$(BIN)/salus serve --home build/portal/home --port $(PORTAL)

screenshots: $(VENV)/dev ## make pictures of every screen in build/screenshots
	$(BIN)/python -m tools.screenshots

network: $(VENV)/dev ## start four validators, eleven organizations on them, live one record, stop them
	$(BIN)/python -m tools.engine
	rm -rf build/network-demo
	SALUS_LEDGER_WAIT_SECONDS=60 $(BIN)/salus network demo --out build/network-demo

engine: $(VENV)/dev ## build CometBFT and go-ethereum, which carry a network, into build/engine
	$(BIN)/python -m tools.engine

# Files that take minutes come first, so that no worker begins one when the others have ended.
test: $(VENV)/dev contracts/node_modules/.installed tests/browser/node_modules/.installed ## contracts, Python, journeys, browser
	$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.engine
	$(BIN)/python -m tools.servers
	$(BIN)/python -m tools.contracts -- test --gas-snapshot-check true
	SALUS_LANGUAGE=en $(BIN)/python -m pytest tests src -n $(JOBS) --dist loadfile --no-loadscope-reorder $(addprefix --ignore=,$(OF_A_NETWORK))
	SALUS_LANGUAGE=en $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --postgresql $(ON_POSTGRESQL)
	$(MAKE) test-network

test-network: $(VENV)/dev ## break a network of four validators under load, and listen to what crosses it
	$(BIN)/python -m tools.engine
	SALUS_LANGUAGE=en SALUS_LEDGER_WAIT_SECONDS=60 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(OF_A_NETWORK)

test-deep: $(VENV)/dev contracts/node_modules/.installed build/checkers/.installed ## contracts again, 10,000 lives of each, proofs and slither
	$(BIN)/python -m tools.slither
	$(BIN)/python -m tools.halmos
	FOUNDRY_PROFILE=deep $(BIN)/python -m tools.contracts test
	$(BIN)/python -m tools.servers --all
	SALUS_KUBO=1 $(BIN)/python -m pytest tests/conformance/test_vault.py -k kubo

test-nightly: $(VENV)/dev contracts/node_modules/.installed ## a million random calls of money, and faults planted in its contracts
	SALUS_MONEY_CALLS=1000000 $(BIN)/python -m pytest -n $(JOBS) tests/conformance/test_money.py
	$(BIN)/python -m tools.mutants --only '*Math'
	$(BIN)/python -m tools.mutants --sample $(MUTANTS)

check: $(VENV)/dev contracts/node_modules/.installed ## format, lint, types, imports, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.contracts -- fmt --check src test symbolic
	$(BIN)/python -m tools.contracts --check
	$(BIN)/python -m tools.definitions --check
	$(BIN)/python -m tools.vectors --check
	$(BIN)/python -m tools.messages --check
	$(BIN)/python -m tools.reference --check

bench: $(VENV)/dev ## measure every bar against its reference
	$(BIN)/python -m benchmarks all

contracts: $(VENV)/dev contracts/node_modules/.installed ## compile the contracts and write ABI and bytecode into src/
	$(BIN)/python -m tools.contracts

definitions: $(VENV)/dev contracts/node_modules/.installed ## write the FHIR schemas from the npm package
	$(BIN)/python -m tools.definitions

vectors: $(VENV)/dev ## write what the models of money answer, for the tests of the contracts
	$(BIN)/python -m tools.vectors

new: $(VENV)/dev ## CAPABILITY=services/organs: copy the skeleton of a capability
	$(BIN)/python -m tools.new $(CAPABILITY)

lock: $(VENV)/dev ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header contracts/checkers.in -o contracts/checkers.lock

clean: ## remove what was built
	rm -rf $(VENV) contracts/node_modules contracts/out contracts/cache build
