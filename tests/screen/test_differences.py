#!/usr/bin/env python3
"""Each known difference between the terminal emulator and tmux is as known_differences.py says."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import known_differences  # noqa: E402
import oracle  # noqa: E402

PROGRAM = os.path.join(os.environ["SECURE_EXEC_BIN"], "screen_dump")


def text(answer):
    rows = ["".join(run[1] for run in runs).rstrip() for runs in answer["rows"]]
    return "\n".join(rows).rstrip("\n")


class Differences(unittest.TestCase):
    def test_each(self):
        tmux, ours = oracle.Tmux(), oracle.Ours(PROGRAM)
        try:
            for what, why, data, theirs, mine in known_differences.DIFFERENCES:
                with self.subTest(what):
                    self.assertTrue(why)
                    self.assertNotEqual(theirs, mine)
                    self.assertEqual(text(tmux.show(20, 5, [data])), theirs, "tmux")
                    self.assertEqual(text(ours.show(20, 5, [data])), mine, "ours")
        finally:
            tmux.close()
            ours.close()


if __name__ == "__main__":
    unittest.main()
