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

# Where files that live for one run belong: in memory, where there is enough of it. On a disk, a server that makes a thousand
# databases spends half of its time on their directory entries.
fast_directory() {
    local room free
    room=$(df --output=avail -k /dev/shm 2> /dev/null | tail -n 1) || room=0
    free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
    if [ -w /dev/shm ] && [ "${room:-0}" -gt 4000000 ] && [ "${free:-0}" -gt 8000000 ]; then
        echo /dev/shm
    else
        echo "${TMPDIR:-/tmp}"
    fi
}
