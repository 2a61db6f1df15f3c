#!/bin/sh
# What stentor_doctor says of settings and of brokers, line by line, and its exit status.
# usage: stentor_doctor.sh PATH_OF_stentor_doctor PATH_OF_with_mock_cluster
set -u
if [ $# -eq 2 ]; then
    STENTOR_DOCTOR=$1
    export STENTOR_DOCTOR
    exec "$2" "$0"  # comes back with the brokers as its one argument
fi
brokers=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for name in $(env | sed -n 's/^\(KAFKA_[A-Z_0-9]*\|[A-Z_]*_TOPIC\)=.*/\1/p'); do unset "$name"; done

fail() {
    echo "$1"
    cat "$work/out"
    exit 1
}
# ends_with STATUS [VARIABLE=VALUE]... -- [OPTION]...: the doctor ends with that status.
ends_with() {
    expected=$1
    shift
    : >"$work/variables"
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >>"$work/variables"
        shift
    done
    shift
    (
        while IFS= read -r line; do export "${line?}"; done <"$work/variables"
        exec timeout 60 "$STENTOR_DOCTOR" "$@"
    ) >"$work/out" 2>&1
    status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status, expected $expected: $(tr '\n' ' ' <"$work/variables") $*"
}
says() { grep -qE -- "$1" "$work/out" || fail "it does not say '$1'"; }
never_says() { ! grep -qF -- "$1" "$work/out" || fail "it says '$1'"; }

ends_with 2 KAFKA_BROKERS=localhost:99999 KAFKA_ACKS=7 --
says '^FAIL  settings  KAFKA_BROKERS: .*port'
says '^FAIL  settings  KAFKA_ACKS: '
ends_with 2 -- --wrong
says "'--wrong' is no option"
ends_with 2 -- --timeout 0
ends_with 2 -- --topic
ends_with 0 -- --help
says '^Exit status: '

ends_with 0 KAFKA_ENABLED=false KAFKA_BROKERS=127.0.0.1:1 --
says '^skip  settings  KAFKA_ENABLED is false'
never_says tcp

ends_with 0 KAFKA_BROKERS="$brokers" KAFKA_BROKRS=x KAFKA_ALLOW_AUTO_CREATE_TOPICS=true -- --topic doctor --publish
says '^  KAFKA_BROKERS = 127.0.0.1:'
says '^note  settings  KAFKA_BROKRS is not read; did you mean KAFKA_BROKERS\?$'
says '^ok    dns       127.0.0.1: 127.0.0.1 \('
says '^ok    tcp       127.0.0.1 port '
says '^skip  tls       plaintext$'
says '^skip  sasl      no login$'
says '^ok    metadata  '
says '^ok    topic     doctor \('
says '^ok    publish   doctor, partition [0-9]+, offset 0 \('
ends_with 0 KAFKA_BROKERS="$brokers" -- --topic doctor
says '^skip  publish   not asked for'
ends_with 1 KAFKA_BROKERS="$brokers" -- --publish
says '^FAIL  publish   there is no topic'

ends_with 1 KAFKA_BROKERS=127.0.0.1:1 --
says '^FAIL  tcp       127.0.0.1 port 1: Connection refused$'
says '^ {16}Nothing listens there'
never_says metadata
ends_with 1 KAFKA_BROKERS=no.such.host.invalid:9092 --
says '^FAIL  dns       no.such.host.invalid: '
# One that is not there is told of, and the others are tried.
ends_with 1 KAFKA_BROKERS="127.0.0.1:1,$brokers" --
says '^FAIL  tcp       127.0.0.1 port 1: '
says '^ok    metadata  '

# This broker speaks neither TLS nor SASL; and no secret is shown on the way.
ends_with 1 KAFKA_BROKERS="$brokers" KAFKA_SSL=true KAFKA_SASL_MECHANISM=plain KAFKA_SASL_USERNAME=gateway KAFKA_SASL_PASSWORD=canary -- --timeout 2
says '^  KAFKA_SASL_PASSWORD = \*\*\*$'
says '^(FAIL  tls|FAIL  metadata) '
never_says canary
ends_with 1 KAFKA_BROKERS="$brokers" KAFKA_SASL_MECHANISM=plain KAFKA_SASL_USERNAME=gateway KAFKA_SASL_PASSWORD=canary -- --timeout 2
says '^(FAIL  sasl|FAIL  metadata) '
says 'KAFKA_|check'
never_says canary
echo ok
