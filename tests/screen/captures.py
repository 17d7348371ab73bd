#!/usr/bin/env python3
"""The captures of real programs in tests/captures (made by record.py).

    captures.py raw NAME       its output alone, for bench/screen_bench and others
    captures.py list
"""

import json
import lzma
import os
import sys

DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "captures")


def names():
    return sorted(name.removesuffix(".cast.xz") for name in os.listdir(DIRECTORY) if name.endswith(".cast.xz"))


def load(name):
    """(columns, rows, [(code, data), ...]): "o" with bytes, "r" with a size, "m" where the program rested."""
    with lzma.open(os.path.join(DIRECTORY, f"{name}.cast.xz"), "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    events = []
    for _, code, data in lines[1:]:
        if code == "o":
            events.append((code, data.encode("utf-8", "surrogateescape")))
        elif code == "r":
            events.append((code, tuple(map(int, data.split("x")))))
        else:
            events.append((code, None))
    return lines[0]["width"], lines[0]["height"], events


def main():
    if sys.argv[1:2] == ["raw"] and len(sys.argv) == 3:
        for code, data in load(sys.argv[2])[2]:
            if code == "o":
                sys.stdout.buffer.write(data)
    elif sys.argv[1:] == ["list"]:
        print("\n".join(names()))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
