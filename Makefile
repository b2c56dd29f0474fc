# Everything that this project does by machine. `make` alone explains itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
GO_BUILD := go build -trimpath -ldflags "-s -w -X github.com/liftmark/liftmark/internal/app.Version=$(VERSION)"
LINT := bin/golangci-lint
DEMO ?= demo

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: build
build: compiler ## Build bin/liftmark
	@mkdir -p bin
	$(GO_BUILD) -o bin/liftmark ./cmd/liftmark

# The embedded engine is C++.
.PHONY: compiler
compiler:
	@tools/need gcc gcc libc6-dev
	@tools/need g++ g++

.PHONY: demo
demo: build ## Build, generate and import the demo company, run its studies, write the report
	bin/liftmark demo --dir $(DEMO) --no-serve

.PHONY: test
test: lint test-go test-stat test-page ## Run every check: linters, Go tests, the report in a real browser

# What the tests show of xAPI's requirements is recorded on the way and compared
# with the page that says so.
.PHONY: test-go
test-go: compiler ## Run the Go tests, but those of test-stat, and check the page on xAPI's requirements
	@rm -rf bin/conformance && mkdir -p bin/conformance
	LIFTMARK_EVIDENCE=$(CURDIR)/bin/conformance go test -count=1 -timeout 25m $$(go list ./... | grep -v '/stat')
	go run ./internal/evidence/page -kind conformance -records bin/conformance -out docs/guide/xapi-conformance.md -check

# Agreement with reference results is recorded on the way and compared with the
# page that promises it.
.PHONY: test-stat
test-stat: ## Run the statistics library without cgo, and check its page of accuracy
	@rm -rf bin/evidence && mkdir -p bin/evidence
	CGO_ENABLED=0 LIFTMARK_EVIDENCE=$(CURDIR)/bin/evidence go test -count=1 ./stat/...
	go run ./internal/evidence/page -records bin/evidence -out docs/method/accuracy.md -check

.PHONY: test-page
test-page: build ## Use the program as others do: the report in Chromium, clients of the server in Node and Chromium
	e2e/run

.PHONY: crash
crash: compiler ## Kill the server a hundred times under load and count what was lost or doubled (takes minutes)
	LIFTMARK_CRASHES=100 go test -count=1 -v -timeout 60m -run TestNothingAcknowledgedIsLostOrDoubled ./cmd/liftmark

.PHONY: soak
soak: build ## Load the server steadily for an hour and watch its memory
	go run ./internal/load/soak -for 60m

.PHONY: bench-live
bench-live: build ## Measure the server under load at 0, 100,000 and 1,000,000 statements, beside the raw engines
	go run ./internal/load/bench

.PHONY: xapi-suite
xapi-suite: build ## Run the public xAPI conformance suite that is checked out in SUITE=DIR
	tools/xapi-suite $(SUITE)

.PHONY: conformance
conformance: compiler ## Write docs/guide/xapi-conformance.md: xAPI's requirements and the tests that show them
	@rm -rf bin/conformance && mkdir -p bin/conformance
	LIFTMARK_EVIDENCE=$(CURDIR)/bin/conformance go test -count=1 ./xapi ./internal/lrs/protocol
	go run ./internal/evidence/page -kind conformance -records bin/conformance -out docs/guide/xapi-conformance.md

.PHONY: lint
lint: $(LINT) ## Run the linters
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(LINT) run ./...

$(LINT): tools/go.mod tools/go.sum
	@mkdir -p bin
	cd tools && go build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: race
race: compiler ## Run the Go tests under the race detector
	go test -race ./...

.PHONY: bench
bench: compiler ## Measure speed beside a peer in the same run (takes half an hour)
	LIFTMARK_BENCH_ROWS=1000000,5000000,20000000 go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./...
	$(MAKE) bench-live

.PHONY: bench-stat
bench-stat: ## Time the statistics library beside R on the same files
	tools/bench-stat

.PHONY: coverage
coverage: ## Draw many demo companies and count how often the intervals hold the truth (takes long)
	@rm -rf bin/evidence && mkdir -p bin/evidence
	LIFTMARK_COVERAGE=full LIFTMARK_EVIDENCE=$(CURDIR)/bin/evidence go test -count=1 -timeout 5h ./stat/...
	go run ./internal/evidence/page -kind coverage -records bin/evidence -out docs/method/coverage.md
	LIFTMARK_COVERAGE=full go test -count=1 -v -timeout 5h -run 'Cover' ./internal/study ./internal/demo

.PHONY: accuracy
accuracy: ## Write docs/method/accuracy.md: digits agreed with R, NIST and published tables
	@rm -rf bin/evidence && mkdir -p bin/evidence
	LIFTMARK_REQUIRE_DATA=1 LIFTMARK_EVIDENCE=$(CURDIR)/bin/evidence go test -count=1 ./stat/...
	go run ./internal/evidence/page -records bin/evidence -out docs/method/accuracy.md

.PHONY: pictures
pictures: ## Draw the pictures of docs/method anew
	LIFTMARK_PICTURES=1 go test -count=1 -run Picture ./stat/... ./internal/study

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin $(DEMO) e2e/node_modules
