# Processes, by id: a file holds "PID START". A number may be given again; together with the time of its start it may not.

# The start of a process in the kernel's ticks; nothing when it is gone, or only its exit status is left.
started() {
    local line fields
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    line=${line##*) }
    read -r -a fields <<<"$line"
    [ "${fields[0]}" = Z ] || [ "${fields[0]}" = X ] || echo "${fields[19]}"
}

# remember PID FILE: whoever reads the file meanwhile finds all of it, or nothing.
remember() { echo "$1 $(started "$1")" >"$2.new" && mv "$2.new" "$2"; }

# alive FILE
alive() {
    local pid start
    [ -r "$1" ] && read -r pid start <"$1" && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ]
}

# signal NAME FILE: false when it is gone.
signal() {
    local pid start
    alive "$2" && read -r pid start <"$2" && kill -s "$1" "$pid" 2>/dev/null
}

# await_end FILE SECONDS
await_end() {
    local until=$((SECONDS + $2))
    while alive "$1"; do
        [ "$SECONDS" -le "$until" ] ||
            fail "tests/broker/kafka: process $(cut -d ' ' -f 1 "$1") (${1#"$states/"}) has been told to end, and is there after $2 s."
        sleep 0.05
    done
}

# in_background LOG PIDFILE COMMAND...: in a session of its own, with nothing of ours open.
in_background() {
    local log=$1 file=$2
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 &
    remember "$!" "$file"
}

# end_of FILE: in words, how a process ended that this shell has started.
end_of() {
    local pid status=0
    read -r pid _ <"$1"
    wait "$pid" 2>/dev/null || status=$?
    case $status in
    127) echo "has ended" ;;
    137) echo "was killed by SIGKILL, as the kernel does where memory runs out" ;;
    *) [ "$status" -le 128 ] && echo "has ended with status $status" || echo "was killed by signal $((status - 128))" ;;
    esac
}

# cause_in LOG: the last of it that may be a cause, on one line.
cause_in() {
    local said
    said=$(grep -E ' (WARN|ERROR|FATAL) |Exception|[Ee]rror|insufficient memory' "$1" 2>/dev/null | grep -vE '^[[:space:]]*at ' | tail -n 4) || true
    [ -n "$said" ] || said=$(tail -n 3 "$1" 2>/dev/null) || true
    [ -n "$said" ] || said="its log is empty"
    tr -s '\n\t' '  ' <<<"$said" | cut -c 1-1200
}

# Closes what the caller left open beyond 0, 1 and 2, so that no child of ours keeps it open; not what bash reads this script from.
close_inherited() {
    local entry fd
    for entry in "/proc/$BASHPID/fd/"*; do
        fd=${entry##*/}
        if [ "$fd" -gt 2 ] && ! [ "$entry" -ef "$0" ]; then
            eval "exec $fd>&-"
        fi
    done
}

# listening PORT
listening() { awk -v port="$(printf ':%04X$' "$1")" '$2 ~ port && $4 == "0A" { found = 1; exit } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null; }

# The ports that any socket of TCP has, as the kernel writes them: "4E20".
ports_in_use() { awk 'FNR > 1 { print substr($2, length($2) - 3) }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true; }
