#!/usr/bin/env python3
"""`grep` answers alike on one processor, where one thread does all, and on all of them, where a second one reads
ahead: on the captures of real programs, on generated sessions, on recordings that are cut, altered or encrypted.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "screen"))

import captures  # noqa: E402
import generator  # noqa: E402

BIN = os.environ["SECURE_EXEC_BIN"]
REPLAY = os.path.join(BIN, "kubectl-secure_replay")
PATTERN = "e[a-z]|0"  # in many lines of all kinds
OPTIONS = (["-C3", "-n"], ["-A2"], ["-B1", "-v"], ["-o"], ["-c"], ["-l"], ["-m7"], ["-q"], ["-v", "-c"],
           ["--json", "-C1"], ["--raw"])


def grep(paths, options, processors):
    """Exit code, output and errors."""
    done = subprocess.run([REPLAY, "grep", *options, PATTERN, *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=lambda: os.sched_setaffinity(0, processors), check=False)
    return done.returncode, done.stdout, done.stderr


class Grep(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-grep-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.all = os.sched_getaffinity(0)
        self.one = {min(self.all)}

    def cast(self, name, columns, rows, events):
        """An asciicast with an event each millisecond."""
        path = os.path.join(self.directory, name + ".cast")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps({"version": 2, "width": columns, "height": rows}) + "\n")
            for number, (code, data) in enumerate(events):
                file.write(json.dumps([number / 1000, code, data]) + "\n")
        return path

    def same(self, paths, options=()):
        for each in OPTIONS:
            alone = grep(paths, [*options, *each], self.one)
            self.assertEqual(grep(paths, [*options, *each], self.all), alone, (paths, each))

    def small(self, data, choose):
        """In pieces that a thread is worth: there are many."""
        at = 0
        while at < len(data):
            size = choose.randrange(1, 40)
            yield "o", data[at:at + size].decode("utf-8", "replace")
            at += size

    def test_captures(self):
        choose = random.Random(3)
        for name in captures.names():
            columns, rows, events = captures.load(name)
            pieces = []
            for code, data in events:
                if code == "o":
                    pieces += self.small(data, choose)
                elif code == "r":
                    pieces.append((code, f"{data[0]}x{data[1]}"))
            path = self.cast(name, columns, rows, pieces)
            options = [OPTIONS[choose.randrange(len(OPTIONS))] for _ in range(3)]
            for each in (["-C2", "--json"], *options):
                self.assertEqual(grep([path], each, self.all), grep([path], each, self.one), (name, each))

    def test_generated_sessions(self):
        pieces = []
        for seed in range(60):
            columns, rows, steps = generator.Generator(seed).case()
            pieces.append(("r", f"{columns}x{rows}"))
            for step in steps:
                if isinstance(step, tuple):
                    pieces.append(("r", f"{step[0]}x{step[1]}"))
                else:
                    pieces += [("o", piece) for piece in step]
        pieces = [(code, data.encode("utf-8", "replace").decode()) for code, data in pieces]
        self.assertGreater(len(pieces), 1000)
        path = self.cast("generated", 80, 24, pieces)
        self.same([path])
        self.same([path, path, path])

    def test_recordings(self):
        golden = os.path.join(ROOT, "golden")
        encrypted = ["--identity", os.path.join(golden, "identity.txt")]
        names = [name for name in sorted(os.listdir(golden)) if name.endswith((".cast.zst", ".cast.zst.age"))]
        self.assertGreater(len(names), 3)
        for name in names:
            self.same([os.path.join(golden, name)], encrypted)

    def test_a_line_that_is_none_in_the_middle(self):
        events = [("o", f"line {number}\r\n") for number in range(5000)]
        path = self.cast("altered", 80, 24, events)
        with open(path, "r+", encoding="utf-8") as file:
            text = file.read().replace("line 4321", "line\\u00zz")
            file.seek(0)
            file.write(text)
        self.same([path])
        self.assertEqual(grep([path], ["-c"], self.all)[0], 2)


if __name__ == "__main__":
    unittest.main()
