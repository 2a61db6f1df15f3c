"""Applies one mutant after the other to copies of the checkout and looks which test notices. See tests/mutation/run."""

import argparse
import fnmatch
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import mechanical
from field import HERE
from field import HUNG
from field import ROOT
from field import SECONDS
from field import Field
from field import Stopped
from field import stop

PATCHES = ROOT / "tests/mutation/patches"
EXCUSES = ROOT / "tests/mutation/excused"
OVER_KAFKA = re.compile(r"wire/|allocation_failure/kafka")
RINGS = "unit,flow,otel,simulation,wire,allocation_failure"
NO_TEST = ("/soaking/", "property/seed.cpp", "allocation_failure/failing.cpp")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<(stentor/[^>]+)>|"([^"]+)")', re.M)


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
    """What the fields share: who is asked in which order, and who has caught what."""

    def __init__(self, work, likeliest, rings):
        self.likeliest = likeliest
        self.rings = rings
        self.memory = work / "caught.json"
        self.catcher = json.loads(self.memory.read_text()) if self.memory.exists() else {}
        self.clean = set()  # programs that pass unmutated
        self.kills = {}
        self.guard = threading.Lock()
        self.sees = {test: self.headers_of(test) for test in self.tests()}
        self.names = {test: {own for own, _ in INCLUDE.findall((ROOT / "tests" / test).read_text()) if own} for test in self.sees}

    def tests(self):
        found = sorted(p.relative_to(ROOT / "tests").as_posix() for ring in self.rings for p in (ROOT / "tests" / ring).rglob("*.cpp"))
        return [t for t in found if not any(part in t for part in NO_TEST)]

    @staticmethod
    def files_of(test):
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
        return seen

    @classmethod
    def headers_of(cls, test):
        include = ROOT / "include"
        return {f.relative_to(include).as_posix() for f in cls.files_of(test) if f.is_relative_to(include)}

    # Who is asked, in which order: who caught it the last time; the test of that very header; who has caught most in the same
    # headers; who includes one of them itself; the simulation, which catches most of what whole publishers do wrong; then those that
    # see the fewest headers, because they know most about each.
    def order(self, mutant):
        kafka = any("/kafka" in h for h in mutant.headers)
        own = {pathlib.PurePath(h).relative_to("stentor").with_suffix("") for h in mutant.headers}

        def rank(test):
            remembered = self.catcher.get(mutant.name) == test
            ring = test.split("/")[0]
            mirrors = pathlib.PurePath(test).relative_to(ring).with_suffix("") in own
            caught = sum(self.kills.get((h, test), 0) for h in mutant.headers)
            seen = len(self.sees[test])
            late = max(list(SECONDS).index(ring), 1) if ring != "simulation" else 0
            named = not self.names[test].isdisjoint(mutant.headers)
            return (not remembered, not mirrors, -caught, not named, late, ring == "unit" and seen > 60, seen)

        able = [t for t in self.sees if self.sees[t].intersection(mutant.headers) and (kafka or not OVER_KAFKA.match(t))]
        with self.guard:
            return sorted(able, key=rank)[: self.likeliest]

    def remember(self, mutant, test):
        with self.guard:
            for header in mutant.headers:
                self.kills[header, test] = self.kills.get((header, test), 0) + 1
            self.catcher[mutant.name] = test
            self.memory.write_text(json.dumps(self.catcher, indent=1))

    def uncertain(self, test):
        """It measures time, or has threads, and a machine may stand still: that it fails once is no proof."""
        tests = ROOT / "tests"
        own = (f for f in self.files_of(test) if f.is_relative_to(tests))
        return test.startswith("wire/") or any("#include <thread>" in f.read_text() for f in own)

    def passes_unmutated(self, field, test):
        if test in self.clean:
            return
        how = f"{test}: does not compile" if field.makes(test) else field.fails(test)
        if how:
            stop(f"The unmutated tree does not pass: {how}")
        self.clean.add(test)

    def chase(self, mutant, field):
        """Who catches it, in words; empty when nobody does, None when it is none because it does not compile."""
        field.mend(mutant)
        mutant.plant(field.tree)
        verdict = ""
        for test in self.order(mutant):
            broken = field.makes(test)
            if not broken:
                verdict = field.fails(test)
                if verdict and self.uncertain(test) and HUNG not in verdict:
                    verdict = field.fails(test)
            elif mutant.mechanical or broken == HERE:
                field.mend(mutant)
                return None
            else:
                verdict = f"{test}: does not compile"
            if verdict:
                break
        field.mend(mutant)
        if verdict:
            self.passes_unmutated(field, test)
            self.remember(mutant, test)
        return verdict


class Report:
    def __init__(self, excused):
        self.excused = excused
        self.caught = self.stillborn = self.explained = 0
        self.guard = threading.Lock()

    def tell(self, mutant, by, seconds):
        with self.guard:
            if by is None:
                self.stillborn += 1
                if not mutant.mechanical:
                    print(f"STILLBORN {mutant.name} ({seconds} s): make it one that compiles, so that a test can catch it", flush=True)
            elif by:
                self.caught += 1
                print(f"caught   {mutant.name} ({seconds} s) {by}", flush=True)
            elif mutant.mechanical and mutant.key in self.excused:
                self.explained += 1
                print(f"excused  {mutant.name} ({seconds} s) {mutant.what}: {self.excused[mutant.key]}", flush=True)
            else:
                print(f"SURVIVED {mutant.name} ({seconds} s) {mutant.what}", flush=True)
                if mutant.mechanical:
                    print(f"         {mutant.key}", flush=True)


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


def chase_all(mutants, work, options, report):
    """Each worker has a field of its own, and takes the next mutant when it is done with one."""
    hunt = Hunt(work, options.likeliest, options.rings.split(","))
    waiting = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    wrong = []

    def worker(number):
        field = Field(work / str(number))
        while not wrong:
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            by = hunt.chase(mutant, field)
            report.tell(mutant, by, round(time.monotonic() - begin))

    def guarded(number):
        try:
            worker(number)
        except Exception as error:
            wrong.append(error)

    workers = [threading.Thread(target=guarded, args=(n,), daemon=True) for n in range(max(1, min(options.jobs, len(mutants))))]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    if wrong:
        raise wrong[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--likeliest", type=int)
    parser.add_argument("--rings", default=RINGS)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--mechanical", action="store_true")
    options = parser.parse_args()

    excused = {}
    if options.mechanical:
        mutants = mechanical.changes(ROOT)
        excused = read_excuses({m.key for m in mutants})
    else:
        mutants = [Mutant(p) for p in sorted(PATCHES.glob("*.patch"))]
    for ring in options.rings.split(","):
        if ring not in SECONDS:
            stop(f"There is no ring {ring}; they are {', '.join(SECONDS)}.")
    for pattern in options.only:
        if not any(fnmatch.fnmatch(m.name, pattern) for m in mutants):
            stop(f"There is no mutant {pattern}; --list names them all.")
    mutants = [m for m in mutants if not options.only or any(fnmatch.fnmatch(m.name, o) for o in options.only)]
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name}: {mutant.what}")
        return 0

    report = Report(excused)
    work = options.work.resolve() if options.work else pathlib.Path(tempfile.mkdtemp(prefix="stentor-mutation-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        chase_all(mutants, work, options, report)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    real = len(mutants)
    if options.mechanical:
        real -= report.stillborn
        print(f"{report.stillborn} do not compile; {report.explained} survive for a reason that is written down")
    print(f"{report.caught} of {real} caught")
    return 0 if report.caught + report.explained == real else 1


try:
    sys.exit(main())
except Stopped as why:
    print(why)
    sys.exit(2)
