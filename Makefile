# `make` alone shows this list. Everything but `run` happens in scripts/, so that it can be read and run by hand.

.DEFAULT_GOAL := help
.PHONY: help run test check torture fuzz mutants bench

help: ## Show what there is to make
	@echo 'Guichet — usage: make TARGET'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the whole story here and show where to click (make run PORT=9080; Ctrl-C ends it)
	@scripts/install.sh rust compiler
	@cargo run --locked -- demo $(if $(PORT),--port $(PORT))

test: ## Run every check and every test: both databases, client libraries, real Chromium (installs what is missing)
	@scripts/test.sh

fuzz: ## Look for inputs that break a parser, steered by coverage, FUZZ_SECONDS (60) for each (make fuzz TARGET=scim)
	@scripts/fuzz.sh $(TARGET)

mutants: ## Change the product in small ways and see that a test notices each (hours; make mutants FILE=src/oidc/minting.rs)
	@scripts/mutants.sh $(FILE)

torture: ## Kill, starve, cut off and crowd an optimised build for TORTURE_MINUTES (10), and print what it withstood
	@scripts/torture.sh

bench: ## Measure against what could be and against a peer; writes docs/performance.md (an hour or less; SKETCH=1: minutes)
	@scripts/bench.sh $(SKETCH)

check: ## Check format, lints, licences, sources and security advisories of the dependencies
	@scripts/check.sh
