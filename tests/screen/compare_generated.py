#!/usr/bin/env python3
"""Generated terminal output: tmux's screen and ours. Prints each case that differs, shortened, and a summary.

    compare_generated.py SCREEN_DUMP [COUNT [SEED]]
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import generator  # noqa: E402
import oracle  # noqa: E402


def shorten(differ, case):
    """Leaves out steps and pieces as long as the two still differ."""
    columns, rows, steps = case
    changed = True
    while changed:
        changed = False
        for i in range(len(steps) - 1, -1, -1):
            trials = [steps[:i] + steps[i + 1:]]
            if not isinstance(steps[i], tuple):
                pieces = steps[i]
                size = max(1, len(pieces) // 2)
                while size:
                    for at in range(0, len(pieces), size):
                        trials.append(steps[:i] + [pieces[:at] + pieces[at + size:]] + steps[i + 1:])
                    size //= 2
            for trial in trials:
                if differ((columns, rows, trial)):
                    steps, changed = trial, True
                    break
            if changed:
                break
    return columns, rows, steps


class Comparison:
    """Compares cases; a tmux that crashed is started again."""

    def __init__(self, program):
        self.tmux, self.ours = oracle.Tmux(), oracle.Ours(program)
        self.crashes = []

    def differences(self, case):
        columns, rows, steps = case
        steps = generator.encode(steps)
        try:
            theirs = self.tmux.show(columns, rows, steps)
        except (oracle.TmuxCrashed, ConnectionError):
            self.tmux.close()
            self.tmux = oracle.Tmux()
            self.crashes.append(case)
            return []
        # Read from beyond its grid: a cursor outside the screen.
        if theirs["cursor"][0] > oracle.MOST_COLUMNS or theirs["cursor"][1] >= len(theirs["rows"]):
            self.crashes.append(case)
            return []
        return oracle.differences(theirs, self.ours.show(columns, rows, steps))

    def close(self):
        self.tmux.close()
        self.ours.close()


def compare(program, count, seed, out=print):
    """How many of `count` cases differ; says which, and what tmux did not survive."""
    comparison = Comparison(program)
    failed = 0
    try:
        for number in range(seed, seed + count):
            case = generator.Generator(number).case()
            crashes = len(comparison.crashes)
            if comparison.differences(case):
                failed += 1
                if failed <= 10:
                    short = shorten(comparison.differences, case)
                    out(f"seed {number}: {short!r}")
                    for line in comparison.differences(short):
                        out("  " + line)
            elif len(comparison.crashes) > crashes:
                out(f"seed {number}: tmux crashed")
    finally:
        comparison.close()
    out(f"{count} generated cases from seed {seed}: {failed} differ, tmux crashed or lost its cursor on "
        f"{len(comparison.crashes)}")
    return failed


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    return compare(program, count, seed) > 0


if __name__ == "__main__":
    sys.exit(main())
