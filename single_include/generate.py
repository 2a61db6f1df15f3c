#!/usr/bin/env python3
"""Makes single_include/stentor/ out of include/stentor/.

  generate.py          writes it, and removes what no longer belongs there
  generate.py --check  says what is stale or does not belong there (exit status 1 if anything)

stentor.hpp is include/stentor/stentor.hpp with all that it includes. Each public header that it does not hold (what needs
Boost.JSON, what only tests need) lies beside it at its usual path and builds on it, with the private headers that it needs.

Reproducible: the same tree gives the same bytes. In the single header each of our headers appears once, where it is first
included; each foreign header is included once, except inside #if, where it may be skipped and must therefore not count as seen.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
SINGLE = ROOT / "single_include"
UMBRELLA = "stentor/stentor.hpp"

OWN = re.compile(r"^\s*#\s*include\s*<(stentor/[^>]+)>")
FOREIGN = re.compile(r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]")
OPENS = re.compile(r"^\s*#\s*if")
CLOSES = re.compile(r"^\s*#\s*endif")


def read(name):
    return (INCLUDE / name).read_text(encoding="utf-8")


class Amalgamation:
    def __init__(self):
        self.lines = []
        self.seen_own = set()
        self.seen_foreign = set()
        self.depth = 0

    def add(self, name):
        if name in self.seen_own:
            return
        self.seen_own.add(name)
        self.lines.append(f"// ---- {name}")
        for line in read(name).splitlines():
            if line.strip() == "#pragma once" or line.startswith("// clang-format"):
                continue
            own = OWN.match(line)
            if own:
                self.add(own.group(1))
                continue
            foreign = FOREIGN.match(line)
            if foreign:
                if foreign.group(1) in self.seen_foreign:
                    continue
                if self.depth == 0:
                    self.seen_foreign.add(foreign.group(1))
            elif OPENS.match(line):
                self.depth += 1
            elif CLOSES.match(line):
                self.depth -= 1
            self.lines.append(line)

    def text(self):
        license_text = (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
        head = ["// stentor: publishes typed messages to Apache Kafka. The library in one header; what needs Boost.JSON and what only",
                "// tests need are beside it. Use this folder or include/, never both.",
                "// Made by single_include/generate.py from include/: change the files there.", "//"]
        head += [f"// {line}".rstrip() for line in license_text.splitlines()]
        head += ["", "#pragma once", ""]
        out, blank = [], False
        for line in head + self.lines:
            line = line.rstrip()
            if line == "" and blank:
                continue
            blank = line == ""
            out.append(line)
        return "\n".join(out).rstrip() + "\n"


def beside(name, held):
    """The header `name` as it lies beside the single header, and which others of its kind it includes."""
    out = [f"// Made by single_include/generate.py from include/{name}: change that file. License: see {UMBRELLA}."]
    needs = []
    umbrella = f"#include <{UMBRELLA}>"
    for line in read(name).splitlines():
        own = OWN.match(line)
        if own and own.group(1) in held:
            if umbrella not in out:
                out.append(umbrella)
            continue
        if own:
            needs.append(own.group(1))
        out.append(line.rstrip())
    return "\n".join(out) + "\n", needs


def make():
    """All files, by their path under single_include/."""
    single = Amalgamation()
    single.add(UMBRELLA)
    if single.depth != 0:
        sys.exit("#if and #endif do not balance")
    files = {UMBRELLA: single.text()}
    waiting = [str(path.relative_to(INCLUDE)) for path in sorted((INCLUDE / "stentor").rglob("*.hpp"))]
    waiting = [name for name in waiting if name not in single.seen_own and not name.startswith("stentor/detail/")]
    while waiting:
        name = waiting.pop(0)
        if name not in files:
            files[name], needs = beside(name, single.seen_own)
            waiting += needs
    return files, len(single.seen_own)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                        allow_abbrev=False)
    arguments.add_argument("--check", action="store_true", help="only say what is stale")
    check = arguments.parse_args().check

    files, count = make()
    present = {str(path.relative_to(SINGLE)) for path in (SINGLE / "stentor").rglob("*") if not path.is_dir()}
    stale = sorted(name for name, text in files.items()
                   if name not in present or (SINGLE / name).read_text(encoding="utf-8") != text)
    foreign = sorted(present - files.keys())
    if check:
        for name in stale:
            print(f"single_include/{name} is {'stale' if name in present else 'missing'}", file=sys.stderr)
        for name in foreign:
            print(f"single_include/{name} does not belong there", file=sys.stderr)
        if stale or foreign:
            print("Run single_include/generate.py.", file=sys.stderr)
            return 1
        return 0

    for name in foreign:
        (SINGLE / name).unlink()
    for name in stale:
        (SINGLE / name).parent.mkdir(parents=True, exist_ok=True)
        (SINGLE / name).write_text(files[name], encoding="utf-8")
    print(f"single_include/{UMBRELLA}: {len(files[UMBRELLA].splitlines())} lines from {count} headers, {len(files) - 1} headers beside it; "
          f"{len(stale)} written, {len(foreign)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
