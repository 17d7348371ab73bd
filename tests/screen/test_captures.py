#!/usr/bin/env python3
"""The terminal emulator against tmux on real programs: at each place where the program rested, the two screens
have the same text, attributes, wrapped lines and cursor.

    test_captures.py [NAME...]
"""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import captures  # noqa: E402
import known_differences  # noqa: E402
import oracle  # noqa: E402

PROGRAM = os.path.join(os.environ["SECURE_EXEC_BIN"], "screen_dump")


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmux, cls.ours = oracle.Tmux(), oracle.Ours(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.tmux.close()
        cls.ours.close()

    def compare(self, name):
        """How many places were compared."""
        columns, rows, events = captures.load(name)
        steps, places = [], 0
        self.tmux.resize(columns, rows)
        self.tmux.feed(oracle.CLEAN)
        pending = b""
        for code, data in [*events, ("m", None)]:
            if code == "o":
                pending += data
                continue
            if pending:
                pending = known_differences.without_differences(pending)
                self.tmux.feed(pending)
                steps.append(pending)
                pending = b""
            if code == "r":
                self.tmux.resize(*data)
                steps.append(data)
                continue
            found = oracle.differences(self.tmux.state(), self.ours.show(columns, rows, steps))
            self.assertEqual(found, [], f"{name}, rest {places}:\n" + "\n".join(found))
            places += 1
        return places

    def test_at_least_forty(self):
        self.assertGreaterEqual(len(captures.names()), 40)

    def test_every_capture(self):
        wanted = os.environ.get("SECURE_EXEC_CAPTURES", "").split() or captures.names()
        places = 0
        for name in wanted:
            with self.subTest(name):
                places += self.compare(name)
        print(f"{len(wanted)} captures, compared at {places} places")
        self.assertGreater(places, 0)


if __name__ == "__main__":
    unittest.main()
