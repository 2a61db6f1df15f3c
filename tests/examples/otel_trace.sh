#!/usr/bin/env bash
# otel_trace.sh PROGRAM: what it prints, with words for what differs: the span's id from run to run, versions, and the order of what the
# SDK keeps in hash tables.
set -eu
printed=$("$1")
id=$(sed -n 's/^  span_id *: //p' <<<"$printed")
[[ $id =~ ^[0-9a-f]{16}$ ]] || { echo "the span has no id"; exit 1; }
run=()
flush() {
    [ "${#run[@]}" = 0 ] || printf '%s\n' "${run[@]}" | LC_ALL=C sort
    run=()
}
{
    while IFS= read -r line; do
        if [[ $line =~ ^$'\t'+[a-z._]+:\  ]]; then
            run+=("$line")
        else
            flush
            printf '%s\n' "$line"
        fi
    done
    flush
} <<<"${printed//$id/SPAN_ID}" | sed -E 's/^(\tservice.name: ).*/\1SERVICE/; s/^(\ttelemetry.sdk.version: ).*/\1VERSION/; s/^(  instr-lib *: stentor-).*/\1VERSION/; s/[ \t]+$//'
