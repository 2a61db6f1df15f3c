"""Small changes, one at a time, all over the files that decide: another relation, sum for difference, and for or, the lesser of two, a
negation less, an empty answer. Nobody chose them, so nobody left out what he had not thought of."""

import re

FILES = """
    breaker.hpp breaker/per_topic.hpp retry.hpp detail/attempt.hpp detail/breaker_machine.hpp detail/call_window.hpp
    detail/lane_turns.hpp detail/lanes.hpp
""".split()

# clang-format puts blanks around binary operators, and none around the brackets of templates.
CHANGES = [
    (r" < ", [" <= ", " >= "]),
    (r" <= ", [" < ", " > "]),
    (r" > ", [" >= ", " <= "]),
    (r" >= ", [" > ", " < "]),
    (r" == ", [" != "]),
    (r" != ", [" == "]),
    (r" \+ ", [" - "]),
    (r" - ", [" + "]),
    (r" \* ", [" / "]),
    (r" / ", [" * "]),
    (r" % ", [" / "]),
    (r" && ", [" || "]),
    (r" \|\| ", [" && "]),
    (r" \+= ", [" -= "]),
    (r" -= ", [" += "]),
    (r"\+\+", ["--"]),
    (r"--", ["++"]),
    (r"!(?=[\w(])", [""]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"\bgreater(?=[(<])", ["lesser"]),
    (r"\blesser(?=[(<])", ["greater"]),
    (r"(?<=\breturn )[^;{]+(?=;)", ["{}"]),
]
EMPTY_ANYWAY = ("false", "nullptr", "0", "std::nullopt", "circuit::closed", "entry::go", "give_up()")
NO_DECISION = re.compile(r"^\s*(#|//|static_assert|template <|concept |requires |\{ t\.|using |friend |\[\[nodiscard\]\] static_assert)")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class Change:
    mechanical = True

    def __init__(self, header, number, line, start, end, to):
        self.header = header
        self.headers = [f"stentor/{header}"]
        self.number = number
        self.line = line
        self.start = start
        self.end = end
        self.to = to
        was = line[start:end].strip()
        self.name = f"{header}:{number}:{start + 1}"
        self.what = f"`{was}` -> `{to.strip()}` in `{line.strip()}`"
        # What a list of survivors knows it by: lines move.
        before = line[:start].strip()
        self.key = f"{header}: {line.strip()} [{was} -> {to.strip()} after {len(before)}]"

    def plant(self, tree):
        file = tree / "include/stentor" / self.header
        lines = file.read_text().split("\n")
        assert lines[self.number - 1] == self.line
        lines[self.number - 1] = self.line[: self.start] + self.to + self.line[self.end :]
        file.write_text("\n".join(lines))


def changes_of(root, header):
    for number, line in enumerate((root / "include/stentor" / header).read_text().split("\n"), 1):
        if NO_DECISION.search(line):
            continue
        code = STRING.sub(lambda m: "\0" * len(m.group()), line).split("//")[0].rstrip()
        for pattern, others in CHANGES:
            for found in re.finditer(pattern, code):
                if "\0" in found.group() or others == ["{}"] and found.group() in EMPTY_ANYWAY:
                    continue
                for to in others:
                    yield Change(header, number, line, found.start(), found.end(), to)


def changes(root):
    return [change for header in FILES for change in changes_of(root, header)]
