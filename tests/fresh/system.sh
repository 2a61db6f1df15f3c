# Sourced, after cmake/setup.sh: a bare Debian in a folder, for one use, with a copy of the checkout that this is called from.
#   need_systems         notes what this machine lacks for it; says so and stops, with exit status 77, where none can be made
#   make_system SUITE    makes it
#   inside COMMAND       runs it there as root, from the copy, with a clean environment and nothing to read
#   lend_cache           gives it ccache, and this machine's cache
#   remove_system        removes it; done at exit in any case
# What is mounted and started there is seen by nobody else and ends with the command (namespaces of its own): no mount and no process
# can be left behind, and removing the folder can't reach through a mount.

system=
cache=
running=
mirror=

cannot() { printf '%s: %s\n' "$0" "$*" >&2; exit 77; }

need_systems() {
    [ "$(id -u)" = 0 ] || cannot "making a bare Debian needs root (mmdebstrap, mount, chroot). Run it as root."
    unshare --mount --pid --fork true 2>/dev/null ||
        cannot "this machine lets root make no namespaces (unshare --mount --pid), so no bare Debian can be run here."
    read -r mirror _ <<<"$(apt_source "$(debian_suite)")"
    [ -n "$mirror" ] || cannot "the apt sources of this machine name no mirror for its own suite ($(debian_suite)): none is known to take."
    need mmdebstrap debian-archive-keyring git
}

remove_system() {
    cache=
    [ -n "$system" ] || return 0
    rm -rf --one-file-system "$system"
    system=
}

# Ends what runs there, and waits until all of it is gone: only then the folder can be removed.
leave() {
    local first=
    if [ -n "$running" ]; then
        read -r first <"/proc/$running/task/$running/children" || true
        kill -KILL ${first:-"$running"} && wait "$running" || true
    fi 2>/dev/null
    remove_system
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# In the background, because only then a signal is heard at once, and not when the command ends.
confined() {
    local status=0
    unshare --mount --pid --fork --kill-child --mount-proc "$@" </dev/null &
    running=$!
    wait "$running" || status=$?
    running=
    return "$status"
}

# What apt needs on this machine to reach its mirror, as options of apt. A mirror may be a snapshot, and unstable's index is valid for a
# week only.
apt_options() {
    apt-config dump Acquire | grep -iE '^Acquire::https?::proxy' || true
    [ "$1" != sid ] || echo 'Acquire::Check-Valid-Until "false";'
}

copy_checkout() {
    mkdir -p "$1"
    # Everything that git knows or would take: what is not committed yet is meant, too.
    git -c safe.directory="$PWD" ls-files -co --exclude-standard -z | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' _ |
        tar --null -T - -cf - | tar --no-same-owner -xf - -C "$1"
    [ -e "$1/cmake/setup.sh" ]
}

make_system() {
    local suite=$1 options=() line
    while IFS= read -r line; do [ -z "$line" ] || options+=(--aptopt="${line%;}"); done <<<"$(apt_options "$suite")"
    remove_system
    system=$(mktemp -d "${TMPDIR:-/tmp}/stentor-$suite.XXXXXX")
    confined mmdebstrap --variant=apt --include=ca-certificates "${options[@]}" "$suite" "$system" "$mirror" &&
        cp -L /etc/resolv.conf "$system/etc/resolv.conf" && echo "127.0.0.1 localhost" >"$system/etc/hosts" && copy_checkout "$system/root/stentor"
}

# Hits need the same compiler, and paths that are relative on both sides (see .ci/run).
lend_cache() {
    inside "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ccache" || return
    cache=$(ccache --get-config cache_dir)
    mkdir -p "$cache" "$system/root/ccache"
}

inside() {
    confined env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
        ${cache:+CCACHE_DIR=/root/ccache CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=/root/stentor CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-5G}"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} sh -eu -c '
            mount -t proc proc "$1/proc"
            mount --rbind /dev "$1/dev"
            [ -z "$3" ] || mount --bind "$3" "$1/root/ccache"
            exec chroot "$1" bash -c "cd /root/stentor && $2"' sh "$system" "$1" "$cache"
}

# One table for what was done: step WORLD TITLE COMMAND..., then print_table.
table=()
failed=0
step() {
    local world=$1 title=$2 start=$SECONDS verdict=ok log
    log=build/fresh/$world.$(tr -cs 'a-z0-9\n' - <<<"${title,,}").log
    shift 2
    mkdir -p build/fresh
    "$@" >"$log" 2>&1 || verdict="FAILED ($?), see $log"
    [ "$verdict" = ok ] || failed=1
    table+=("$(printf '%-10s %-34s %5d s  %s' "$world" "$title" $((SECONDS - start)) "$verdict")")
    say "${table[-1]}"
    [ "$verdict" = ok ] || { tail -n 30 "$log"; return 1; }
}
print_table() { printf '\n'; printf '%s\n' "${table[@]}"; }
