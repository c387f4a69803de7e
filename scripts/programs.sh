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
