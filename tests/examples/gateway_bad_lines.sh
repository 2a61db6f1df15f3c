#!/bin/sh
# The gateway reports each bad line with its number, a JSON pointer and the reason, and sends the rest; what it cannot do it says.
# usage: gateway_bad_lines.sh PATH_OF_web_crawl_gateway
set -u
gateway=$1
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset KAFKA_BROKERS

fail() {
    echo "$1"
    cat "$work/out" "$work/err"
    exit 1
}
# ends_with STATUS TEXT ARGUMENT...: the gateway ends with that status, and says that on standard error.
ends_with() {
    expected=$1 text=$2
    shift 2
    timeout 60 "$gateway" "$@" >"$work/out" 2>"$work/err"
    status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status, expected $expected: $*"
    grep -qF -- "$text" "$work/err" || fail "standard error does not say '$text': $*"
}

ends_with 0 'line 2: ' --calm --seconds=0 "$here/bad_lines.jsonl"
# What exactly is wrong with something that is no JSON, every version of Boost says in its own words.
sed -E 's/is not JSON: .+ at byte [0-9]+$/is not JSON: … at byte …/' "$work/err" | diff -u "$here/bad_lines.expected" - ||
    fail "the complaints are not the expected ones"
grep -Eq '^ +sent +7$' "$work/out" || fail "expected 7 messages"
grep -Eq '^ +\+ accepted +7$' "$work/out" || fail "expected 7 accepted messages"
grep -Eq '^ +bad input lines +19$' "$work/out" || fail "expected 19 bad lines"

printf 'nonsense\n' >"$work/nonsense"
ends_with 2 'no task to send' --calm --seconds 0 "$work/nonsense"
ends_with 2 'no task to send' --calm --seconds 0 - <"$work/nonsense"
ends_with 2 'is a directory' "$work"
ends_with 2 'cannot read' "$work/missing"
ends_with 2 '--repeat needs' --repeat 0
ends_with 2 '--repeat needs' --repeat=
ends_with 2 '--calm takes no value' --calm=1

# Addresses that cannot be right are refused at once, by name.
for address in http://localhost:9092 'garbage here' localhost:99999; do
    KAFKA_BROKERS=$address
    export KAFKA_BROKERS
    ends_with 2 "KAFKA_BROKERS: '$address'" --seconds 0 </dev/null
done
unset KAFKA_BROKERS

# interrupted SIGNAL TEXT ARGUMENT...: while it waits for what never comes it ends with 130, and says that.
mkfifo "$work/pipe"
interrupted() {
    signal=$1 text=$2
    shift 2
    sleep 20 >"$work/pipe" &
    writer=$!
    "$gateway" "$@" <"$work/pipe" >"$work/out" 2>"$work/err" &
    reader=$!
    sleep 1
    kill -"$signal" "$reader"
    asked=$(date +%s)
    wait "$reader"
    status=$?
    took=$(($(date +%s) - asked))
    kill "$writer"
    [ "$took" -le 6 ] || fail "it took $took s to end after $signal"
    [ "$status" -eq 130 ] || fail "exit status $status after $signal, expected 130"
    grep -qF -- "$text" "$work/err" || fail "standard error does not say '$text'"
}
interrupted INT 'Nothing was sent' -
interrupted TERM 'Nothing was sent' -
KAFKA_BROKERS=127.0.0.1:1
export KAFKA_BROKERS
interrupted TERM 'Nothing was sent' "$here/bad_lines.jsonl"
grep -q '^7 messages about .*KAFKA_BROKERS=127.0.0.1:1$' "$work/out" || fail "nothing is said before the broker answers"

"$gateway" --help | grep -q '^usage: ' || fail "--help says nothing"
echo ok
