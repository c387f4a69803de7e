#!/usr/bin/env bash
# Format, lints, and what cargo-deny says of the dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/programs.sh

scripts/install.sh rust compiler deny

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings

cargo_deny=$(deny_program)
deny() { "$cargo_deny" --locked "$@"; }
deny check bans licenses sources

# The advisories live in a repository of their own. Without a way to it a copy of the last 90 days will do (deny.toml).
if fetched=$(deny fetch db 2>&1); then
    deny check advisories
elif compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/advisory-db-*/crates" > /dev/null; then
    echo 'guichet: the advisory database cannot be reached; checking against the copy kept here' >&2
    deny --offline check advisories
else
    echo "$fetched" >&2
    echo 'guichet: SECURITY ADVISORIES WERE NOT CHECKED: their database cannot be reached and there is no copy here.' >&2
    echo 'guichet: everything else is in order; run make check again with a way to it.' >&2
fi
