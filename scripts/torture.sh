#!/usr/bin/env bash
# Tortures the optimised program for TORTURE_MINUTES (10 by default), and prints what it withstood: lines that begin with
# «torture:». One part after the other, so that each has the machine for itself; one that fails keeps no other from running.
# Last, grants against their model and the parsers against whatever coverage leads to. Arguments go to the tests, so
# `scripts/torture.sh crashes` runs one part.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh
source scripts/scratch.sh

scripts/install.sh rust compiler postgresql
cargo build --release --locked --bin guichet

make_scratch "${TMPDIR:-/tmp}/guichet-torture.XXXXXX"
GUICHET_TEST_POSTGRES=$(scripts/postgres.sh start "$scratch/postgres")
export GUICHET_TEST_POSTGRES
export GUICHET_TEST_ALL=1
export GUICHET_TORTURE_PROGRAM=$PWD/target/release/guichet
export TORTURE_MINUTES=${TORTURE_MINUTES:-10}

echo "torture: $("$GUICHET_TORTURE_PROGRAM" --version), $(nproc) cores, $(uname -sr), $(rustc --version)," \
    "$("$(postgresql_bin)/postgres" --version), $(date -u +%F)"
# As many connections as the system lets this user have.
ulimit -n "$(ulimit -Hn)"
status=0
cargo test --locked --test torture -- --nocapture --test-threads=1 "$@" || status=$?

[ $# = 0 ] || exit "$status"
# Fifty sequences on each engine, and a second for each target, for each minute.
minutes=${TORTURE_MINUTES%.*}
[ "${minutes:-0}" -gt 0 ] || minutes=1
echo "torture: $((minutes * 50)) sequences of grants against their model, on each engine"
GUICHET_TEST_SEQUENCES=$((minutes * 50)) cargo test --locked --test integration -- oidc::grants_model || status=$?
FUZZ_SECONDS=$minutes scripts/fuzz.sh || status=$?
exit "$status"
