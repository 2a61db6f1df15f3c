#!/usr/bin/env python3
"""Prints which branches llvm-cov has seen taken, for the files that decide. A template's branch counts as taken when one of
its instantiations takes it."""
import json
import sys
from pathlib import Path

LEAST = 95.0  # percent of the branches
DECIDE = """
    breaker.hpp breaker/per_topic.hpp retry.hpp
    detail/admission.hpp detail/attempt.hpp detail/breaker_machine.hpp detail/call_window.hpp detail/compose.hpp detail/core.hpp
    detail/deadlines.hpp detail/ending.hpp detail/failure_class.hpp detail/hand_over.hpp detail/lane_turns.hpp detail/lanes.hpp
    detail/ledger.hpp detail/publisher.ipp detail/reports.hpp detail/slots.hpp detail/timers.hpp detail/topic_queues.hpp
    detail/waiting.hpp
""".split()


def read(paths):
    """By file: {line: reached}, and {(line, column): (ever true, ever false)} of each condition, of all programs together."""
    files = {}
    for path in paths:
        for entry in json.loads(Path(path).read_text(encoding="utf-8"))["data"][0]["files"]:
            lines, branches = files.setdefault(entry["filename"].split("/include/stentor/")[-1], ({}, {}))
            for line, _, count, has_count, *_ in entry["segments"]:
                if has_count:
                    lines[line] = lines.get(line, False) or count > 0
            for line, column, _, _, true, false, *_ in entry["branches"]:
                before = branches.get((line, column), (False, False))
                branches[line, column] = (before[0] or true > 0, before[1] or false > 0)
    return files


def percent(part, whole):
    return f"{100.0 * part / whole:8.1f}%" if whole else f"{'-':>9}"


def main():
    files = read(word for word in sys.argv[1:] if not word.startswith("--"))
    taken = there = 0
    missing = []
    print(f"{'':36} {'regions':>9} {'branches':>9}")
    for name in DECIDE:
        if name not in files:
            sys.exit(f"{name} is not in what llvm-cov has counted")
        lines, branches = files[name]
        of_file = sum(t + f for t, f in branches.values())
        taken += of_file
        there += 2 * len(branches)
        print(f"{name:36} {percent(sum(lines.values()), len(lines))} {percent(of_file, 2 * len(branches))}")
        missing += [f"{name}:{line}:{column}: never {'true' if not t else 'false'}"
                    for (line, column), (t, f) in sorted(branches.items()) if not (t and f)]
    if "--missing" in sys.argv:
        print("", *missing, sep="\n")
    print(f"{taken} of {there} branches taken: {100.0 * taken / there:.1f} %")
    sys.exit(100.0 * taken < LEAST * there)


main()
