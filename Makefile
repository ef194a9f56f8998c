# The two commands: `make run` and `make test`. Both install what they need and say so.
.PHONY: run test bench format build

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

bench:
	swift build -c release --product skiff-bench
	.build/release/skiff-bench --help

format:
	swift format -i -r Sources Tests Package.swift
