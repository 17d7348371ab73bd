#!/usr/bin/env python3
"""The terminal emulator against tmux on generated output: 1,000 cases.
compare_generated.py does more of them, and other ones.
"""

import base64
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compare_generated  # noqa: E402
import generator  # noqa: E402
import oracle  # noqa: E402

PROGRAM = os.path.join(os.environ["SECURE_EXEC_BIN"], "screen_dump")


def without_blanks(rows):
    """Rows without the default blanks at their end."""
    made = []
    for runs in rows:
        runs = [list(run) for run in runs]
        while runs and runs[-1][0] == "0 - - -":
            runs[-1][1] = runs[-1][1].rstrip(" ")
            if runs[-1][1]:
                break
            runs.pop()
        made.append(runs)
    return made


class Generated(unittest.TestCase):
    def test_generated_output(self):
        seed = int(os.environ.get("SECURE_EXEC_SCREEN_SEED", "1"))
        lines = []
        self.assertEqual(compare_generated.compare(PROGRAM, 1000, seed, lines.append), 0, "\n".join(lines))
        print("\n".join(lines))

    def test_what_redraws_a_screen(self):
        """replay/render/redraw.h: our screen, drawn anew in tmux."""
        tmux, ours = oracle.Tmux(), oracle.Ours(PROGRAM)
        self.addCleanup(tmux.close)
        self.addCleanup(ours.close)
        seed = int(os.environ.get("SECURE_EXEC_SCREEN_SEED", "1"))
        for number in range(seed, seed + 1000):
            columns, rows, steps = generator.Generator(number).case()
            steps = generator.encode(steps)
            screen = ours.show(columns, rows, steps)
            for step in steps:
                if not isinstance(step, bytes):
                    columns, rows = step
            again = tmux.show(columns, rows, [base64.b64decode(screen["redraw"])], wrapped=False)
            if any(b"?6h" in step for step in steps if isinstance(step, bytes)):
                again["cursor"] = screen["cursor"]  # it can be where no sequence brings it in origin mode
            screen["rows"] = without_blanks(screen["shown"])
            again["rows"] = without_blanks(again["rows"])
            self.assertEqual(oracle.differences(again, screen), [], f"seed {number}")

    def test_a_difference_is_seen(self):
        theirs = {"rows": [[["0 - - -", "a"]]], "cursor": [1, 0], "visible": True, "alternate": False}
        for change in ({"rows": [[["0 - - -", "b"]]]}, {"rows": [[["1 - - -", "a"]]]}, {"cursor": [0, 0]},
                       {"visible": False}, {"alternate": True}, {"rows": []}):
            self.assertNotEqual(oracle.differences(theirs, {**theirs, **change}), [], change)
        self.assertEqual(oracle.differences(theirs, dict(theirs)), [])


if __name__ == "__main__":
    unittest.main()
