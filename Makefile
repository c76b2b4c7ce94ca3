# The menu. Every entry does its own set-up; the ones CI runs are `check` and `test` (see .ci/run).
#
#   make demo     synthetic shop → pipeline → index → server; prints where to click and what to ask
#   make test     all tests
#   make check    format, lints, documentation
#   make eval     the question sets against a lake (LAKE=./lake)
#   make bench    the benchmarks
#   make imputation-truth  imputed gaps against the truth of synthetic data
#   make hazards  hazards against held-out gaps of synthetic data
#   make bench-data  the pipeline against DuckDB at full size
#   make bench-als   ALS against PyPI implicit at full size
#
# Needs: the Rust toolchain of rust-toolchain.toml, Python 3 with pip, make, gcc and g++.
# Tests that need more (INSIGHTFLOW_REQUIRE=models,duckdb,browser) are skipped loudly where it is absent,
# and fail when that variable names it.

CARGO  ?= cargo
PYTHON ?= python3
LAKE   ?= lake
TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/debug/insightflow
# DuckDB, the engine that is not ours, for the oracle of the gold answers.
VENV   := $(TARGET)/oracle-venv
# implicit, the ALS that is not ours, for its benchmark.
BENCH_VENV := $(TARGET)/bench-venv
# Synthetic data at full size, made once; about 0.7 GB.
FULL_CUSTOMERS := 206209
FULL_SEED      := 7
FULL           ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/insightflow/synth-$(FULL_CUSTOMERS)-$(FULL_SEED)
BENCH_REPEAT   ?= 1
ALS_REPEAT     ?= 5

.PHONY: help build models demo test check fmt clippy doc oracle eval bench full-data bench-data bench-als imputation-truth hazards

help:
	@sed -n 's/^#   //p' Makefile

build:
	$(CARGO) build --locked -p insightflow

models: build
	$(BINARY) models pull

demo: build
	$(BINARY) --lake $(LAKE) demo

# A machine without the models tests everything but them, and says so.
test: build
	$(BINARY) models pull || echo "models: not pulled, tests of the real model are skipped" >&2
	$(MAKE) --no-print-directory oracle || echo "duckdb: not installed, the oracle is skipped" >&2
	INSIGHTFLOW_ORACLE_PYTHON=$(abspath $(VENV))/bin/python $(CARGO) test --locked --workspace

oracle: $(VENV)/ready
$(VENV)/ready: eval/oracle/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-virtualenv -r eval/oracle/requirements.txt
	touch $@

check: fmt clippy doc

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

eval: build
	$(BINARY) --lake $(LAKE) eval run

# Times of the tools and of single questions on a lake; `insightflow eval run` has those of whole answers.
bench: build
	$(CARGO) run --locked -p tools --example time_tools -- $(LAKE) 1
	$(MAKE) --no-print-directory bench-data
	$(MAKE) --no-print-directory bench-als

full-data: build
	test -d "$(FULL)" || { rm -rf "$(FULL).part" && mkdir -p "$(dir $(FULL))" && \
		$(BINARY) data synth --customers $(FULL_CUSTOMERS) --seed $(FULL_SEED) --out "$(FULL).part" && \
		mv "$(FULL).part" "$(FULL)"; }

# Fails (exit code 3) when the pipeline takes longer than DuckDB over the same source.
bench-data: build oracle full-data
	$(VENV)/bin/python eval/oracle/peer.py bench --binary $(BINARY) --source "$(FULL)" --repeat $(BENCH_REPEAT) \
		--memory-mib 6144 --growth

$(BENCH_VENV)/ready: eval/bench/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --require-virtualenv -r eval/bench/requirements.txt
	touch $@

# Fails (exit code 3) when ALS is slower than implicit or its loss higher.
bench-als: full-data $(BENCH_VENV)/ready
	$(CARGO) build --locked -p recsys --example als_bench
	$(BENCH_VENV)/bin/python eval/bench/als_implicit.py --program $(TARGET)/debug/examples/als_bench \
		--source "$(FULL)" --repeat $(ALS_REPEAT)

# Synthetic customers whose gaps beyond 30 days are known. Both fail (exit code 3) when a bar is missed.
TRUTH := $(TARGET)/synth-truth-20000-7
$(TRUTH): | build
	rm -rf "$@.part" && $(BINARY) data synth --customers 20000 --seed 7 --truth --out "$@.part" && mv "$@.part" "$@"

imputation-truth: $(TRUTH)
	$(CARGO) run --locked -p recsys --example imputation_truth -- "$(TRUTH)"

hazards: $(TRUTH)
	$(CARGO) run --locked -p recsys --example hazard_calibration -- "$(TRUTH)"
