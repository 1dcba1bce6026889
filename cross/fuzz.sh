#!/usr/bin/env bash
# Runs every fuzz target of the packages given (default: all of the module) for
# FUZZTIME each (default 20s), one after the other with FUZZPARALLEL workers
# (default 2). Inputs are hardly made smaller, which would take most of the time.
# Prints one line a target with what it executed; stops at a failure.
set -euo pipefail
[ $# -gt 0 ] || set -- ./...
# The end of the time may be told as a failure without an input (golang/go issue
# 75804, a race in the coordinator, mended in Go 1.27): it found nothing.
ended() { grep -q 'context deadline exceeded' <<<"$1" && ! grep -q 'Failing input' <<<"$1"; }
pkgs=$(go list "$@") # by themselves: in the list of a for, a failure would be none
for pkg in $pkgs; do
  tests=$(go test -list '^Fuzz' "$pkg") || { printf '%s\n' "$tests"; echo "FAIL $pkg"; exit 1; }
  for target in $(grep '^Fuzz' <<<"$tests" || true); do
    said=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 100x -parallel "${FUZZPARALLEL:-2}" "$pkg" 2>&1) || ended "$said" || {
      printf '%s\n' "$said"
      echo "FAIL $pkg $target"
      exit 1
    }
    printf '%-28s %-12s %s\n' "${pkg#rackvakt/}" "$target" "$(grep -o 'execs: [0-9]*.*' <<<"$said" | tail -n 1)"
  done
done
