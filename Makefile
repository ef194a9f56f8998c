# The two commands: `make run` and `make test`. Both install what they need and say so.
# `make test-long` runs what takes too long for every change: thousands of crashes of the store, and its chaos in full; thousands
# of short commands in a pod; 2,000 clusters in which the scheduler must decide as a slow reference does; a thousand whose nodes come
# and go; five hundred storms over a whole cluster, and those that must find its deliberate bugs; two hundred pods with real
# containers, some of which are killed; a node whose cable is pulled; fifty ephemeral clusters side by side and a thousand one
# after the other; docker compose; made-up requests after openapi.yaml; ten million broken inputs.
# `make simulate-nightly` runs a million seeds of the store's simulation, half of them on Raft alone; SEEDS=A..B others.
.PHONY: run test test-long bench format build simulate-nightly

CONFIGURATION ?= release

run:
	@bash .ci/install run
	swift build -c release --product skiff
	swift build -c release --product cafe
	@bash .ci/run-cluster

build:
	swift build -c $(CONFIGURATION)

test:
	@bash .ci/install test
	@bash .ci/test

test-long:
	@bash .ci/install test-long
	swift build --build-tests
	CRASH_SEEDS=8000 STORE_CHAOS=full EXECS=3000 SCHEDULER_SEEDS=2000 AUTOSCALER_SEEDS=1000 CONTAINER_LIFECYCLES=200 NODE_OUTAGES=1 \
		swift test --skip-build --no-parallel \
		--filter 'CrashTests|StoreChaosTests|ExecTests/shortCommandsAllSucceed|SchedulerTests.ReferenceTests' \
		--filter 'ClusterAutoscalerTests.SimulationTests|ContainerLifecycleTests|NodeOutageTests'
	SWIFT_DETERMINISTIC_HASHING=1 CLUSTER_SEEDS=500 swift test --skip-build --no-parallel --filter ClusterStormTests
	swift build -c release --product skiff-bench
	.build/release/skiff-bench fuzz --inputs 10000000
	SKIFF_TEST_SCHEMATHESIS=1 SKIFF_TEST_COMPOSE=build \
		swift test --skip-build --no-parallel --filter 'SchemathesisTests|ComposeTests'
	swift build -c release --product skiff
	swift build -c release --product cafe
	SKIFF_BINARY=$(CURDIR)/.build/release/skiff EPHEMERAL_SIDE_BY_SIDE=50 EPHEMERAL_RUNS=1000 \
		swift test --skip-build --no-parallel --filter EphemeralTests

bench:
	swift build -c release --product skiff-bench
	.build/release/skiff-bench --help
	cd Benchmarks && swift package --disable-sandbox benchmark

SEEDS ?= 1..500000
simulate-nightly:
	swift build -c release --product skiff-simulate
	.build/release/skiff-simulate --level raft --seeds $(SEEDS) --jobs $$(nproc)
	.build/release/skiff-simulate --level store --seeds $(SEEDS) --jobs $$(nproc)

format:
	swift format -i -r Sources Tests Package.swift
