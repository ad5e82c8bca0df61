# shellcheck shell=bash
# What scripts/demo and scripts/test share: progress lines, Debian packages, quiet steps, tools of the build. Sourced, from any folder.
# Needs `set -euo pipefail`; sets `root` (the repository) and `logs` (where quiet steps write).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Packages of scripts/packages that the named groups need and that are not installed.
missing_packages() {
    local groups=" $* " name group rest
    while read -r name group rest; do
        [[ -n $name && $name != \#* && $groups == *" $group "* ]] || continue
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || say "$name"
    done <"$root/scripts/packages"
}

# Installs what is missing of the named groups, or stops with the command that would.
need_packages() {
    local missing as_root=() install
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian system; going on with the compiler and the libraries that are here."
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    install="apt-get install --yes --no-install-recommends ${missing[*]}"
    if [[ $(id -u) -ne 0 ]]; then
        if ! sudo -n true 2>/dev/null; then
            printf '%s\n' "These Debian packages are missing, and only root may install them. Run this, then start again:" \
                "" "    sudo sh -c 'apt-get update && $install'" "" >&2
            exit 1
        fi
        as_root=(sudo -n)
    fi
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    step "package lists" packages-update "${as_root[@]}" apt-get update
    # shellcheck disable=SC2086  # a list of words
    step "packages" packages-install "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install
}

# step WHAT LOG COMMAND...: runs the command quietly, its output in $logs/LOG.log, with one line of progress. When it
# fails, the end of the log is shown and the script stops.
step() {
    local what=$1 log=$logs/$2.log began=$SECONDS
    shift 2
    mkdir -p "$logs"
    printf '  %-34s ' "$what"
    local ticker=
    if [[ -t 1 ]]; then
        tell_progress "$what" "$log" &
        ticker=$!
        disown "$ticker"
    fi
    if "$@" >"$log" 2>&1 </dev/null; then
        stop_progress "$what" "$ticker"
        printf 'done, %d s\n' $((SECONDS - began))
        return
    fi
    stop_progress "$what" "$ticker"
    printf 'FAILED\n'
    tail -n 60 "$log" >&2
    fail "$what failed; the whole output is in $log; the command was: $*"
}

# On a terminal, while a step runs: how far it says that it is ("[12/160]"), and for how long it has run.
tell_progress() {
    local began=$SECONDS at
    while sleep 2 && kill -0 $$ 2>/dev/null; do
        at=$(tail -c 4000 "$2" 2>/dev/null | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1) || at=
        printf '\r  %-34s %s %d s ' "$1" "$at" $((SECONDS - began))
    done
}

stop_progress() { # of a step, whose line begins anew
    [[ -n $2 ]] || return 0
    kill "$2" 2>/dev/null || true
    printf '\r\033[K  %-34s ' "$1"
}

jobs_here() { nproc 2>/dev/null || say 2; }

# For CMake: ccache and mold, where they are. Unset where the caller has chosen other ones.
use_faster_tools() {
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
        export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
        # What one tree has compiled serves the others: of the wheel, of another checkout.
        export CCACHE_BASEDIR=${CCACHE_BASEDIR-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}
        export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros}
    fi
    if command -v mold >/dev/null; then
        export LDFLAGS=${LDFLAGS--fuse-ld=mold}
    fi
}
