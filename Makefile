# Everything that is done with this project, by name. `make` alone lists it.
#
# Nothing here needs to be run in an order: each target brings about what it needs. Tools that are missing are
# installed from Debian's packages where that is possible, and named in one line where it is not.

# Where cargo builds, and the settings that make a build the same everywhere.
CARGO_TARGET_DIR ?= target
CARGO := cargo
LOCKED := --locked

# A free country database, so that the demonstration's visitors come from somewhere.
GEO := node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb

# npm ci leaves the first behind when it is done; the builds of the tracker and the console leave the others.
PACKAGES := node_modules/.package-lock.json
TRACKER := tracker-js/dist/t.js
TRACKER_SOURCES := $(shell find tracker-js/src tracker-js/adapters tracker-js/scripts -type f) $(wildcard tracker-js/*.json)
CONSOLE := console/dist/index.html
CONSOLE_SOURCES := $(shell find console/src console/public -type f) $(wildcard console/*.json console/*.js console/*.html)

# Browser tests look for Chromium here.
export CHROMIUM ?= /usr/bin/chromium

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint build bench clean
.PHONY: test-format test-lint test-rust test-tracker test-console test-story test-rules

help: ## List what there is to do
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  make %-8s %s\n' "$$name" "$$what"; done

# How many nodes serve the demonstration.
NODES ?= 1

run: build ## Serve the demonstration shop; NODES=3 shares a Redis, ARGS="--no-traffic" passes flags to `ahlan demo`
	@if [ "$(NODES)" != 1 ]; then scripts/need redis-server; fi
	$(CARGO_TARGET_DIR)/release/ahlan demo --geo $(GEO) --nodes $(NODES) $(ARGS)

build: $(TRACKER) $(CONSOLE) ## Build the tracker, the console and the release binary
	@scripts/need rust cc
	$(CARGO) build --release $(LOCKED)

test: test-format test-lint test-tracker test-console test-rust test-story test-rules ## Run every check and test; CI=true makes a skipped test an error
	@echo "make test: everything passed"

test-format:
	@scripts/need rust
	$(CARGO) fmt --check

test-lint:
	@scripts/need rust cc
	$(CARGO) clippy $(LOCKED) --all-targets -- -D warnings

test-rust: $(TRACKER) $(CONSOLE)
	@scripts/need rust cc redis-server
	scripts/unskipped $(CARGO) test $(LOCKED)

test-tracker: $(PACKAGES)
	@scripts/need node chromium
	npm run check -w tracker-js
	scripts/unskipped npm test -w tracker-js

test-console: $(CONSOLE)
	@scripts/need node chromium
	npm run check -w console
	scripts/unskipped npm test -w console

# Stories told in a real browser against the real service. They use the binary that `cargo test` has built.
test-story: $(TRACKER) $(CONSOLE)
	@scripts/need node chromium rust cc
	$(CARGO) build $(LOCKED)
	@if [ -d tests/browser ]; then \
		AHLAN_BIN="$(abspath $(CARGO_TARGET_DIR))/debug/ahlan" scripts/unskipped npm run test:story; fi

test-rules:
	@scripts/need rust cc
	$(CARGO) run --quiet $(LOCKED) -- rules check rules/shop
	$(CARGO) run --quiet $(LOCKED) -- rules test rules/shop

lint: test-format test-lint $(PACKAGES) ## Check format, lints, types and, if cargo-deny is there, licences
	npm run check -w tracker-js
	npm run check -w console
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --locked check; \
		else echo "make lint: cargo-deny is not installed, so licences and advisories are not checked"; fi

bench: $(TRACKER) $(CONSOLE) ## Measure every speed and memory claim beside its limit
	@scripts/need rust cc wrk redis-server
	scripts/bench.sh

clean: ## Remove what was built and installed here; data/ stays
	$(CARGO) clean
	rm -rf node_modules tracker-js/node_modules tracker-js/dist console/node_modules console/dist

$(PACKAGES): package.json package-lock.json $(wildcard */package.json)
	@scripts/need node
	npm ci --include=dev --no-progress
	@touch $@

$(TRACKER): $(PACKAGES) $(TRACKER_SOURCES)
	npm run build -w tracker-js
	@touch $@

$(CONSOLE): $(PACKAGES) $(CONSOLE_SOURCES)
	npm run build -w console
	@touch $@
