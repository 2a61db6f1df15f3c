"""A copy of the checkout in which one mutant after the other is planted, and the tests that are built and run there."""

import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# How long a test of that ring may run. In the order in which the rings are asked.
SECONDS = {"unit": 60, "flow": 120, "otel": 60, "property": 180, "simulation": 300, "wire": 180, "allocation_failure": 180}
HUNG = "has not ended within"
HERE = "in the headers"
THERE = "in the test"
IN_HEADER = re.compile(r"^\S*/include/stentor/\S+:\d+:\d+: (?:fatal )?error: ", re.M)
DIED = re.compile(r"\bKilled\b|unable to execute command|No space left on device")
TITLE = re.compile(r"^-{79}\n(.+)\n", re.M)
# At -O0 it takes half the time of g++, which is most of the time of a hunt.
COMPILER = "clang++-19"


class Stopped(Exception):
    """Something is wrong with the hunt itself, and says what."""


def stop(message):
    raise Stopped(message)


class Field:
    def __init__(self, folder):
        self.tree = folder / "tree"
        self.build = folder / "build"
        self.copy()
        self.call(
            ["cmake", "-S", self.tree / "tests/mutation", "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE="],
            "CMake cannot configure tests/mutation.",
        )

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

    def mend(self, mutant):
        for header in mutant.headers:
            self.restore(f"include/{header}")

    @staticmethod
    def call(command, complaint):
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, CXX=COMPILER))
        if done.returncode != 0:
            stop(f"{complaint}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")

    @staticmethod
    def program(test):
        return test.removesuffix(".cpp").replace("/", ".")

    def makes(self, test):
        """Whether it can be built, and if not, where: HERE when a header is what is wrong, THERE when only the test is."""
        command = ["ninja", "-C", self.build, "-j", "1", self.program(test)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode == 0:
            return ""
        if "error: " not in done.stdout or DIED.search(done.stdout):
            stop(f"{test}: the compiler has not found a mistake, and has not ended well either.\n{done.stdout[-4000:]}")
        return HERE if IN_HEADER.search(done.stdout) else THERE

    def fails(self, test):
        """How, in words; empty when it passes."""
        limit = SECONDS[test.split("/")[0]]
        try:
            # That a run is not what it was is no judgement.
            command = [self.build / self.program(test), "--abort", "--allow-running-no-tests", "~[pinned]"]
            done = subprocess.run(command, cwd=self.build, capture_output=True, text=True, errors="replace", timeout=limit)
        except subprocess.TimeoutExpired:
            return f"{test}: {HUNG} {limit} s"
        if done.returncode == 0:
            return ""
        title = TITLE.search(done.stdout)
        return f'{test}: "{title.group(1).strip()}"' if title else f"{test}: ended with status {done.returncode}"
