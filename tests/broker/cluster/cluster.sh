# A whole cluster: up, down, and what watches its owner.

password=the-password guest_password=the-guest-password nobody_password=the-password-of-nobody

# Without its owner it is about to end.
is_up() {
    local node
    [ -e "$state/env" ] || return 1
    [ ! -e "$state/owner" ] || alive "$state/owner" || return 1
    for node in "$state"/node-*; do
        alive "$node/pid" && return
    done
    return 1
}

# choose_ports BUT: a block of 32 ports, below those that the kernel gives out, that nobody has, no other cluster, and not the block BUT.
choose_ports() {
    local base tries port taken used hex
    taken=" $1 $(cat "$states"/*/ports 2>/dev/null | tr '\n' ' ') "
    used=" $(ports_in_use | tr '\n' ' ') "
    for ((tries = 0; tries < 100; tries++)); do
        base=$((20000 + 32 * (RANDOM % 380)))
        [[ $taken != *" $base "* ]] || continue
        for ((port = base; port < base + 32; port++)); do
            printf -v hex %04X "$port"
            [[ $used != *" $hex "* ]] || continue 2
        done
        echo "$base"
        return
    done
    fail "tests/broker/kafka: no free ports were found between 20000 and 32160."
}

# all LISTENER: its addresses on all nodes.
all() {
    local n addresses=()
    for ((n = 1; n <= nodes; n++)); do addresses+=("$address:$(port_of "$base" "$n" "$1")"); done
    comma "${addresses[@]}"
}

# exported NAME VALUE ...
exported() {
    for (( ; $#; )); do
        echo "export $1=${2@Q}"
        shift 2
    done
}

write_env() {
    local tls=$state/tls
    {
        exported KAFKA_BROKERS "$(all 0)"
        exported ID "$name" NODES "$nodes" SSL "$(all 1)" WRONG_HOST "$(all 2)" MUTUAL "$(all 3)" \
            SASL_PLAINTEXT "$(all 4)" SASL_SSL "$(all 5)" CA "$tls/ca.pem" OTHER_CA "$tls/other-ca.pem" \
            CERTIFICATE "$tls/client.crt" KEY "$tls/client.key" LOCKED_KEY "$tls/client.locked.key" KEY_PASSWORD "$key_password" \
            USER stentor PASSWORD "$password" GUEST guest GUEST_PASSWORD "$guest_password" NOBODY nobody NOBODY_PASSWORD "$nobody_password" |
            sed 's/^export /&STENTOR_BROKER_/'
    } >"$state/env.new"
    mv "$state/env.new" "$state/env"
}

# Ends when the owner does, and takes the cluster with it.
watch_owner() {
    remember "$owner" "$state/owner"
    alive "$state/owner" || fail "tests/broker/kafka: there is no process $owner to be the owner."
    in_background "$state/watch.log" "$state/watch" bash -c '
        . "$1/cluster/processes.sh"
        while alive "$2/owner"; do sleep 0.25; done
        exec "$1/kafka" --id "${2##*/}" down' watch "$here" "$state"
}

# Starts together with the nodes, and tries until they answer. When a node ends by itself, `why` says so, and this is false.
get_ready() {
    local node ready
    java -cp "$classpath" "${tool_options[@]}" Ready "$(all 0)" "$nodes" "$topics" "$patience" </dev/null >"$state/ready.log" 2>&1 &
    ready=$!
    remember "$ready" "$state/ready"
    while alive "$state/ready"; do
        for node in "$state"/node-*; do
            if ! alive "$node/pid"; then
                why="${node##*/} $(end_of "$node/pid"): $(cause_in "$node/log")"
                return 1
            fi
        done
        sleep 0.05
    done
    wait "$ready" && return
    why=$(grep -v '^Picked up' "$state/ready.log" | tail -n 1)
    for node in "$state"/node-*; do why+=" ${node##*/}: $(cause_in "$node/log")"; done
    fail "tests/broker/kafka: the cluster did not get ready: $why"
}

# start_cluster BUT: all of it anew, on other ports than BUT.
start_cluster() {
    local n node formatted
    down
    mkdir -m 700 "$state"
    [ -z "$owner" ] || watch_owner 9>&-
    base=$(choose_ports "$1")
    echo "$base" >"$state/ports"
    for ((n = 1; n <= nodes; n++)); do write_node "$n" "$base"; done
    format_first 9>&- &
    formatted=$!
    make_certificates
    wait "$formatted"
    format_others
    for node in "$state"/node-*; do start_node "$node" 9>&-; done
}

give_up() {
    trap - EXIT
    (down)
    exit 1
}

up() {
    local base='' why=''
    if is_up; then
        [ "$(ls -d "$state"/node-* | wc -l)" = "$nodes" ] || fail "tests/broker/kafka: cluster '$name' is up, with another number of nodes."
        cat "$state/env"
        return
    fi
    prepare "${install[@]}" >&2
    mkdir -p -m 700 "$states"
    # One start at a time: what is free when ports are chosen must be free when the nodes listen.
    exec 9>"$states/.lock"
    flock -w 600 9 || fail "tests/broker/kafka: for 600 s another start has not come to its end (it has locked $states/.lock)."
    # Another one may have started it meanwhile. What is there and not up, nobody is starting now.
    if is_up; then
        exec 9>&-
        up
        return
    fi
    trap give_up EXIT
    start_cluster ''
    if ! get_ready 9>&-; then
        # Its ports may have been taken meanwhile, or the memory: that may be over now.
        printf 'tests/broker/kafka: %s Trying once more, on other ports.\n' "$why" >&2
        disown -a
        start_cluster "$base"
        get_ready 9>&- || fail "tests/broker/kafka: $why"
    fi
    write_env
    trap - EXIT
    cat "$state/env"
}

down() {
    local node
    [ -d "$state" ] || return 0
    # First, so that it does not do the same to what comes next; unless it is what called this.
    if [ "$(cut -d ' ' -f 1 "$state/watch" 2>/dev/null)" != "$$" ] && signal KILL "$state/watch"; then
        await_end "$state/watch" 60
    fi
    signal KILL "$state/ready" || true
    for node in "$state"/node-*; do
        [ ! -d "$node" ] || signal KILL "$node/pid" || true
    done
    for node in "$state"/node-*; do
        [ ! -d "$node" ] || await_end "$node/pid" 60
    done
    rm -rf "$state"
}
