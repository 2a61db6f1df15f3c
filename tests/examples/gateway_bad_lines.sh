#!/bin/sh
# The gateway reports each bad line with its number, a JSON pointer and the reason, and sends the rest.
# usage: gateway_bad_lines.sh PATH_OF_web_crawl_gateway
set -u
gateway=$1
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$gateway" --calm --seconds 0 "$here/bad_lines.jsonl" >"$work/out" 2>"$work/err"
status=$?
[ "$status" -eq 0 ] || { echo "exit status $status, expected 0"; cat "$work/out" "$work/err"; exit 1; }
# What exactly is wrong with something that is no JSON, every version of Boost says in its own words.
sed 's/is not JSON: .*/is not JSON/' "$work/err" | diff -u "$here/bad_lines.expected" - || { echo "the complaints are not the expected ones"; exit 1; }
grep -Eq '^ +accepted +6$' "$work/out" || { echo "expected 6 accepted messages"; cat "$work/out"; exit 1; }
grep -Eq '^ +bad input lines +17$' "$work/out" || { echo "expected 17 bad lines"; cat "$work/out"; exit 1; }

printf 'nonsense\n' | "$gateway" --calm --seconds 0 >"$work/out" 2>"$work/err"
[ $? -eq 2 ] || { echo "a file without one good line must end with exit status 2"; exit 1; }
"$gateway" --repeat 0 2>"$work/err" && { echo "--repeat 0 must be refused"; exit 1; }
"$gateway" --help | grep -q '^usage: ' || { echo "--help says nothing"; exit 1; }
echo ok
