#!/usr/bin/env bash
# Changes the product in small ways, one after the other, and sees that some test notices each (cargo-mutants). A change that none
# notices is named at the end, and in target/mutants: a test is missing, or the change makes no difference.
#
#   scripts/mutants.sh                        the files where an unnoticed change would be a hole, each with its own tests
#   scripts/mutants.sh FILE [TEST…]           one file of src/, tried with the integration tests whose names hold this; without any,
#                                             with its unit tests
#
# A change costs a build and its tests: a minute or two. MUTANTS_SHARD=1/8 tries an eighth of them.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh
source scripts/scratch.sh
scripts/install.sh rust compiler postgresql mutants

make_scratch "${TMPDIR:-/tmp}/guichet-mutants.XXXXXX"
GUICHET_TEST_POSTGRES=$(scripts/postgres.sh start "$scratch/postgres")
export GUICHET_TEST_POSTGRES
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
# What it builds goes where all else was built, so that only Guichet itself is built anew.
export CARGO_TARGET_DIR=$PWD/target
program=$(mutants_program)
mkdir -p target/mutants

status=0
try() {
    local file=$1
    shift
    # Only the binary of tests that is then run is built.
    local binary=--lib
    [ $# = 0 ] || binary=--test=integration
    "$program" mutants --file "$file" --output "target/mutants/$(echo "$file" | tr / -)" --copy-target=false \
        --cargo-arg=--locked --cargo-arg="$binary" ${MUTANTS_SHARD:+--shard "$MUTANTS_SHARD"} \
        -- ${1:+--} "$@" || status=$?
}

if [ $# -gt 0 ]; then
    try "$@"
    exit "$status"
fi
# file, and the tests that must notice
while read -r file tests; do
    # shellcheck disable=SC2086
    try "$file" $tests
done < <(grep -v '^#' scripts/mutants.txt)
exit "$status"
