#!/usr/bin/env python3
"""The terminal emulator against tmux on generated output: 1,000 cases.
compare_generated.py does more of them, and other ones.
"""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compare_generated  # noqa: E402
import oracle  # noqa: E402

PROGRAM = os.path.join(os.environ["SECURE_EXEC_BIN"], "screen_dump")


class Generated(unittest.TestCase):
    def test_generated_output(self):
        seed = int(os.environ.get("SECURE_EXEC_SCREEN_SEED", "1"))
        lines = []
        self.assertEqual(compare_generated.compare(PROGRAM, 1000, seed, lines.append), 0, "\n".join(lines))
        print("\n".join(lines))

    def test_a_difference_is_seen(self):
        theirs = {"rows": [[["0 - - -", "a"]]], "cursor": [1, 0], "visible": True, "alternate": False}
        for change in ({"rows": [[["0 - - -", "b"]]]}, {"rows": [[["1 - - -", "a"]]]}, {"cursor": [0, 0]},
                       {"visible": False}, {"alternate": True}, {"rows": []}):
            self.assertNotEqual(oracle.differences(theirs, {**theirs, **change}), [], change)
        self.assertEqual(oracle.differences(theirs, dict(theirs)), [])


if __name__ == "__main__":
    unittest.main()
