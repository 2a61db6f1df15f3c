#!/usr/bin/env bash
# The status page as a browser shows it: headless Chromium runs its script against a live service, well and in trouble.
# usage: status_page.sh PATH_OF_gateway_service [SCREENSHOT [SCREENSHOT_IN_TROUBLE]]
# Exit status 77: there is no Chromium here.
set -u
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "Chromium was not found (Debian: apt-get install chromium): the status page is not looked at."
    exit 77
}
work=$(mktemp -d) || exit 1
pid=
cleanup() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    [ -z "$pid" ] || wait "$pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
for name in $(env | sed -n 's/^\(KAFKA_[A-Z_0-9]*\|[A-Z_]*_TOPIC\|HEALTH_INCLUDE_KAFKA\)=.*/\1/p'); do unset "$name"; done

fail() {
    echo "$1"
    cat "$work/out" "$work/err" "$work/browser" 2>/dev/null | tail -n 40
    [ ! -r "$work/page" ] || sed -n '/<body>/,/<script>/p' "$work/page"
    exit 1
}
# The page after so many seconds of its own time, in which it looks once a second.
look() {
    timeout 100 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$work/profile" \
        --window-size=1100,900 --virtual-time-budget=$(($1 * 1000)) "${@:2}" "$url/" >"$work/page" 2>"$work/browser" ||
        fail "the browser fails"
}
# Looks until the page shows all of these: on a busy machine the browser's time runs ahead of the service's.
shows() {
    local end=$((SECONDS + 60)) pattern missing=yes
    while [ -n "$missing" ]; do
        look 5 --dump-dom
        missing=
        for pattern in "$@"; do
            grep -qE -- "$pattern" "$work/page" || missing=$pattern
        done
        [ -z "$missing" ] || [ "$SECONDS" -lt "$end" ] || fail "the page does not show '$missing'"
    done
}

"$1" --port 0 --load 500 --away 300 >"$work/out" 2>"$work/err" &
pid=$!
url=
for _ in $(seq 500); do
    url=$(sed -n 's|^listening on ||p' "$work/out")
    [ -z "$url" ] || break
    sleep 0.02
done
[ -n "$url" ] || fail "it does not say where it listens"

shows 'id="status" class="(pass|warn)"' 'id="rate">[0-9.,]+ /s<' 'id="median">(≤ [0-9]+ ms|≤ [0-9.]+ s)<' \
    'id="sent">[0-9,]+ persisted of [0-9,]+<' 'id="circuit">closed<' 'id="brokers">3 brokers are up<' 'id="letters">0<' \
    'id="curve" points="[0-9]+,'
[ $# -lt 2 ] || look 5 --screenshot="$2"

exec 3<>"/dev/tcp/127.0.0.1/${url##*:}" || fail "it does not listen"
printf 'POST /trouble HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' >&3
timeout 10 cat <&3 >/dev/null
exec 3>&-
shows 'id="status" class="fail"' '<li>No broker is up' 'id="brokers">0 brokers are up<'
[ $# -lt 3 ] || look 5 --screenshot="$3"
echo "the status page shows what it should"
