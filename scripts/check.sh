#!/usr/bin/env bash
# Format, lints, and what cargo-deny and cargo-audit say of the dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/programs.sh

scripts/install.sh rust compiler deny

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings

cargo_deny=$(deny_program)
advisories=${CARGO_HOME:-$HOME/.cargo}/advisory-dbs
deny() { "$cargo_deny" --locked "$@"; }
deny check bans licenses sources

# The advisories live in a repository of their own. Without a way to it a copy of the last 90 days will do (deny.toml).
if fetched=$(deny fetch db 2>&1); then
    deny check advisories
elif compgen -G "$advisories/advisory-db-*/crates" > /dev/null; then
    echo 'guichet: the advisory database cannot be reached; checking against the copy kept here' >&2
    deny --offline check advisories
else
    echo "$fetched" >&2
    echo 'guichet: SECURITY ADVISORIES WERE NOT CHECKED: their database cannot be reached and there is no copy here.' >&2
    echo 'guichet: everything else is in order; run make check again with a way to it.' >&2
    exit 0
fi

# The same advisories once more, by those who keep them: what one tool reads wrongly, the other need not. It reads the copy that was
# just brought up to date, and leaves aside what deny.toml gives a reason for.
scripts/install.sh audit
mapfile -t excepted < <(sed -n 's/.*{ id = "\(RUSTSEC-[0-9-]*\)".*/--ignore=\1/p' deny.toml)
"$(audit_program)" audit --db "$(ls -d "$advisories"/advisory-db-*/ | head -n 1)" --no-fetch "${excepted[@]}"
