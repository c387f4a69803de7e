#!/usr/bin/env bash
# A private PostgreSQL that nobody else can reach: its own data, a random password, a free port of 127.0.0.1.
#
#   scripts/postgres.sh start DIRECTORY [durable]
#                                          makes and starts it, prints its URL (of a superuser, database «postgres»); «durable»:
#                                          a commit waits for the disk, as where data are to be kept
#   scripts/postgres.sh stop DIRECTORY     stops it; the directory is the caller's to remove
#   scripts/postgres.sh restart DIRECTORY  starts it again as it was, as after a crash when it runs still
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
source "$here/scripts/programs.sh"

action=$1 directory=$2 kept=${3:-}
bin=$(postgresql_bin)
[ -n "$bin" ] || { echo "guichet: no PostgreSQL server programs on this machine" >&2; exit 1; }

# PostgreSQL refuses to run as root, so root lends it another name.
owner=()
if [ "$(id -u)" = 0 ]; then
    name=nobody
    ! id postgres > /dev/null 2>&1 || name=postgres
    owner=(runuser -u "$name" --)
fi

start() {
    local password port attempt
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -p "$directory"
    printf '%s\n' "$password" > "$directory/password"
    if [ "$(id -u)" = 0 ]; then chown -R "$name" "$directory"; fi
    chmod 700 "$directory"
    # The server's own working directory: root's may be closed to it.
    cd /
    # md5 suffices for a random password that lives for one run: SCRAM, in a debug build, would take half of all the tests' time.
    "${owner[@]}" "$bin/initdb" --pgdata="$directory/data" --username=guichet --pwfile="$directory/password" \
        --auth=md5 --encoding=UTF8 --locale=C > "$directory.log" 2>&1 || { cat "$directory.log" >&2; exit 1; }
    # The data lives for one run, and no test cuts the power.
    local disk="-c fsync=off -c full_page_writes=off"
    [ "$kept" != durable ] || disk=""
    for attempt in 1 2 3 4 5 6 7 8; do
        port=$((20000 + RANDOM % 12000))
        # Sockets in the file system are of no use here.
        if "${owner[@]}" "$bin/pg_ctl" --pgdata="$directory/data" --wait --timeout=60 --silent --log="$directory/log" \
            --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c max_connections=300 $disk" \
            start > /dev/null 2>&1; then
            echo "postgres://guichet:$password@127.0.0.1:$port/postgres"
            return 0
        fi
    done
    echo "guichet: PostgreSQL would not start:" >&2
    tail -n 20 "$directory/log" >&2
    exit 1
}

stop() {
    cd /
    "${owner[@]}" "$bin/pg_ctl" --pgdata="$directory/data" --wait --timeout=60 --silent --mode=immediate stop
}

restart() {
    cd /
    # Its options are those of its first start, which it keeps beside its data.
    "${owner[@]}" "$bin/pg_ctl" --pgdata="$directory/data" --wait --timeout=60 --silent --mode=immediate \
        --log="$directory/log" restart > /dev/null 2>&1
}

case $action in
    start | stop | restart) "$action" ;;
    *) echo "guichet: scripts/postgres.sh start|stop|restart DIRECTORY" >&2; exit 1 ;;
esac
