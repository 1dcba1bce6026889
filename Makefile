# Everything the project can do. `make demo` runs the main job, `make test` passes
# the tests; both need Go and nothing else.

GO      ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo unknown)
EPOCH   ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
LDFLAGS  = -s -w -X main.version=$(VERSION) -X main.built=$(EPOCH)
AGENT    = ./firmware/cmd/rackvakt
COLLECT  = ./uplink/cmd/rackvakt-collector
export CGO_ENABLED = 0
# What runs on a Pi and waits for no real round trip, which an emulated processor
# is too slow for.
ARM_PACKAGES = ./sensors/... ./snmp/pdu ./snmp/ber ./snmp/usm ./snmp/ifmib ./snmp/system ./snmp/ups ./snmp/entity ./snmp/poe \
	./snmp/lldp ./snmp/printer ./snmp/profile ./snmp/sensor ./snmp/rate ./snmp/port ./snmp/patchmap \
	./uplink/alarm ./uplink/record ./uplink/outbox ./firmware/config ./firmware/panel

.PHONY: help demo test check race e2e model faults month fuzz hwtest test-arm bench-snmp recordings build deb deb-test sizes clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

demo: ## run the main job on this machine: a collector, three closets, a short story
	@mkdir -p build
	$(GO) build -ldflags '$(LDFLAGS)' -o build/ $(AGENT) $(COLLECT)
	$(GO) build -o build/rackvakt-demo ./cross/demo
	./build/rackvakt-demo -bin build

test: ## the tests that need Go only
	$(GO) test ./...

check: ## formatting, vet, staticcheck, tidiness, race detector (installs a C compiler if none is there)
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: the files above are not formatted'; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	cd cross/tools && $(GO) build -o ../../build/staticcheck honnef.co/go/tools/cmd/staticcheck
	./build/staticcheck ./...
	$(MAKE) race

race: ## the tests under the race detector
	bash cross/need.sh cc:gcc
	CGO_ENABLED=1 $(GO) test -race -short ./...

e2e: ## a real cut in network namespaces, with real snmpd and mosquitto (root; installs what it needs)
	bash cross/need.sh ip:iproute2 ping:iputils-ping snmpd:snmpd snmpset:snmp mosquitto:mosquitto
	$(GO) build -ldflags '$(LDFLAGS)' -o build/ $(AGENT) $(COLLECT)
	RACKVAKT_E2E=1 RACKVAKT_BIN=$(CURDIR)/build $(GO) test -count=1 -timeout 20m -v ./cross/e2e

model: ## the exhaustive model of the lane protocol in its long form
	RACKVAKT_MODEL=full $(GO) test -count=1 -timeout 6h -v -run 'Model' ./uplink/record/...

faults: ## kill -9 of agent, collector and broker in the middle of a stream, and other faults
	bash cross/need.sh mosquitto:mosquitto
	$(GO) build -ldflags '$(LDFLAGS)' -o build/ $(AGENT) $(COLLECT)
	RACKVAKT_FAULTS=1 RACKVAKT_BIN=$(CURDIR)/build $(GO) test -count=1 -timeout 30m -v ./cross/faults

month: ## thirty days of bad sensors in fake time, three seeds: no false alarm, none missed
	RACKVAKT_MONTH=full $(GO) test -count=1 -timeout 30m -v ./cross/month

fuzz: ## every fuzz target, FUZZTIME each (default 20s)
	bash cross/fuzz.sh

hwtest: ## the drivers and the shipped agent on a real arm64 kernel in QEMU (root, or QEMU and a cross compiler installed; HWTEST_ARGS=-short)
	$(GO) run ./cross/hwtest $(HWTEST_ARGS)

test-arm: ## the tests of the agent's packages for armv6, on a processor that has no more, and for arm64, under qemu-user
	bash cross/need.sh qemu-arm-static:qemu-user-static
	GOARCH=arm GOARM=6 QEMU_CPU=arm1176 $(GO) test -short -timeout 30m -exec qemu-arm-static $(ARM_PACKAGES)
	GOARCH=arm64 $(GO) test -short -timeout 30m -exec qemu-aarch64-static $(ARM_PACKAGES)

bench-snmp: ## what polling costs, beside net-snmp and gosnmp alone, against the budgets (BENCH_ARGS=-short for a minute)
	bash cross/need.sh snmpbulkwalk:snmp
	$(GO) run ./cross/benchsnmp $(BENCH_ARGS)

recordings: ## recorded devices are polled and compared with what is true of them (../shared/recordings)
	$(GO) run ./cross/recordings

build: ## static binaries for armv6, armv7, arm64 and amd64 in build/<arch>/
	bash cross/package/build.sh '$(LDFLAGS)'

sizes: build ## sizes of the binaries
	@ls -l build/*/rackvakt build/*/rackvakt-collector | awk '{printf "%-40s %6.1f MB\n", $$9, $$5/1e6}'

deb: build ## Debian packages of agent and collector in build/deb/
	bash cross/package/deb.sh '$(VERSION)' '$(EPOCH)'

deb-test: deb ## installs the packages in a fresh Debian folder and starts them (root)
	bash cross/need.sh debootstrap:debootstrap qemu-arm-static:qemu-user-static systemd-analyze:systemd
	bash cross/package/test.sh

clean: ## remove what was built
	rm -rf build
