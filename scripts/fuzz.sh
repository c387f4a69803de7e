#!/usr/bin/env bash
# Looks for inputs that break what must hold of every parser of foreign input (fuzz/targets), steered by coverage. It begins with
# the inputs that were kept (fuzz/corpora); what it finds stays in fuzz/found, and what fails in fuzz/artifacts.
#
#   scripts/fuzz.sh                       every target, FUZZ_SECONDS (60) each
#   scripts/fuzz.sh TARGET…               these targets
#   scripts/fuzz.sh keep TARGET…          keeps, in fuzz/corpora, the fewest and smallest inputs that reach what those found reach
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh
scripts/install.sh rust compiler fuzz

keep=no
[ "${1:-}" != keep ] || { keep=yes; shift; }
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls fuzz/corpora)
seconds=${FUZZ_SECONDS:-60}

# The same crates as the product; what only this needs is added by the next build.
cp Cargo.lock fuzz/Cargo.lock
# Memory is safe here without a sanitizer, and without one a stable toolchain will do.
fuzz() { CARGO_INCREMENTAL=0 "$(fuzz_program)" "$1" --sanitizer none --fuzz-dir fuzz "${@:2}"; }
fuzz build parsers

# The longest input of a target, from its table.
longest() { sed -n "s/.*name: \"$1\", longest: \([0-9_]*\).*/\1/p" fuzz/targets/mod.rs | tr -d _; }

status=0
for target in "${targets[@]}"; do
    [ -n "$(longest "$target")" ] || { echo "guichet: no fuzz target is called $target" >&2; exit 1; }
    kept=fuzz/corpora/$target found=fuzz/found/$target
    mkdir -p "$kept" "$found"
    export GUICHET_FUZZ_TARGET=$target
    options=("-max_len=$(longest "$target")" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0)
    if [ $keep = yes ]; then
        # Those that were kept come first: another is added only where it reaches what none of them does.
        fuzz run parsers "$kept" "$found" -- "${options[@]}" -merge=1
        continue
    fi
    echo "torture: fuzzing $target for $seconds s"
    fuzz run parsers "$found" "$kept" -- "${options[@]}" "-max_total_time=$seconds" || status=$?
done
exit "$status"
