# Sourced by the scripts: what a fresh Debian machine lacks, and how it gets it.
#   need PACKAGE...       notes what is not installed
#   settle [--no-install] installs it with apt-get, or says what is missing and stops
#   wish PACKAGE...       notes what is not installed and can be done without
#   grant [--no-install]  installs that, or says that it is left out and goes on

missing=()
wished=()

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q ' ok installed$'; }

need() {
    local package
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
}

wish() {
    local package
    for package in "$@"; do
        installed "$package" || wished+=("$package")
    done
}

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

debian_suite() {
    local VERSION_CODENAME=""
    [ -r /etc/os-release ] && . /etc/os-release
    printf '%s' "${VERSION_CODENAME:-unknown}"
}

# Everything that a build of the tests and examples needs. On Debian 12 the plain Boost is too old and Catch2 3 is in backports.
need_build_tools() {
    command -v dpkg-query >/dev/null || fail "This script knows Debian only. Elsewhere install a C++20 compiler, CMake 3.25, Ninja, pkg-config, librdkafka, Boost 1.81 with Boost.JSON, and Catch2 3, and use CMake."
    need g++ cmake ninja-build pkg-config librdkafka-dev
    if [ "$(debian_suite)" = bookworm ]; then
        need libboost1.81-dev libboost-json1.81-dev
    else
        need libboost-dev libboost-json-dev
    fi
}

need_test_tools() {
    if installed libcatch2-dev && dpkg --compare-versions "$(dpkg-query -W -f='${Version}' libcatch2-dev)" lt 3; then
        missing+=(libcatch2-dev)
    else
        need libcatch2-dev
    fi
    wish libgtest-dev libprotobuf-dev protobuf-compiler librapidcheck-dev libspdlog-dev opentelemetry-cpp-dev libabsl-dev
}

# What this machine's apt sources say of a suite: "URI KEY", the key may be missing. Reads both formats of sources files.
apt_source() {
    local suite=$1 files=(/etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list) file
    for file in "${files[@]}"; do
        [ -r "$file" ] || continue
        if [[ $file == *.sources ]]; then
            awk -v suite="$suite" 'BEGIN { RS = ""; FS = "\n" }
                {
                    uri = key = suites = ""
                    for (i = 1; i <= NF; i++) {
                        split($i, word, /[ \t]+/)
                        if ($i ~ /^URIs:/) uri = word[2]
                        if ($i ~ /^Suites:/) suites = $i " "
                        if ($i ~ /^Signed-By:/ && word[2] ~ /^\//) key = word[2]
                    }
                    if (suites ~ "[ \t]" suite "[ \t]") { print uri, key; exit }
                }' "$file"
        else
            sed -nE '/^deb[ \t].*[ \t]'"$suite"'([ \t]|$)/ {
                s/^deb[ \t]+\[[^]]*signed-by=([^] ,]+)[^]]*\][ \t]+([^ \t]+).*/\2 \1/; t found
                s/^deb[ \t]+(\[[^]]*\][ \t]+)?([^ \t]+).*/\2/
                : found
                p; q
            }' "$file"
        fi
    done | head -n 1
}

# Debian 12 has Catch2 3 and OpenTelemetry in its backports: a sources file of its own, with the mirror and key that this machine's
# sources name already.
add_backports() {
    local to=/etc/apt/sources.list.d/stentor-backports.sources uri key
    [ -e "$to" ] && return
    apt-cache policy 2>/dev/null | grep -q 'bookworm-backports' && return
    read -r uri key <<<"$(apt_source bookworm)"
    if [ -z "$uri" ]; then
        say "No apt source for bookworm was found, so its backports (for Catch2 3 and OpenTelemetry) can't be added. Add them, then run this again." >&2
        return 1
    fi
    printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n%s' "$uri" "${key:+Signed-By: $key
}" | as_root tee "$to" >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "Installing needs root: run this as root, or install sudo, or install these packages yourself: ${missing[*]}"
    fi
}

settle() {
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "Missing: ${missing[*]}"
    if [ "${1:-}" = --no-install ]; then
        fail "Nothing was installed (--no-install). Without that option this script installs them with apt-get."
    fi
    as_root true  # says what to do when it can't; below, what is said goes to the log
    say "Installing with apt-get ..."
    local log
    log=$(mktemp)
    local options=(-y -q --no-install-recommends)
    if ! { as_root apt-get update -q &&
        if [[ " ${missing[*]} " == *" libcatch2-dev "* && "$(debian_suite)" = bookworm ]]; then
            add_backports && as_root apt-get update -q &&
                as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" -t bookworm-backports libcatch2-dev
        fi &&
        # There libspdlog-dev wants a package catch2, and only that of backports goes with the libcatch2-dev of backports.
        if [[ " ${missing[*]} " == *" libspdlog-dev "* && "$(debian_suite)" = bookworm ]]; then
            add_backports && as_root apt-get update -q &&
                as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" -t bookworm-backports catch2
        fi &&
        # Only backports have it there.
        if [[ " ${missing[*]} " == *" opentelemetry-cpp-dev "* && "$(debian_suite)" = bookworm ]]; then
            add_backports && as_root apt-get update -q
        fi &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        fail "apt-get failed (its last lines are above, all of it is in $log)."
    fi
    rm -f "$log"
    missing=()
}

grant() {
    local package left=()
    [ "${#wished[@]}" -gt 0 ] || return 0
    if [ "${1:-}" = --no-install ]; then
        left=("${wished[@]}")
    elif ! (missing=("${wished[@]}") && settle); then
        # This system may have all of them but one.
        for package in "${wished[@]}"; do
            (missing=("$package") && settle) || left+=("$package")
        done
    fi
    [ "${#left[@]}" -eq 0 ] || say "Going on without ${left[*]}: the examples and tests that need them are left out."
    wished=()
}

# quietly TITLE COMMAND...: a line when it works, everything when it does not.
quietly() {
    local title=$1 log start
    shift
    log=$(mktemp)
    start=$SECONDS
    if "$@" >"$log" 2>&1; then
        say "$title: done in $((SECONDS - start)) s"
        rm -f "$log"
    else
        local status=$?
        cat "$log"
        say "$title: FAILED after $((SECONDS - start)) s"
        rm -f "$log"
        return "$status"
    fi
}

# Jobs for a build: a translation unit with Catch2 and a publisher takes up to 1 GB.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
    [ "$memory" -ge 1 ] || memory=1
    echo $((cores < memory ? cores : memory))
}
