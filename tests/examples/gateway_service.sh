#!/usr/bin/env bash
# The gateway service as its clients and its operator meet it: over HTTP, with its own embedded brokers, through trouble and shutdown.
# usage: gateway_service.sh PATH_OF_gateway_service
set -u
work=$(mktemp -d) || exit 1
pid=
cleanup() {
    [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
for name in $(env | sed -n 's/^\(KAFKA_[A-Z_0-9]*\|[A-Z_]*_TOPIC\|HEALTH_INCLUDE_KAFKA\)=.*/\1/p'); do unset "$name"; done

fail() {
    echo "$1"
    cat "$work"/*
    exit 1
}
start() {
    : >"$work/out"
    "$gateway" --port 0 "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    for _ in $(seq 500); do
        port=$(sed -n 's|^listening on http://127.0.0.1:\([0-9]*\)$|\1|p' "$work/out")
        [ -z "$port" ] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    fail "it does not say where it listens"
}
# ask METHOD PATH [BODY] [HEADER]: the answer is in $work/answer, its status in $status.
ask() {
    local body=${3:-}
    exec 3<>"/dev/tcp/127.0.0.1/$port" || fail "it does not listen"
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s' \
        "$1" "$2" "${#body}" "${4:+$4$'\r\n'}" "$body" >&3
    timeout 20 cat <&3 | tr -d '\r' >"$work/answer"
    exec 3>&-
    status=$(sed -n '1s|^HTTP/1.1 \([0-9]*\) .*|\1|p' "$work/answer")
}
# answers STATUS METHOD PATH [BODY] [HEADER]
answers() {
    local expected=$1
    shift
    ask "$@"
    [ "$status" = "$expected" ] || fail "$1 $2 answers $status, expected $expected"
}
says() { grep -qE -- "$1" "$work/answer" || fail "the answer does not say '$1'"; }
# eventually STATUS METHOD PATH: within 20 s.
eventually() {
    for _ in $(seq 400); do
        ask "$2" "$3"
        [ "$status" != "$1" ] || return 0
        sleep 0.05
    done
    fail "$2 $3 never answers $1"
}

gateway=$1
start
eventually 200 GET /api/health/ready
task='{"userEmail":"user@example.com","query":"find","originalUrl":"https://example.com"}'
answers 201 POST /tasks "$task" "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
says '^\{"taskId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","topic":"task-status","partition":[0-2],"offset":0\}'
answers 400 POST /tasks '{"userEmail":"user@example.com"}'
says '"error":"serialization".*query'
answers 400 POST /tasks '{"userEmail":"nobody","query":"find","originalUrl":"https://example.com"}'
says '"error":"invalid_message".*userEmail'
answers 400 POST /tasks 'no JSON'
answers 405 GET /tasks
says '^Allow: POST'
answers 200 GET /
says '<title>gateway service</title>'
! grep -qE '(src|href)="?https?:|@import|url\(' "$work/answer" || fail "the page loads something from elsewhere"
answers 404 GET /no/such/path
answers 200 GET /api/health
says '^\{"status":"pass","checks":\{\}\}'
answers 200 GET /api/health/detailed
says '"brokersUp":3'
answers 200 GET /api/metrics
says '^kafka_producer_messages_sent_total\{topic="task-status"\} 1$'
says '^kafka_producer_circuit_state\{publisher="tasks",state="closed"\} 1$'
if command -v promtool >/dev/null; then
    sed '1,/^$/d' "$work/answer" >"$work/metrics"
    promtool check metrics <"$work/metrics" >"$work/promtool" 2>&1 || fail "promtool does not like the metrics"
fi
answers 200 GET /api/metrics "" "Accept: application/openmetrics-text"
says '^# EOF$'
answers 200 GET /api/metrics/json
says '"kafka_producer_messages_sent_total"'

answers 202 POST /trouble
eventually 503 GET /api/health/ready
says 'No broker is up'
answers 200 GET /api/health/live
grep -q '^{"time":"[^"]*","level":"[a-z]*","event":"[a-z_]*"' "$work/err" || fail "it logs nothing"
! grep -qv '^{"time":.*}$' "$work/err" || fail "what it logs is not a JSON object a line"
eventually 200 GET /api/health/ready
answers 201 POST /tasks "$task"
kill -TERM "$pid"
wait "$pid" || fail "it ends with $?"
pid=
grep -qE '^stopped: 2 accepted, 2 persisted, 0 not persisted, 0 unknown$' "$work/out" || fail "the account at the end is not right"

# In an outage posts wait for their deadline, but not on all threads: one more is refused at once, and health is answered.
start --away 60
eventually 200 GET /api/health/ready
answers 202 POST /trouble
eventually 503 GET /api/health/ready
posts=()
for _ in $(seq 7); do
    (work=$(mktemp -d "$work/XXXXXX") && ask POST /tasks "$task") 2>/dev/null &
    posts+=($!)
done
waiting() { timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET $1 HTTP/1.0\r\n\r\n' >&3; cat <&3"; }
for _ in $(seq 60); do
    waiting /api/health/detailed >"$work/detailed" || fail "health is not answered while posts wait"
    ! grep -q '"inFlight":7' "$work/detailed" || break
    sleep 0.05
done
grep -q '"inFlight":7' "$work/detailed" || fail "seven posts do not wait at once"
began=$(date +%s%N)
answers 503 POST /tasks "$task"
says '"error":"queue_full"'
answers 200 GET /api/health/live
answers 200 GET /api/metrics
[ $(($(date +%s%N) - began)) -lt 3000000000 ] || fail "health is not answered at once while posts wait"
wait "${posts[@]}"
kill -TERM "$pid"
wait "$pid" || fail "it ends with $?"
pid=

export HEALTH_INCLUDE_KAFKA=true
start
eventually 200 GET /api/health
says '"checks":\{"kafka":'
kill -TERM "$pid"
wait "$pid" || fail "it ends with $?"
pid=
"$gateway" --port x >"$work/out" 2>&1 && fail "it takes --port x"
KAFKA_BROKERS=nowhere:99999 "$gateway" --port 0 >"$work/out" 2>&1 && fail "it takes a port that is none"
grep -q 'KAFKA_BROKERS' "$work/out" || fail "it does not say what is wrong"
echo "the gateway service does what it says"
