"""kubectl secure-replay play, on a terminal: its keys in tmux, what its bytes may be, and the terminal afterwards."""

import base64
import json
import os
import re
import signal
import tempfile
import unittest

from harness import REPLAY, main, run, wait_for
from pty_session import PtySession
from safe_bytes import find_unsafe
from terminal_attacks import ATTACKS
from tmux_screen import TmuxScreen

HOSTILE_NAME = "web\x1b]0;owned\x07\u202e-0\x9b31m"


def header(**session):
    info = {"format": "1.0", "id": "019ab123-4567-7890-8abc-def012345678", "tool": "kubectl-secure_exec 0.1.0",
            "start": 1763906580000000000, "user": {"local": "alice", "uid": 1000, "host": "laptop", "kubeconfig": "ops"},
            "context": "prod", "namespace": "shop", "pod": "web-0", "container": "app", "command": ["sh"],
            "stdin": True, "tty": True, "record": {"stdin": "all", "stdout": "all", "stderr": "all", "limit": 0}}
    info.update(session)
    return {"version": 2, "width": 80, "height": 24, "timestamp": 1763906580, "session": info}


class Player(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="secure-exec-player-")
        self.addCleanup(scratch.cleanup)
        self.path = os.path.join(scratch.name, "a.cast")
        self.env = {**os.environ, "SECURE_EXEC_STORE": scratch.name, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        # Ten words, 10 s apart, in a place of their own; two markers.
        events = []
        for i, word in enumerate("zero one two three four five six seven eight nine".split()):
            events.append([i * 10, "o", f"\x1b[{i + 1};{i + 1}H\x1b[3{i % 8}m{word}\x1b[m"])
            if i in (3, 6):
                events.append([i * 10 + 5, "m", f"mark{i}"])
        self.write(events)

    def write(self, events, head=None):
        with open(self.path, "w", encoding="utf-8") as file:
            for line in [head or header(), *events]:
                file.write(json.dumps(line) + "\n")

    def play(self, *options, rows=25, columns=100):
        screen = TmuxScreen([REPLAY, "play", *options, self.path], self.env, rows=rows, columns=columns)
        self.addCleanup(screen.close)
        return screen

    def test_every_key(self):
        screen = self.play()
        screen.wait_text("^zero")
        screen.wait_text(r"> 2025-11-23 14:03:0\dZ 0:00:0\d/0:01:30 \[.*prod/shop/web-0 alice \(ops\) \?:help")
        steps = [
            (["Space"], r"^ \|\| ", "one"),
            (["."], "one", "two"),
            (["."], "two", "three"),
            (["Right"], "0:00:25", "three"),
            (["Right"], "three", "four"),
            (["Left"], "0:00:25", "three"),
            ([">"], "eight", "nine"),
            (["<"], "0:00:25", "three"),
            (["S-Right"], "eight", "nine"),
            (["S-Left"], "0:00:25", "three"),
            (["PageDown"], "eight", "nine"),
            ([","], "0:00:25", "three"),
            (["m"], "marker: mark3", "four"),
            (["m"], "marker: mark6", "seven"),
            (["M"], "marker: mark3", "four"),
            (["/"], "^/", "four"),
            (["S", "i", "x"], "^/Six", "four"),
            (["Enter"], "not found", "four"),
            (["/", "s", "e", "v", "e", "n", "Enter"], "seven", "eight"),
            (["n"], "not found after this", "eight"),
            (["/", "e", "Enter"], "eight", "nine"),
            (["N"], "seven", "eight"),
            (["i"], "idle<2s", "eight"),
            (["i"], r"^ \|\| (?!.*idle)", "eight"),
            (["+"], " 2x ", "eight"),
            (["]", "]", "]", "]"], " 16x ", "eight"),
            (["-", "-", "-", "-", "[", "["], " 0.25x ", "eight"),
            (["?"], "next, previous marker", None),
            (["x"], "^zero", None),
            (["G"], "END .*0:01:30/0:01:30", None),
            (["g"], r"^ \|\| .*0:00:00/", "one"),
            (["End"], "END", None),
            (["Home"], r"^ \|\| .*0:00:00/", "one"),
        ]
        for keys, shown, absent in steps:
            with self.subTest(keys=keys):
                screen.keys(*keys)

                def as_it_should_be(shown=shown, absent=absent):
                    text = screen.text()
                    gone = absent is None or not re.search(rf"^\s*{absent}$", text, re.M)
                    return gone and re.search(shown, text, re.M)
                wait_for(f"{shown!r} and no {absent!r}; there was:\n{screen.text()}", as_it_should_be)
        screen.keys("q")
        self.assertEqual(screen.code(), 0)

    def test_sizes(self):
        for columns, rows in ((20, 5), (21, 6), (80, 24), (80, 25), (300, 100)):
            with self.subTest(columns=columns, rows=rows):
                screen = self.play("--at", "1:00", rows=rows, columns=columns)
                # The cursor stands behind the word.
                screen.wait_text("six")
                lines = screen.settled().split("\n")
                self.assertIn("0:01:", lines[rows - 1])
                screen.keys("g")
                screen.wait_text("zero")
                screen.keys("q")
                self.assertEqual(screen.code(), 0)

    def test_the_window_is_resized(self):
        screen = self.play("--at", "1:00")
        screen.wait_text("six")
        for columns, rows in ((40, 10), (100, 30), (20, 5)):
            with self.subTest(columns=columns, rows=rows):
                screen("resize-window", "-x", str(columns), "-y", str(rows))
                wait_for("the bar in the last row", lambda rows=rows: "0:01:" in screen.text().split("\n")[rows - 1])
                screen.wait_text("six")

    def test_what_tmux_shows_is_the_screen(self):
        screen = self.play("--at", "1:29", rows=25, columns=80)
        screen.wait_text("eight")
        shown = run([REPLAY, "show", self.path, "--at", "1:29"], env=self.env)
        self.assertEqual(screen.text().split("\n")[:9], shown.text.split("\n")[:9])

    def test_follow(self):
        self.write([[1, "o", "one\r\n"]])
        screen = self.play("--follow")
        screen.wait_text("^one")
        screen.wait_text("LIVE")
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps([100, "o", "two\r\n"]) + "\n")
        screen.wait_text("^two")
        screen.keys("q")
        self.assertEqual(screen.code(), 0)

    def on_a_terminal(self, *command, rows=24, columns=80):
        session = PtySession([REPLAY, *command], self.env, rows=rows, columns=columns)
        self.addCleanup(session.close)
        return session

    def seen_of(self, *command):
        """What the terminal got of a command that ends by itself."""
        with PtySession([REPLAY, *command], self.env) as session:
            session.wait()
            return session.seen

    def test_the_terminal_is_given_back(self):
        ways = {"key": lambda s: s.send("q"), "interrupt": lambda s: s.send("\x03"), "quit": lambda s: s.send("\x1c")}
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            ways[name] = lambda s, name=name: os.kill(s.pid, getattr(signal, name))
        for name, leave in ways.items():
            with self.subTest(name):
                session = self.on_a_terminal("play", self.path)
                session.expect("zero")
                leave(session)
                self.assertEqual(session.wait(), 0 if name == "key" else 130)
                self.assertEqual(session.settings(), session.settings_before)
                self.assertTrue(session.seen.endswith(b"\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l"), session.seen[-80:])

    def test_ctrl_z_does_not_leave_it_half_way(self):
        session = self.on_a_terminal("play", self.path)
        session.expect("zero")
        session.send("\x1a")
        os.kill(session.pid, signal.SIGTSTP)
        session.send("q")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.settings(), session.settings_before)

    def test_attacks_do_not_get_through(self):
        commands = (["cat"], ["grep", "visible"], ["grep", "--input", "visible"], ["play", "--speed", "1000"], ["show"],
                    ["show", "--format", "text"], ["show", "--format", "svg"], ["info"], ["note"],
                    ["export", "--format", "jsonl"], ["export", "--format", "v2", "--force"],
                    ["export", "--format", "v3", "--force"], ["export", "--format", "svg"],
                    ["export", "--format", "text"])
        self.assertGreaterEqual(len(ATTACKS), 30)
        for name, attack in ATTACKS.items():
            text = attack.decode("utf-8", "surrogateescape")
            # Bytes that are no UTF-8 are told in an event's JSON as C1 characters, which is no better.
            text = text.encode("utf-8", "surrogateescape").decode("latin-1") if "\udc80" <= max(text) <= "\udcff" else text
            head = header(pod="web" + text, reason="why " + text, container=text)
            head["title"] = text
            head["command"] = text
            self.write([[0, "o", "visible " + text + " still visible\r\n"],
                        [0.005, "O", base64.b64encode(b"visible " + attack + b" visible\r\n").decode()], [0.01, "e", text + "visible\r\n"],
                        [0.02, "i", "visible" + text + "\r"], [0.03, "m", text], [0.04, "x", text]], head)
            for command in commands:
                with self.subTest(attack=name, command=command):
                    seen = self.seen_of(*command, self.path)
                    self.assertIn(b"visible" if command[0] not in ("info", "note") else b"", seen)
                    self.assertEqual(find_unsafe(seen), "", seen)
            with self.subTest(attack=name, command="ls"):
                seen = self.seen_of("ls")
                self.assertEqual(find_unsafe(seen), "", seen)

    def test_names_of_pods_in_the_bar(self):
        self.write([[0, "o", "visible"], [100, "o", "later"]], header(pod=HOSTILE_NAME))
        session = self.on_a_terminal("play", self.path, columns=200)
        session.expect("web")
        session.send("q")
        session.wait()
        self.assertEqual(find_unsafe(session.seen), "", session.seen)


if __name__ == "__main__":
    main()
