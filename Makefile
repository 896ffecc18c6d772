# The commands of the project; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

STEP := scripts/step
# Crates that are built for the host. The two of the browser are built, linted and tested as WASM.
HOST := --workspace --exclude frontend --exclude seatmap_web
BROWSER := -p frontend -p app -p seatmap_web --target wasm32-unknown-unknown
PURE := -p domain -p protocol -p seatmap
CARGO := cargo --color=auto
export DATA_DIR ?= $(CURDIR)/.data
export PORT ?= 3000

.PHONY: help
help: ## this list
	@echo 'Parterre'
	grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: setup
setup: ## install what is missing to build and run
	@$(STEP) 'look for what is missing' bash scripts/setup.sh

.PHONY: setup-test
setup-test:
	@$(STEP) 'look for what is missing, for the tests too' bash scripts/setup.sh test

.PHONY: run
run: setup ## build everything and serve it with its own databases: http://127.0.0.1:3000 (PORT, DATA_DIR)
	@$(STEP) 'build tool' $(CARGO) build --locked -p xtask
	$(STEP) 'browser half' target/debug/xtask web --release
	$(STEP) 'server' $(CARGO) build --locked --release -p server
	exec scripts/with-toolchain target/release/server run

.PHONY: dev
dev: setup ## serve and rebuild on every change
	@$(STEP) 'build tool' $(CARGO) build -p xtask
	exec scripts/with-toolchain target/debug/xtask watch

.PHONY: web
web: setup ## build the browser half alone
	@$(STEP) 'build tool' $(CARGO) build --locked -p xtask
	$(STEP) 'browser half' target/debug/xtask web --release

# Everything of the host is built once, in one profile and with one choice of features; the tools come out of the
# same build.
.PHONY: test
test: setup-test ## format, lints, all tests, browser tests
	@$(STEP) 'format' $(CARGO) fmt --all --check
	$(STEP) 'lints, host' $(CARGO) clippy --locked $(HOST) --all-targets -- -D warnings
	$(STEP) 'lints, browser' $(CARGO) clippy --locked $(BROWSER) $(PURE) -- -D warnings
	$(STEP) 'build the tests' $(CARGO) test --locked $(HOST) --no-run
	$(STEP) 'build the programs' $(CARGO) build --locked $(HOST) --bins
	$(STEP) 'layers' target/debug/xtask check-layers
	$(STEP) 'browser half' target/debug/xtask web --release
	$(STEP) 'browser tests' end2end/run
	$(STEP) 'chaos, some rounds' target/debug/chaos --rounds 3 --seconds 4
	$(STEP) 'chaos, planted bugs' target/debug/chaos --planted
	$(STEP) 'unit, property and integration tests' target/debug/supervise -- $(CARGO) test --locked $(HOST)

.PHONY: simulate
simulate: setup ## a sale with a fault at every step, by seed (STEPS, SEED)
	@$(STEP) 'build' $(CARGO) build --locked --release -p simulate
	target/release/simulate --steps $(or $(STEPS),10000000) --seed $(or $(SEED),1)

.PHONY: bench
bench: setup ## measure; QUICK=1 takes under two minutes (ROUNDS of chaos)
	@$(STEP) 'build' $(CARGO) build --locked --release -p bench -p server -p supervise -p chaos
	$(STEP) 'measure' target/release/supervise --data-dir target/bench -- target/release/bench $(if $(QUICK),--quick) $(if $(ROUNDS),--chaos-rounds $(ROUNDS))

.PHONY: chaos
chaos: setup ## a sale while everything dies: ROUNDS=100 SEED=1
	@$(STEP) 'build' $(CARGO) build --locked --release -p chaos -p server
	$(STEP) 'planted bugs' target/release/chaos --planted
	$(STEP) 'rounds' target/release/chaos --rounds $(or $(ROUNDS),100) --seed $(or $(SEED),1)

.PHONY: clean-data
clean-data: ## remove the demo's data (DATA_DIR); the next run begins anew
	@if [ -L '$(DATA_DIR)/services' ]; then rm -rf -- "$$(readlink -f '$(DATA_DIR)/services')"; fi
	rm -rf -- '$(DATA_DIR)'
