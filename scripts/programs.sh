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

# The cargo-deny of the checks: the one built here, or one of the same version that this machine already has.
deny_version=0.20.2
deny_program() {
    local program
    for program in "$PWD/target/tools/bin/cargo-deny" "$(command -v cargo-deny)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-deny"; do
        if [ "$("$program" --version 2> /dev/null)" = "cargo-deny $deny_version" ]; then
            echo "$program"
            return 0
        fi
    done
    return 0
}
