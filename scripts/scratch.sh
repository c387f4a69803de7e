# A directory that goes when the script that reads this ends, with the PostgreSQL in it. Read by the other scripts
# (source scripts/scratch.sh).

# Makes it: $scratch, by a name that ends in XXXXXX. PostgreSQL's user must be able to walk through it, nobody needs to read it.
make_scratch() {
    scratch=$(mktemp -d "$1")
    chmod 711 "$scratch"
    trap remove_scratch EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

remove_scratch() {
    [ ! -f "$scratch/postgres/data/postmaster.pid" ] || scripts/postgres.sh stop "$scratch/postgres" || true
    rm -rf "$scratch"
}
