# One node: broker and controller in one process. Its folder has server.properties, pid, log, port and data.

# The order is that of a node's ports. CONTROLLER is for the nodes themselves.
listeners=(PLAINTEXT SSL WRONG_HOST MUTUAL SASL_PLAINTEXT SASL_SSL CONTROLLER)

port_of() { echo $(($1 + 8 * ($2 - 1) + $3)); }  # BASE NODE LISTENER

# comma SEPARATED...
comma() { local IFS=,; echo "$*"; }

# The settings of the listener, by its name in lower case.
tls_of() {
    printf 'listener.name.%s.%s\n' "$1" ssl.keystore.type=PEM "$1" "ssl.keystore.location=$state/tls/$2.pem" \
        "$1" ssl.truststore.type=PEM "$1" "ssl.truststore.location=$state/tls/ca.pem" "$1" "ssl.client.auth=$3"
}
sasl_of() {
    local scram=org.apache.kafka.common.security.scram.ScramLoginModule plain=org.apache.kafka.common.security.plain.PlainLoginModule
    printf 'listener.name.%s.%s\n' "$1" sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512 \
        "$1" "plain.sasl.jaas.config=$plain required user_stentor=\"$password\" user_guest=\"$guest_password\" user_nobody=\"$nobody_password\";" \
        "$1" "scram-sha-256.sasl.jaas.config=$scram required;" "$1" "scram-sha-512.sasl.jaas.config=$scram required;"
}

# write_node N BASE
write_node() {
    local n=$1 base=$2 folder=$state/node-$1 i all=() told=() map=() voters=() replicas=$nodes in_sync=$((nodes > 1 ? 2 : 1))
    mkdir -p "$folder"
    port_of "$base" "$n" 0 >"$folder/port"
    for i in "${!listeners[@]}"; do
        all+=("${listeners[i]}://$address:$(port_of "$base" "$n" "$i")")
        case ${listeners[i]} in
        WRONG_HOST | MUTUAL) map+=("${listeners[i]}:SSL") ;;
        CONTROLLER) map+=(CONTROLLER:PLAINTEXT); continue ;;
        *) map+=("${listeners[i]}:${listeners[i]}") ;;
        esac
        told+=("${all[-1]}")
    done
    for ((i = 1; i <= nodes; i++)); do voters+=("$i@$address:$(port_of "$base" "$i" 6)"); done
    {
        cat <<END
process.roles=broker,controller
node.id=$n
controller.quorum.voters=$(comma "${voters[@]}")
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=$(comma "${all[@]}")
advertised.listeners=$(comma "${told[@]}")
listener.security.protocol.map=$(comma "${map[@]}")
log.dirs=$folder/data
auto.create.topics.enable=false
default.replication.factor=$replicas
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$replicas
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:stentor;User:CN=client
connection.failed.authentication.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
initial.broker.registration.timeout.ms=120000
controller.quorum.election.timeout.ms=500
controller.quorum.election.backoff.max.ms=500
controller.quorum.fetch.timeout.ms=1000
replica.lag.time.max.ms=3000
replica.fetch.wait.max.ms=100
auto.leader.rebalance.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=4194304
END
        tls_of ssl server requested
        tls_of wrong_host wrong-host none
        tls_of mutual server required
        tls_of sasl_ssl server none
        sasl_of sasl_plaintext
        sasl_of sasl_ssl
    } >"$folder/server.properties"
}

# 16 bytes as Kafka writes them, but with letters only where '-' and '_' may be: a tool takes "-x…" as an option.
random_id() { openssl rand -base64 16 | tr '+/' 'xy' | cut -c 1-22; }

# The data of node 1; then those of the others, which are the same but for two numbers: a JVM each would take longer.
format_first() {
    local options=() user mechanism
    for user in "stentor,password=$password" "guest,password=$guest_password" "nobody,password=$nobody_password"; do
        for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do options+=(--add-scram "$mechanism=[name=$user]"); done
    done
    java -cp "$classpath" "${tool_options[@]}" kafka.tools.StorageTool format -t "$(random_id)" -c "$state/node-1/server.properties" \
        "${options[@]}" </dev/null >"$state/format.log" 2>&1 || fail "tests/broker/kafka: the data could not be formatted: $(cause_in "$state/format.log")"
}
format_others() {
    local n
    for ((n = 2; n <= nodes; n++)); do
        cp -R "$state/node-1/data" "$state/node-$n/data"
        sed -i "s/^node.id=.*/node.id=$n/; s/^directory.id=.*/directory.id=$(random_id)/" "$state/node-$n/data/meta.properties"
    done
}

start_node() {
    ! alive "$1/pid" || fail "tests/broker/kafka: ${1##*/} runs already."
    in_background "$1/log" "$1/pid" java -cp "$classpath" -Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
        -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS kafka.Kafka "$1/server.properties"
}

signal_node() { signal "$1" "$2/pid" || fail "tests/broker/kafka: ${2##*/} does not run."; }

# await_listening NODE SECONDS: of the node that this has started.
await_listening() {
    local until=$((SECONDS + $2)) port
    port=$(cat "$1/port")
    until listening "$port"; do
        alive "$1/pid" || fail "tests/broker/kafka: ${1##*/} $(end_of "$1/pid"): $(cause_in "$1/log")"
        [ "$SECONDS" -le "$until" ] || fail "tests/broker/kafka: ${1##*/} does not listen after $2 s: $(cause_in "$1/log")"
        sleep 0.05
    done
}
