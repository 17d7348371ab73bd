#!/usr/bin/env python3
"""What a person could read on the screen is found: texts that tmux shows at the rests of the captures are looked
for in the bytes, by our search and by looking for the same bytes (what `zstd -dc | grep` does at best).
"""

import base64
import json
import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import captures  # noqa: E402
import known_differences  # noqa: E402
import oracle  # noqa: E402

BIN = os.environ["SECURE_EXEC_BIN"]
NEEDLES = 12  # of each capture


def screens(tmux, columns, rows, events):
    """The text of each rest, as lines that were joined where they wrap."""
    tmux.resize(columns, rows)
    tmux.feed(oracle.CLEAN)
    pending = b""
    for code, data in events:
        if code == "o":
            pending += data
        elif code == "r":
            tmux.feed(known_differences.without_differences(pending))
            pending = b""
            tmux.resize(*data)
        elif code == "m":
            tmux.feed(known_differences.without_differences(pending))
            pending = b""
            lines = [line.decode("utf-8") for line in tmux.ask("capture-pane -p -e -J -t s")]
            yield ["".join(run[1] for run in runs).rstrip() for runs in oracle.parse_capture(lines)]


def pick(lines, choose):
    """A text of 6 to 24 characters that begins and ends at words, from a random line; None: there is none."""
    lines = [line for line in lines if len(line.strip()) >= 6]
    if not lines:
        return None
    line = choose.choice(lines).strip()
    start = choose.randrange(0, len(line) - 5)
    while start > 0 and not line[start - 1].isspace():
        start -= 1
    text = line[start:start + 24].strip()
    return text if len(text) >= 6 and text.isprintable() else None


class Recall(unittest.TestCase):
    def test_what_was_seen_is_found(self):
        tmux = oracle.Tmux()
        search = subprocess.Popen([os.path.join(BIN, "search_dump")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        choose = random.Random(1)
        looked = found = in_bytes = 0
        missed = []
        try:
            for name in captures.names():
                columns, rows, events = captures.load(name)
                shown = [lines for lines in screens(tmux, columns, rows, events) if any(map(str.strip, lines))]
                needles = [needle for _ in range(NEEDLES) if shown and (needle := pick(choose.choice(shown), choose))]
                steps = [base64.b64encode(data).decode() if code == "o" else list(data)
                         for code, data in events if code != "m"]
                request = {"columns": columns, "rows": rows, "steps": steps, "needles": needles}
                search.stdin.write(json.dumps(request).encode() + b"\n")
                search.stdin.flush()
                answers = json.loads(search.stdout.readline())
                raw = b"".join(data for code, data in events if code == "o")
                for needle, hits in zip(needles, answers):
                    looked += 1
                    in_bytes += needle.encode() in raw
                    found += bool(hits)
                    if not hits:
                        missed.append((name, needle))
                    for text, began, ended, _ in hits:
                        self.assertIn(needle, text)
                        self.assertLessEqual(began, ended)
        finally:
            tmux.close()
            search.communicate(timeout=10)
        print(f"{looked} texts from screens: search found {found}, their bytes are there for {in_bytes}")
        self.assertEqual(missed, [])
        self.assertGreaterEqual(looked, 500)


if __name__ == "__main__":
    unittest.main()
