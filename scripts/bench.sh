#!/usr/bin/env bash
# Measures every claim beside its limit and writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk > /dev/null || { echo "make bench needs wrk: apt-get install wrk" >&2; exit 1; }
[ -f tracker-js/dist/t.js ] || { npm ci && npm run build -w tracker-js; }
cargo bench --bench report
