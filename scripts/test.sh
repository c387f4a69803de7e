#!/usr/bin/env bash
# Every check and every test there is: format, lints and dependencies; unit and integration tests on SQLite and PostgreSQL, the
# client libraries, the journeys in Chromium. One that fails keeps no other from running.
# Arguments go to `cargo test`, so `scripts/test.sh --test browser` runs one part, and no check, with everything ready for it.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh
source scripts/scratch.sh

scripts/install.sh rust compiler postgresql browser node python go
# Who builds once keeps nothing for the next time.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0
status=0
[ $# -gt 0 ] || scripts/check.sh || status=$?

make_scratch "$(fast_directory)/guichet-test.XXXXXX"
GUICHET_TEST_POSTGRES=$(scripts/postgres.sh start "$scratch/postgres")
export GUICHET_TEST_POSTGRES
# Nothing may be skipped: a test that misses what it needs fails.
export GUICHET_TEST_ALL=1
# What runs on this machine is reached directly, whatever proxy leads elsewhere.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
export GUICHET_TEST_NODE=$(command -v node)
# Node 18, the oldest that Debian and Ubuntu still ship, keeps Web Cryptography behind a flag.
case $(node --version) in
    v18.*) export NODE_OPTIONS="${NODE_OPTIONS:+$NODE_OPTIONS }--experimental-global-webcrypto" ;;
esac
export GUICHET_TEST_PYTHON=$PWD/target/tools/python/bin/python
export GUICHET_TEST_OIDC_CLIENT_TS=$PWD/tests/clients/node/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js
export GUICHET_TEST_GO_CLIENT=$PWD/target/tools/go-client/client
export GUICHET_TEST_AXE=$PWD/tests/clients/node/node_modules/axe-core/axe.min.js
export GUICHET_TEST_CHROMIUM=$(chromium_program)
export GUICHET_TEST_CHROMEDRIVER=$(command -v chromedriver)

if [ $# -gt 0 ]; then
    cargo test --locked --no-fail-fast "$@" || status=$?
    exit "$status"
fi
cargo test --locked --no-run
others=()
for file in tests/*.rs tests/*/main.rs; do
    name=${file#tests/} name=${name%/main.rs} name=${name%.rs}
    [ "$name" = integration ] || others+=(--test "$name")
done
cargo test --locked --no-fail-fast --lib --bins "${others[@]}" || status=$?
# These wait for servers, disks and clocks as long as they work: with one for each core, a third of the cores' time is idle.
cargo test --locked --no-fail-fast --test integration -- --test-threads=$((2 * $(nproc))) || status=$?
cargo test --locked --doc || status=$?
exit "$status"
