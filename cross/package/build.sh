#!/usr/bin/env bash
# Static binaries: build.sh LDFLAGS -> build/<armv6|armv7|arm64|amd64>/rackvakt, and the collector for arm64 and amd64.
set -eu
for target in armv6:arm:6 armv7:arm:7 arm64:arm64: amd64:amd64:; do
  IFS=: read -r name goarch goarm <<<"$target"
  export CGO_ENABLED=0 GOOS=linux GOARCH=$goarch GOARM=$goarm
  go build -trimpath -ldflags "$1" -o "build/$name/" ./firmware/cmd/rackvakt
  case $name in arm64 | amd64) go build -trimpath -ldflags "$1" -o "build/$name/" ./uplink/cmd/rackvakt-collector ;; esac
done
