#!/usr/bin/env python3
"""Makes single_include/stentor/stentor.hpp out of include/stentor/stentor.hpp and all that it includes.

  generate.py          writes it
  generate.py --check  says whether the committed one is up to date (exit status 1 if not)

Reproducible: the same tree gives the same bytes. Each of our headers appears once, where it is first included; each foreign
header is included once, except inside #if, where it may be skipped and must therefore not count as seen.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
TARGET = ROOT / "single_include" / "stentor" / "stentor.hpp"

OWN = re.compile(r"^\s*#\s*include\s*<(stentor/[^>]+)>")
FOREIGN = re.compile(r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]")
OPENS = re.compile(r"^\s*#\s*if")
CLOSES = re.compile(r"^\s*#\s*endif")


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
        text = (INCLUDE / name).read_text(encoding="utf-8")
        self.lines.append(f"// ---- {name}")
        for line in text.splitlines():
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
        head = ["// stentor: publishes typed messages to Apache Kafka. The whole library in one header.",
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


def main():
    made = Amalgamation()
    made.add("stentor/stentor.hpp")
    assert made.depth == 0, "#if and #endif do not balance"
    text = made.text()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print(f"{TARGET.relative_to(ROOT)} is stale: run single_include/generate.py", file=sys.stderr)
            return 1
        return 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(text.splitlines())} lines from {len(made.seen_own)} headers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
