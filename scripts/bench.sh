#!/usr/bin/env bash
# How fast it is: Guichet on SQLite and on PostgreSQL, what nothing can pass on this machine, and a peer, all in one run that
# prints its tables and writes them into docs/performance.md, with its plots beside. The machine should have nothing else to do.
#
#   scripts/bench.sh [sketch]     with any word: two minutes' work, whose page and plots go to target/bench/
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh
source scripts/scratch.sh

scripts/install.sh rust compiler postgresql wrk peer
[ $# = 0 ] || export GUICHET_BENCH_SKETCH=1

# On the disk of the target directory, as the embedded database is: both wait for the same one.
mkdir -p target/tmp
make_scratch "$PWD/target/tmp/bench.XXXXXX"
GUICHET_BENCH_POSTGRES=$(scripts/postgres.sh start "$scratch/postgres" durable)
GUICHET_BENCH_POSTGRES_VERSION=$("$(postgresql_bin)/postgres" --version | grep -o '[0-9.]*' | head -n 1)
GUICHET_BENCH_PEER=$PWD/target/tools/peer
GUICHET_BENCH_PEER_VERSION=$(sed -n 's/.*"oidc-provider": "\(.*\)".*/\1/p' benches/peer/package.json)
export GUICHET_BENCH_POSTGRES GUICHET_BENCH_POSTGRES_VERSION GUICHET_BENCH_PEER GUICHET_BENCH_PEER_VERSION
# What runs on this machine is reached directly, whatever proxy leads elsewhere.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"

cargo bench --locked --bench performance
