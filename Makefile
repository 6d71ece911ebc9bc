# The commands of this house. Everything works without a terminal and without anything set up by
# hand beyond a Rust toolchain and Python 3.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.ready
# Spark needs other versions of packages than the rest of the tests.
SPARK_VENV := .venv-spark
SPARK := $(SPARK_VENV)/.ready
CARGO_TARGET_DIR ?= target
DEBUG_BIN := $(CARGO_TARGET_DIR)/debug/cairn
RELEASE_BIN := $(CARGO_TARGET_DIR)/release/cairn

# The Rust tests have tokio compiled with its paused clock. With the same here, the dependencies that
# were built for them serve for the binary too.
BUILD := cargo build -p cairn --features tokio/test-util

# A demo from cold waits for the compiler; the debug build is ready in about half the time.
DEMO_PROFILE ?= debug
ONCE ?=
# Minutes for each fuzz target.
MINUTES ?= 10
CYCLES ?= 5000
EVENTS ?= 5000000
PEER_EVENTS ?= 1000000
BENCH_VENV := .venv-bench
# What is measured is what would be shipped: with link-time optimisation.
BENCH_PROFILE ?= dist
# Seconds for which each rate of the gateway is measured in all, and the size of its large object.
BENCH_SECONDS ?= 15
MIB ?= 5120
# The gateway's peer. Without it its own figures are measured, and no ratios.
NEED_NGINX := command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || [ "$$(id -u)" != 0 ] \
	|| { apt-get update -qq && apt-get install -y -qq nginx-light; } >/dev/null 2>&1 || true
SCHEDULES ?= 100000
# SQL texts of the rig that judges what one account can see of another.
TEXTS ?= 10000
# How many bits of stored artefacts are changed, one at a time.
FLIPS ?= 100000
# The kill rig's directories; a real disk, not tmpfs, makes fsync mean something.
RIG_SHORT ?= 200
RIG_GATEWAY_SHORT ?= 60
RIG_DELIVERY_SHORT ?= 10
RIG_LAKE_SHORT ?= 30
RIG_SQL_SHORT ?= 500
# The same texts each time, so that no change is refused for what it has not changed; rig-sql makes others.
RIG_SQL_SEED ?= 31
# Events of the delivery rig's load, and the share of requests to the bucket that are harmed.
RIG_EVENTS ?= 100000
RATE ?= 0.3

.PHONY: help demo test test-rust test-blackbox test-sdk terraform fidelity rig-short rig-kill rig-gateway-short rig-gateway rig-delivery-short rig-delivery rig-lake-short rig-lake rig-sql-short rig-sql rig-sim bench bench-gateway bench-delivery bench-peers fuzz fmt lint docs attacks bench-verify bench-lake

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## Build, start on an empty directory, show everything once; ONCE=1 ends the server
ifeq ($(DEMO_PROFILE),release)
	cargo build --release -p cairn
	$(PYTHON) demo/run.py --binary $(RELEASE_BIN) $(if $(ONCE),--once)
else
	$(BUILD)
	$(PYTHON) demo/run.py --binary $(DEBUG_BIN) $(if $(ONCE),--once)
endif

test: test-rust test-blackbox test-sdk rig-short rig-gateway-short rig-delivery-short rig-lake-short rig-sql-short ## All tests: Rust, black box with the real clients, 300 kills

test-rust: ## Unit, property and simulation tests
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --no-fail-fast; \
	else \
		cargo test --workspace --no-fail-fast; \
	fi

test-blackbox: $(STAMP) $(SPARK) ## The server from outside: aws CLI, boto3, raw sockets
	$(BUILD)
	CAIRN_BIN=$(abspath $(DEBUG_BIN)) $(VENV)/bin/python -m pytest tests

test-sdk: ## The AWS SDK for Rust against a real server
	$(BUILD)
	CAIRN_BIN=$(abspath $(DEBUG_BIN)) $(PYTHON) tests/sdk/run.py

terraform: ## Trails and event data stores by Terraform: apply, plan, change, import, destroy (CAIRN_TF_PLUGINS=dir)
	$(BUILD)
	CAIRN_BIN=$(abspath $(DEBUG_BIN)) $(PYTHON) tests/terraform/run.py

fidelity: $(STAMP) ## Every call of the corpus through Cairn at an emulator, scored per service
	$(BUILD)
	CAIRN_BIN=$(abspath $(DEBUG_BIN)) $(VENV)/bin/python tests/fidelity/run.py

rig-short: ## 200 cycles of kill -9 under load
	$(BUILD)
	$(PYTHON) tests/rig_kill/run.py --cycles $(RIG_SHORT) --binary $(DEBUG_BIN)

rig-kill: ## 5,000 cycles of kill -9 under load (CYCLES=n)
	cargo build --release -p cairn
	$(PYTHON) tests/rig_kill/run.py --cycles $(CYCLES) --binary $(RELEASE_BIN)

rig-gateway-short: ## 60 cycles of kill -9 while calls are forwarded
	$(BUILD)
	$(PYTHON) tests/rig_gateway/run.py --cycles $(RIG_GATEWAY_SHORT) --binary $(DEBUG_BIN)

rig-gateway: CYCLES = 1000
rig-gateway: ## 1,000 cycles of kill -9 while calls are forwarded (CYCLES=n)
	cargo build --release -p cairn
	$(PYTHON) tests/rig_gateway/run.py --cycles $(CYCLES) --binary $(RELEASE_BIN)

rig-delivery-short: $(STAMP) ## 10 cycles of kill -9 while trails deliver to an S3 that fails
	$(BUILD)
	$(VENV)/bin/python tests/rig_delivery/run.py --cycles $(RIG_DELIVERY_SHORT) --rate $(RATE) \
		--binary $(DEBUG_BIN)

rig-delivery: CYCLES = 500
rig-delivery: $(STAMP) ## 500 cycles of kill -9, then 100,000 events, to an S3 that fails (CYCLES=n RATE=n)
	cargo build --release -p cairn
	$(VENV)/bin/python tests/rig_delivery/run.py --cycles $(CYCLES) --rate $(RATE) \
		--binary $(RELEASE_BIN)
	$(VENV)/bin/python tests/rig_delivery/run.py --cycles 0 --events $(RIG_EVENTS) --rate $(RATE) \
		--binary $(RELEASE_BIN)
attacks: $(STAMP) ## 41 attacks on a bucket, both verifiers; 100,000 changed bits (FLIPS=n)
	$(BUILD)
	CAIRN_BIN=$(abspath $(DEBUG_BIN)) $(VENV)/bin/python tests/attacks/run.py
	CAIRN_BIT_FLIPS=$(FLIPS) cargo test --release -p cairn-proof --test verify every_changed_bit -- --nocapture

rig-lake-short: $(STAMP) ## 30 cycles of kill -9 while rows go into tables and another engine reads
	$(BUILD)
	$(VENV)/bin/python tests/rig_lake/run.py --cycles $(RIG_LAKE_SHORT) --outside --binary $(DEBUG_BIN)

rig-lake: CYCLES = 500
rig-lake: $(STAMP) ## 500 cycles of kill -9 while rows go into tables and another engine reads (CYCLES=n)
	cargo build --release -p cairn
	$(VENV)/bin/python tests/rig_lake/run.py --cycles $(CYCLES) --outside --binary $(RELEASE_BIN)

rig-sql-short: ## 500 SQL texts of one account beside another's rows
	$(BUILD)
	$(PYTHON) tests/rig_sql/run.py --texts $(RIG_SQL_SHORT) --seed $(RIG_SQL_SEED) --binary $(DEBUG_BIN)

rig-sql: ## 10,000 SQL texts of one account beside another's rows: well-formed to hostile (TEXTS=n)
	cargo build --release -p cairn
	$(PYTHON) tests/rig_sql/run.py --texts $(TEXTS) --binary $(RELEASE_BIN)

rig-sim: ## 100,000 crash schedules on a simulated disk (SCHEDULES=n)
	cargo run --release -p cairn-sim -- --schedules $(SCHEDULES)

bench: ## Figures, each beside its peer or bare limit (EVENTS=n)
	@$(NEED_NGINX)
	cargo build --profile $(BENCH_PROFILE) -p cairn -p cairn-bench
	$(CARGO_TARGET_DIR)/$(BENCH_PROFILE)/cairn-bench all --events $(EVENTS)
	cargo run --release -p cairn-gateway --example recognise
	cargo run --release -p cairn-gateway --example render_speed
	$(MAKE) bench-verify
	$(MAKE) bench-peers
	$(MAKE) bench-lake

bench-gateway: ## Only the gateway's figures, beside nginx and a direct connection (BENCH_SECONDS=n MIB=n)
	@$(NEED_NGINX)
	cargo build --profile $(BENCH_PROFILE) -p cairn -p cairn-bench
	$(CARGO_TARGET_DIR)/$(BENCH_PROFILE)/cairn-bench gateway --seconds $(BENCH_SECONDS) --mib $(MIB)
	cargo run --release -p cairn-gateway --example recognise
	cargo run --release -p cairn-gateway --example render_speed

bench-delivery: ## Only delivery's figures, beside bare gzip of the same bytes (EVENTS=n)
	cargo build --profile $(BENCH_PROFILE) -p cairn-bench
	$(CARGO_TARGET_DIR)/$(BENCH_PROFILE)/cairn-bench delivery --events $(EVENTS)

bench-verify: $(STAMP) ## Only the verifier's figures, beside validate-logs and bare inflating
	cargo build --profile $(BENCH_PROFILE) -p cairn
	cargo build --profile $(BENCH_PROFILE) -p cairn-proof --examples
	$(VENV)/bin/python benches/verify.py --bin $(abspath $(CARGO_TARGET_DIR)/$(BENCH_PROFILE))

bench-peers: $(BENCH_VENV)/.ready ## The same questions to DuckDB and ClickHouse (PEER_EVENTS=n)
	cargo build --profile $(BENCH_PROFILE) -p cairn -p cairn-bench
	$(BENCH_VENV)/bin/python benches/peers/lookup.py --events $(PEER_EVENTS) \
		--bin $(abspath $(CARGO_TARGET_DIR)/$(BENCH_PROFILE))

bench-lake: $(BENCH_VENV)/.ready ## The lake beside DuckDB and ClickHouse: audit queries, writing, bytes (EVENTS=n)
	cargo build --profile $(BENCH_PROFILE) -p cairn -p cairn-bench
	$(BENCH_VENV)/bin/python benches/lake/run.py --events $(EVENTS) \
		--bin $(abspath $(CARGO_TARGET_DIR)/$(BENCH_PROFILE))

$(BENCH_VENV)/.ready: benches/peers/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --requirement benches/peers/requirements.txt
	touch $@

fuzz: ## Every fuzz target for MINUTES=n (needs nightly and cargo-fuzz)
	@cargo +nightly fuzz --version >/dev/null 2>&1 || { \
		echo 'fuzzing needs: rustup toolchain install nightly && cargo install --locked cargo-fuzz' >&2; \
		exit 1; }
	@set -euo pipefail; for target in $$(cargo +nightly fuzz list); do \
		echo "== $$target, $(MINUTES) min"; \
		cargo +nightly fuzz run "$$target" -- -max_total_time=$$(( $(MINUTES) * 60 )) -print_final_stats=1; \
	done

fmt: ## Format the Rust code
	cargo fmt --all

lint: ## Format check, clippy, dependency rules, tidiness
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo deny check bans licenses sources
	cargo run -q -p xtask -- tidy
	cargo run -q -p xtask -- codegen --check
	cargo run -q -p xtask -- docs --check

docs: ## Write the generated documents again
	cargo run -q -p xtask -- docs
	UPDATE=1 cargo test -q -p cairn-server --test it
	UPDATE=1 cargo test -q -p cairn reference

$(STAMP): tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement tests/requirements.txt
	touch $(STAMP)

# Of the package with the AWS SDK for Java only its jars are used, so what it depends on is left out.
$(SPARK): tests/requirements-spark.txt
	$(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_VENV)/bin/python -m pip install --quiet --no-deps --requirement tests/requirements-spark.txt
	touch $(SPARK)
