"""What the tests in a browser share."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ("e2e", "screen")]

import captures  # noqa: E402
from chromium import Chromium  # noqa: E402
from harness import REPLAY, run  # noqa: E402


class BrowserCase(unittest.TestCase):
    """A Chromium for a file of tests, a directory for each, and recordings of real programs."""

    @classmethod
    def setUpClass(cls):
        cls.chromium = Chromium()
        cls.addClassCleanup(cls.chromium.close)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="secure-exec-images-")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        self.env = {**os.environ, "SECURE_EXEC_STORE": scratch.name}

    def write(self, name, lines):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line if isinstance(line, str) else json.dumps(line) + "\n")
        return path

    def replay(self, *words):
        done = run([REPLAY, *words], env=self.env)
        self.assertEqual(done.code, 0, done.errors)
        return done.text

    def capture(self, name):
        """A cast of it, a second from rest to rest; and how many there are."""
        columns, rows, events = captures.load(name)
        lines, second = [{"version": 2, "width": columns, "height": rows}], 0
        for code, data in events:
            if code == "o":
                lines.append([second + 0.5, "o", data.decode("utf-8", "replace")])
            elif code == "r":
                lines.append([second + 0.5, "r", "{}x{}".format(*data)])
            else:
                second += 1
        return self.write(name + ".cast", lines), second

    def keep(self, name):
        directory = os.environ.get("SECURE_EXEC_SCREENSHOTS")
        if directory:
            os.makedirs(directory, exist_ok=True)
            with open(os.path.join(directory, name + ".png"), "wb") as file:
                file.write(self.chromium.screenshot())
