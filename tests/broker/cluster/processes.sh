# Processes, by id: a file holds "PID START". A number may be given again; together with the time of its start it may not.

# The start of a process in the kernel's ticks; nothing when it is gone, or only its exit status is left.
started() {
    local line fields
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    line=${line##*) }
    read -r -a fields <<<"$line"
    [ "${fields[0]}" = Z ] || [ "${fields[0]}" = X ] || echo "${fields[19]}"
}

# remember PID FILE
remember() { echo "$1 $(started "$1")" >"$2"; }

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

# await_end FILE
await_end() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        alive "$1" || return 0
        sleep 0.05
    done
    return 1
}

# in_background LOG PIDFILE COMMAND...: in a session of its own, with nothing of ours open.
in_background() {
    local log=$1 file=$2
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 &
    remember "$!" "$file"
    disown
}

# Closes what the caller left open beyond 0, 1 and 2, so that no child of ours keeps it open. bash reads this script from 255.
close_inherited() {
    local entry fd
    for entry in "/proc/$BASHPID/fd/"*; do
        fd=${entry##*/}
        if [ "$fd" -gt 2 ] && [ "$fd" != 255 ]; then
            eval "exec $fd>&-"
        fi
    done
}

# listening PORT
listening() { awk -v port="$(printf ':%04X$' "$1")" '$2 ~ port && $4 == "0A" { found = 1; exit } END { exit !found }' /proc/net/tcp /proc/net/tcp6; }
