"""Applies one mutant after the other to a copy of the checkout and looks which test notices. See tests/mutation/run."""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import mechanical

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATCHES = ROOT / "tests/mutation/patches"
EXCUSES = ROOT / "tests/mutation/excused"
# In the order in which they are asked.
SECONDS = {"unit": 60, "flow": 120, "otel": 60, "simulation": 300, "wire": 180}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<(stentor/[^>]+)>|"([^"]+)")', re.M)
TITLE = re.compile(r"^-{79}\n(.+)\n", re.M)


def stop(message):
    print(message, flush=True)
    sys.exit(2)


class Mutant:
    mechanical = False

    def __init__(self, path):
        text = path.read_text()
        self.path = path
        self.name = path.stem
        self.what = text.split("\n", 1)[0]
        self.headers = re.findall(r"^\+\+\+ b/include/(\S+)", text, re.M)
        if not self.headers or not self.what or self.what.startswith("---"):
            stop(f"{path} is no patch of include/ with a line of description at its head.")

    def plant(self, tree):
        command = ["patch", "-p1", "-s", "-f", "-F0", "-r", "-", "--no-backup-if-mismatch", "-i", self.path]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            stop(f"{self.name} does not apply; make it anew from the headers as they are.\n{done.stdout}{done.stderr}")


class Hunt:
    def __init__(self, work, jobs, likeliest):
        self.jobs = jobs
        self.likeliest = likeliest
        self.tree = work / "tree"
        self.build = work / "build"
        self.memory = work / "caught.json"
        # Compilations of the unmutated tree are the same in every run, wherever its copy lies.
        self.environment = dict(os.environ, CCACHE_BASEDIR=str(work), CCACHE_NOHASHDIR="1")
        self.catcher = json.loads(self.memory.read_text()) if self.memory.exists() else {}
        self.clean = set()  # programs that pass unmutated
        self.copy()
        self.sees = {test: self.headers_of(test) for test in self.tests()}

    def copy(self):
        """Files that are the same keep their time, so that what a kept build has is not built again."""
        self.tree.mkdir(parents=True, exist_ok=True)
        for part in ("include", "tests", "cmake"):
            wanted = {p.relative_to(ROOT) for p in (ROOT / part).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
            for old in [p for p in (self.tree / part).rglob("*") if p.is_file() and p.relative_to(self.tree) not in wanted]:
                old.unlink()
            for file in wanted:
                self.restore(file)
        self.restore("CMakeLists.txt")

    def restore(self, file):
        to = self.tree / file
        if not to.exists() or to.read_bytes() != (ROOT / file).read_bytes():
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, to)

    def tests(self):
        found = sorted(p.relative_to(ROOT / "tests").as_posix() for ring in SECONDS for p in (ROOT / "tests" / ring).rglob("*.cpp"))
        return [t for t in found if "/soaking/" not in t]

    def headers_of(self, test):
        tests = ROOT / "tests"
        seen = set()
        open_ends = [tests / test]
        while open_ends:
            file = open_ends.pop()
            if file in seen or not file.exists():
                continue
            seen.add(file)
            for own, quoted in INCLUDE.findall(file.read_text()):
                open_ends += [ROOT / "include" / own] if own else [file.parent / quoted, tests / quoted]
        include = ROOT / "include"
        return {f.relative_to(include).as_posix() for f in seen if f.is_relative_to(include)}

    def configure(self):
        self.call(
            ["cmake", "-S", self.tree / "tests/mutation", "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE="],
            "CMake cannot configure tests/mutation.",
        )

    def call(self, command, complaint):
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            stop(f"{complaint}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")

    # Who is asked, in which order: who caught it the last time; the test of that very header; who has caught most in the same
    # headers; then those that see the fewest headers, because they know most about each.
    def order(self, mutant, kills):
        kafka = any("/kafka" in h for h in mutant.headers)

        own = {pathlib.PurePath(h).relative_to("stentor").with_suffix("") for h in mutant.headers}

        def rank(test):
            remembered = self.catcher.get(mutant.name) == test
            ring = test.split("/")[0]
            mirrors = pathlib.PurePath(test).relative_to(ring).with_suffix("") in own
            caught = sum(kills.get((h, test), 0) for h in mutant.headers)
            seen = len(self.sees[test])
            late = max(list(SECONDS).index(ring), 1)
            return (not remembered, not mirrors, -caught, late, ring == "unit" and seen > 60, seen)

        able = [t for t in self.sees if self.sees[t].intersection(mutant.headers) and (kafka or not t.startswith("wire"))]
        return sorted(able, key=rank)

    @staticmethod
    def program(test):
        return test.removesuffix(".cpp").replace("/", ".")

    def make(self, tests):
        """Those of them that do not compile."""
        command = ["ninja", "-C", self.build, "-j", str(self.jobs), "-k", "0", *map(self.program, tests)]
        if subprocess.run(command, capture_output=True, env=self.environment).returncode == 0:
            return set()
        alone = {t: subprocess.run([*command[:7], self.program(t)], capture_output=True, env=self.environment) for t in tests}
        return {t for t in tests if alone[t].returncode != 0}

    def fails(self, test):
        """How, in words; empty when it passes."""
        limit = SECONDS[test.split("/")[0]]
        try:
            command = [self.build / self.program(test), "--abort", "--allow-running-no-tests"]
            done = subprocess.run(command, cwd=self.build, capture_output=True, text=True, errors="replace", timeout=limit)
        except subprocess.TimeoutExpired:
            return f"{test}: has not ended within {limit} s"
        if done.returncode == 0:
            return ""
        title = TITLE.search(done.stdout)
        return f'{test}: "{title.group(1).strip()}"' if title else f"{test}: ended with status {done.returncode}"

    def mend(self, mutant):
        for header in mutant.headers:
            self.restore(f"include/{header}")

    def compiles(self, mutant):
        includes = "".join(f"#include <{h}>\n" for h in ["stentor/stentor.hpp", *mutant.headers] if h.endswith(".hpp"))
        command = ["c++", "-std=c++20", "-w", "-fsyntax-only", "-I", self.tree / "include", "-x", "c++", "-"]
        return subprocess.run(command, input=includes, capture_output=True, text=True).returncode == 0

    def passes_unmutated(self, test):
        if test not in self.clean:
            how = f"{test}: does not compile" if self.make([test]) else self.fails(test)
            if how:
                stop(f"The unmutated tree does not pass: {how}")
            self.clean.add(test)

    def chase(self, mutant, kills):
        """Who catches it, in words; empty when nobody does, None when it is none because it does not compile."""
        self.mend(mutant)
        mutant.plant(self.tree)
        order = self.order(mutant, kills)[: self.likeliest]
        verdict = ""
        for at in range(0, len(order), self.jobs):
            some = order[at : at + self.jobs]
            broken = self.make(some)
            if broken and mutant.mechanical:
                self.mend(mutant)
                return None
            if broken and not self.compiles(mutant):
                stop(f"{mutant.name} does not compile. A mutant must: only then a test can catch it.")
            with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
                built = [t for t in some if t not in broken]
                how = dict(zip(built, pool.map(self.fails, built)))
                how.update({t: f"{t}: does not compile" for t in broken})
            for test in some:
                if how[test]:
                    verdict = verdict or how[test]
                    kills.update({(h, test): kills.get((h, test), 0) + 1 for h in mutant.headers})
                    self.catcher[mutant.name] = test
                    break
            if verdict:
                break
        self.mend(mutant)
        if verdict:
            self.passes_unmutated(self.catcher[mutant.name])
            self.memory.write_text(json.dumps(self.catcher, indent=1))
        return verdict


def read_excuses(known):
    """Why a mechanical change is none, or cannot be seen: `key` of the change, and in the next line, indented, why."""
    excused = {}
    key = ""
    for line in EXCUSES.read_text().splitlines():
        if line.startswith(" "):
            excused[key] = (excused.get(key, "") + " " + line.strip()).strip()
        elif line and not line.startswith("#"):
            key = line
            if key not in known:
                stop(f"{EXCUSES} excuses a change that there is not: {key}")
    return excused


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--likeliest", type=int)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--mechanical", action="store_true")
    options = parser.parse_args()

    excused = {}
    if options.mechanical:
        mutants = mechanical.changes(ROOT)
        excused = read_excuses({m.key for m in mutants})
    else:
        mutants = [Mutant(p) for p in sorted(PATCHES.glob("*.patch"))]
    for pattern in options.only:
        if not any(fnmatch.fnmatch(m.name, pattern) for m in mutants):
            stop(f"There is no mutant {pattern}; --list names them all.")
    mutants = [m for m in mutants if not options.only or any(fnmatch.fnmatch(m.name, o) for o in options.only)]
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name}: {mutant.what}")
        return 0

    work = options.work.resolve() if options.work else pathlib.Path(tempfile.mkdtemp(prefix="stentor-mutation-"))
    try:
        hunt = Hunt(work, options.jobs, options.likeliest)
        hunt.configure()
        caught = stillborn = explained = 0
        kills = {}
        for mutant in mutants:
            begin = time.monotonic()
            by = hunt.chase(mutant, kills)
            seconds = round(time.monotonic() - begin)
            if by is None:
                stillborn += 1
                continue
            caught += bool(by)
            if not by and mutant.mechanical and mutant.key in excused:
                explained += 1
                print(f"excused  {mutant.name} ({seconds} s) {mutant.what}: {excused[mutant.key]}", flush=True)
                continue
            print(f"{'caught  ' if by else 'SURVIVED'} {mutant.name} ({seconds} s) {by or mutant.what}", flush=True)
            if not by and mutant.mechanical:
                print(f"         {mutant.key}", flush=True)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    real = len(mutants) - stillborn
    if options.mechanical:
        print(f"{stillborn} do not compile; {explained} survive for a reason that is written down")
    print(f"{caught} of {real} caught")
    return 0 if caught + explained == real else 1


sys.exit(main())
