# Where the system's programs are. Read by the other scripts (source scripts/programs.sh); prints nothing when absent.

# The oldest Rust that builds Guichet, from the manifest.
rust_version() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

# The directory of the newest PostgreSQL server programs: Debian keeps them out of the PATH.
postgresql_bin() {
    local initdb
    initdb=$(ls -1 /usr/lib/postgresql/*/bin/initdb 2> /dev/null | sort -V | tail -n 1 || true)
    [ -n "$initdb" ] || initdb=$(command -v initdb || true)
    [ -z "$initdb" ] || dirname "$(readlink -f "$initdb")"
}

# Chromium, or Chrome when there is no Chromium.
chromium_program() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    return 0
}

# A Go of this version or later: this machine's, or the one installed here.
go_program() {
    local program have
    for program in "$(command -v go)" "$PWD/target/tools/go/bin/go"; do
        have=$("$program" env GOVERSION 2> /dev/null) || continue
        if [ "$(printf '%s\n' "$1" "${have#go}" | sort -V | head -n 1)" = "$1" ]; then
            echo "$program"
            return 0
        fi
    done
    return 0
}

# A cargo subcommand of one version: the one built here, or one that this machine already has.
cargo_program() {
    local program
    for program in "$PWD/target/tools/bin/$1" "$(command -v "$1")" "${CARGO_HOME:-$HOME/.cargo}/bin/$1"; do
        if [ "$("$program" --version 2> /dev/null)" = "$1 $2" ]; then
            echo "$program"
            return 0
        fi
    done
    return 0
}

# Those of the checks, of the fuzzing and of the mutants.
deny_version=0.20.2
deny_program() { cargo_program cargo-deny "$deny_version"; }
audit_version=0.22.2
audit_program() { cargo_program cargo-audit "$audit_version"; }
fuzz_version=0.13.2
fuzz_program() { cargo_program cargo-fuzz "$fuzz_version"; }
mutants_version=27.1.0
mutants_program() { cargo_program cargo-mutants "$mutants_version"; }
