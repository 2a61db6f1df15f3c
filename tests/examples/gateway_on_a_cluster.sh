#!/usr/bin/env bash
# The gateway on a real cluster, with all that the environment says of it: TLS and passwords, and mistakes in them told at once.
# usage: gateway_on_a_cluster.sh PATH_OF_web_crawl_gateway PATH_OF_tests/broker/kafka, with STENTOR_BROKER_ID set
set -eu
gateway=$1
cluster=$("$2" env)
eval "$cluster"
plain=$KAFKA_BROKERS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '{"taskId":"cluster-%s-%s","userEmail":"a@b.example","query":"q","originalUrl":"https://c.example/"}\n' \
    $$ one $$ two $$ three >"$work/tasks"

# ends_with STATUS TEXT VARIABLE...: the gateway ends with that status within 20 s, and says that.
ends_with() {
    local expected=$1 text=$2 status=0
    shift 2
    env "$@" timeout 20 "$gateway" --repeat 3 "$work/tasks" >"$work/said" 2>&1 || status=$?
    [ "$status" -eq "$expected" ] && grep -qF -- "$text" "$work/said" && return
    echo "exit status $status, expected $expected and '$text': $*" | sed "s/$STENTOR_BROKER_PASSWORD/***/g"
    cat "$work/said"
    exit 1
}

tls="KAFKA_SSL_CA_LOCATION=$STENTOR_BROKER_CA"
login=(KAFKA_BROKERS="$STENTOR_BROKER_SASL_SSL" KAFKA_SECURITY_PROTOCOL=SASL_SSL "$tls" KAFKA_SASL_MECHANISM=plain
    KAFKA_SASL_USERNAME="$STENTOR_BROKER_USER")
agrees='The consumer agrees with it.'
ends_with 0 "$agrees" KAFKA_BROKERS="$plain"
ends_with 0 "$agrees" "${login[@]}" KAFKA_SASL_PASSWORD="$STENTOR_BROKER_PASSWORD"
ends_with 0 "$agrees" KAFKA_BROKERS="$STENTOR_BROKER_MUTUAL" KAFKA_SSL=true "$tls" \
    KAFKA_SSL_CERTIFICATE_LOCATION="$STENTOR_BROKER_CERTIFICATE" KAFKA_SSL_KEY_LOCATION="$STENTOR_BROKER_KEY"
ends_with 2 'Check sasl_username and sasl_password' "${login[@]}" KAFKA_SASL_PASSWORD=wrong
ends_with 2 'Set ssl_ca_location' KAFKA_BROKERS="$STENTOR_BROKER_SSL" KAFKA_SSL=true
ends_with 2 'set security_protocol to ssl' KAFKA_BROKERS="$STENTOR_BROKER_SSL"
ends_with 2 'KAFKA_LINGER_MS: must be' KAFKA_BROKERS="$plain" KAFKA_LINGER_MS=soon
ends_with 2 'KAFKA_ENABLED=false' KAFKA_BROKERS="$plain" KAFKA_ENABLED=false
