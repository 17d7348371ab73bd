"""The player on a recording of 1 GB (of lines), driven by its keys on a terminal: how long until what was asked for is
on the screen, and its memory. Prints a table. Not part of the tests: scripts/soak-player builds what it needs.

    player_big.py BENCH FILE [SEEKS]     BENCH: player_bench, which makes FILE where there is none

Times are from the key, or from exec, until the whole picture of the new place has come, its bar included.
"""

import os
import random
import re
import subprocess
import sys
import time

from harness import REPLAY, run
from pty_session import PtySession

ENV = {**os.environ, "TERM": "xterm-256color"}
LIMITS = {"exec to the first screen": 50, "any place (N%)": 50, "left: 5 s back": 50, "<: 60 s back": 50, ",: an event back": 50}
MEMORY_MIB = 100


class Player:
    def __init__(self, path, *options):
        self.began = time.monotonic()
        self.session = PtySession([REPLAY, "play", *options, path], ENV, rows=25, columns=100)
        self.until(rb"\?:help")
        self.began_ms = (time.monotonic() - self.began) * 1000

    def until(self, pattern):
        return self.session.expect(pattern, 600)

    def until_it_plays(self):
        state = b""
        while state != b">":
            self.session.send("\x0c")
            state = self.until(rb"(>|\.\.\.) \d{4}-\d\d-.*?\?:help")[1]
        return (time.monotonic() - self.began) * 1000

    def timed(self, key):
        """Ctrl-L behind the key has the picture drawn whole; its bar has dots until the place is reached."""
        began = time.monotonic()
        self.session.send(key + b"\x0c")
        self.until(rb"\|\||END|not found")
        return (time.monotonic() - began) * 1000

    def memory_mib(self):
        with open(f"/proc/{self.session.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def quit(self):
        self.session.send("q")
        code = self.session.wait()
        self.session.close()
        if code != 0:
            raise SystemExit(f"player_big: the player ended with {code}")


def row(name, times):
    times = sorted(times)
    median, most, worst = times[len(times) // 2], times[int(len(times) * .95)], times[-1]
    limit = LIMITS.get(name)
    verdict = "" if limit is None else f"{limit} ms: {'kept' if worst <= limit else 'missed'}"
    print(f"| {name} | {len(times)} | {median:.1f} | {most:.1f} | {worst:.1f} | {verdict} |", flush=True)


def main(bench, path, seeks):
    if not os.path.exists(path):
        subprocess.run([bench, path], check=True)
    print(f"{path}: {os.path.getsize(path) >> 20} MiB on disk; load {os.getloadavg()[0]:.1f}\n")
    print("| | times | median ms | 95 % | worst | limit |\n|---|---|---|---|---|---|")
    begun = []
    for _ in range(20):
        player = Player(path)
        begun.append(player.began_ms)
        player.quit()
    row("exec to the first screen", begun)

    player = Player(path)
    player.timed(b" ")
    row("G, while all of it is new", [player.timed(b"G")])
    row("g", [player.timed(b"g")])
    row("G again", [player.timed(b"G")])
    chosen = random.Random(1)
    places = [str(chosen.randrange(1, 100)).encode() for _ in range(seeks)]
    row("any place (N%)", [player.timed(place + b"%") for place in places])
    for name, key in (("left: 5 s back", b"\x1b[D"), ("<: 60 s back", b"<"), (",: an event back", b","),
                      ("right: 5 s forward", b"\x1b[C"), (".: an event forward", b".")):
        times = []
        for place in places:
            player.timed(place + b"%")
            times.append(player.timed(key))
        row(name, times)
    shown = run([REPLAY, "show", path], seconds=600).text
    wanted = re.findall(r"request \d+|f\d+\(", shown)[-1]
    player.timed(b"g")
    row(f"search from the start for \"{wanted}\"", [player.timed(b"/" + wanted.encode() + b"\r")])
    memory = player.memory_mib()
    player.quit()
    player = Player(path, "--at", "50:00")
    row("--at 50:00, until it is there", [player.until_it_plays()])
    player.quit()
    print(f"\nmemory (VmHWM): {memory:.0f} MiB; {MEMORY_MIB} MiB: {'kept' if memory < MEMORY_MIB else 'missed'}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
