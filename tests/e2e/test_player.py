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

# Taking the terminal and giving it back; what is between is on the allow-list.
BEGIN = b"\x1b[?1049h\x1b[0m\x1b[2J\x1b[?7l\x1b[?25l\x1b[?2004h"
END = b"\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l"
HOSTILE_NAME = "web\x1b]0;owned\x07\u202e-0\x9b31m"


def header(**session):
    info = {"format": "1.0", "id": "019ab123-4567-7890-8abc-def012345678", "tool": "kubectl-secure_exec 0.1.0",
            "start": 1763906580000000000, "user": {"local": "alice", "uid": 1000, "host": "laptop", "kubeconfig": "ops"},
            "context": "prod", "namespace": "shop", "pod": "web-0", "container": "app", "command": ["sh"],
            "stdin": True, "tty": True, "record": {"stdin": "all", "stdout": "all", "stderr": "all", "limit": 0}}
    info.update(session)
    return {"version": 2, "width": 80, "height": 24, "timestamp": 1763906580, "session": info}


def state_of(pid):
    """A process's letter in /proc; "" where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


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
            (["<"], "0:00:25", "three"),
            ([","], "0:00:10", "two"),
            (["."], "0:00:20", "three"),
            (["2", "Right"], "0:00:30", "four"),
            (["2"], "2: then a key", "four"),
            (["Escape"], r"^ \|\| ", "four"),
            (["5", "0", "%"], "0:00:45/", "five"),
            ([":", "0", ":", "2", "5", "Enter"], "0:00:25", "three"),
            (["t", "+", "5", "Enter"], "0:00:30", "four"),
            ([":", "1", "4", ":", "0", "3", ":", "2", "6", "Enter"], "0:00:26/", "three"),
            ([":", "x"], "^go to: x", "three"),
            (["C-u", "BSpace"], "0:00:26/", "three"),
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
            (["x"], "x does nothing", "eight"),
            (["j"], "the window shows the whole screen", "eight"),
            (["C-l"], r"^ \|\| ", "eight"),
            (["i"], "idle<2s", "eight"),
            (["i"], r"^ \|\| (?!.*idle)", "eight"),
            (["+"], " 2x ", "eight"),
            (["]", "]", "]", "]"], " 16x ", "eight"),
            (["-", "-", "-", "-", "[", "["], " 0.25x ", "eight"),
            (["?"], "next, previous marker", None),
            (["x"], "^zero", None),
            (["F1"], "next, previous marker", None),
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

    SIZES = ((20, 5), (40, 10), (80, 24), (80, 25), (120, 40), (300, 100))

    def test_every_key_at_every_size(self):
        keys = [*". , . 2 . Right Left S-Right S-Left > < PageDown PageUp Up Down j k h l J K H L 3 l f m M i + - ] [".split(),
                *"/ e Enter n N : 0 : 2 0 Enter 5 0 % g End Home x C-l Escape F1 Down Up Space j ? Space Space".split()]
        for width, height in ((20, 5), (200, 50)):
            self.write([[i * 10, "m" if i in (3, 6) else "o", f"line {i}\r\n"] for i in range(10)],
                       {**header(), "width": width, "height": height})
            for columns, rows in self.SIZES:
                with self.subTest(columns=columns, rows=rows, recording=(width, height)):
                    screen = self.play(rows=rows, columns=columns)
                    screen.wait_text("0:00:0")
                    screen.keys(*keys)
                    screen.keys("Escape", "Escape", "f", "G")
                    screen.wait_text("END")
                    lines = screen.text().split("\n")
                    self.assertIn("0:01:30/0:01:30", lines[rows - 1])
                    self.assertIn("line 9", lines[:rows - 1])
                    screen.keys("q")
                    self.assertEqual(screen.code(), 0)

    def test_sizes(self):
        for columns, rows in self.SIZES:
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

    def test_resized_all_the_time_while_it_plays(self):
        self.write([[i / 100, "o", f"line {i}\r\n"] for i in range(1000)] + [[1000, "o", "end"]])
        screen = self.play("--speed", "0.25")
        screen.wait_text("^line 1$")
        for i in range(100):
            screen("resize-window", "-x", str(20 + i * 7 % 200), "-y", str(5 + i * 3 % 60))
        screen("resize-window", "-x", "70", "-y", "15")
        screen.keys("Space")
        wait_for("the bar in the last row", lambda: "||" in screen.text().split("\n")[14])
        screen.keys("q")
        self.assertEqual(screen.code(), 0)

    def test_other_parts_of_a_larger_screen(self):
        rows = [f"\x1b[{y};{x}H{x},{y}" for y in (1, 25, 50) for x in (1, 100, 190)]
        self.write([[0, "o", "".join(rows) + "\x1b[1;1H"], [100, "o", "later"]], {**header(), "width": 200, "height": 50})
        screen = self.play("--at", "1", rows=24, columns=80)
        screen.keys("Space")
        screen.wait_text("^1,1")
        screen.wait_text("view 1,1 of 200x50")
        for keys, shown in ((["L"], "190,1$"), (["J"], "190,50$"), (["H"], "^1,50"), (["5", "k"], "view 1,23 of 200x50"),
                            (["l"], "view 21,23 of 200x50"), (["f"], "^1,1"), (["Down"], "view 1,6 of 200x50 f:follow"),
                            (["g"], "view 1,6 of 200x50 f:follow"), (["f"], "^1,1")):
            with self.subTest(keys=keys):
                screen.keys(*keys)
                screen.wait_text(shown)
        screen("resize-window", "-x", "200", "-y", "51")
        screen.wait_text("190,50$")
        self.assertNotIn("view", screen.settled())

    def test_notes(self):
        for at, text in (("0:41", "here he\x1b]0;owned\x07 deletes it"), ("14:03:05Z", "logged in")):
            self.assertEqual(run([REPLAY, "note", self.path, text, "--at", at], env=self.env).code, 0)
        screen = self.play("--at", "1:29")
        screen.keys("Space")
        for key, shown in (("M", "4/4\\+ marker: mark6"), ("M", r"3/4\+ note by \w+: here he\\x1b]0;owned\\x07 deletes it"),
                           ("M", r"2/4\+ marker: mark3"), ("M", r"1/4\+ note by \w+: logged in"),
                           ("M", "no marker or note before"), ("m", "marker: mark3"), ("m", "here he"), ("G", "END"),
                           ("M", "4/4 marker: mark6"), ("m", "no marker or note after")):
            screen.keys(key)
            screen.wait_text(shown)

    def test_what_is_pasted_is_no_key(self):
        screen = self.play()
        screen.keys("Space")
        screen.wait_text(r"\|\|")
        screen("set-buffer", "G>>>qseven\nq")
        screen("paste-buffer", "-p", "-r")
        screen.wait_text("what is pasted is no key")
        screen("set-buffer", "seven\nq")
        screen.keys("/")
        screen.wait_text("^/")
        screen("paste-buffer", "-p", "-r")
        screen.wait_text("^/seven")
        screen.keys("Enter")
        screen.wait_text("0:01:10")
        screen.keys("q")
        self.assertEqual(screen.code(), 0)

    def test_stopped_and_brought_back(self):
        screen = self.shell()
        screen.keys(f"stty -a >{self.path}.tty; {REPLAY} play --at 0:35 {self.path}", "Enter")
        screen.wait_text("^zero")
        screen.keys("Space")
        screen.wait_text(r"^ \|\| ")
        screen.keys("C-z")
        screen.wait_text("Stopped")
        self.assertEqual(screen("display-message", "-p", "#{alternate_on} #{cursor_flag}"), "0 1\n")
        screen.keys(f"stty -a | cmp - {self.path}.tty && echo as it was", "Enter")
        screen.wait_text("^as it was")
        screen.keys("bg", "Enter")
        screen.wait_text(r"^\[1\]\+ .*&$")
        wait_for("it to stop, for it wants the terminal", lambda: state_of(self.pid_of_player()) == "T")
        screen.keys("fg", "Enter")
        screen.wait_text("^zero")
        screen.wait_text(r"^ \|\| .*0:00:3")
        screen.keys("m")
        screen.wait_text("marker: mark6")
        os.kill(self.pid_of_player(), signal.SIGSTOP)
        screen.wait_text(r"Stopped.*play")
        screen.keys("fg", "Enter")
        screen.wait_text("marker: mark6")
        screen.keys("q")
        wait_for("the shell's screen", lambda: screen("display-message", "-p", "#{alternate_on}") == "0\n")
        screen.keys("echo code $?", "Enter")
        screen.wait_text("^code 0")
        screen.keys(f"stty -a | cmp - {self.path}.tty && echo and again", "Enter")
        screen.wait_text("^and again")

    def shell(self):
        screen = TmuxScreen(["bash", "--norc", "--noprofile", "-i"], {**self.env, "PS1": "prompt: "}, rows=30, columns=250)
        self.addCleanup(screen.close)
        screen.wait_text("^prompt:")
        return screen

    def test_ended_while_it_is_stopped(self):
        ways = {"by Ctrl-Z": lambda screen: screen.keys("C-z"),
                "unannounced": lambda screen: os.kill(self.pid_of_player(), signal.SIGSTOP)}
        for name, stop in ways.items():
            with self.subTest(name):
                screen = self.shell()
                screen.keys(f"stty -a >{self.path}.tty; {REPLAY} play {self.path}", "Enter")
                screen.wait_text("^zero")
                stop(screen)
                screen.wait_text("Stopped")
                pid = self.pid_of_player()
                screen.keys("kill %1", "Enter")
                wait_for("it to end", lambda: state_of(pid) in ("", "Z"))  # the shell may look at its end later

                def told():
                    # bash can miss the end of a job that its kill continued, until it waits for a program.
                    screen.keys("env true", "Enter")
                    return "Exit 130" in screen.text()

                wait_for("the shell to say how it ended", told)
                screen.keys(f"stty -a | cmp - {self.path}.tty && echo as it was", "Enter")
                screen.wait_text("^as it was")
                self.assertEqual(screen("display-message", "-p", "#{alternate_on} #{cursor_flag}"), "0 1\n")

    def test_from_the_background(self):
        screen = self.shell()
        screen.keys(f"{REPLAY} play --at 0:35 {self.path} &", "Enter")
        wait_for("it to stop, for it wants the terminal", lambda: state_of(self.pid_of_player()) == "T")
        screen.keys("fg", "Enter")
        screen.wait_text("^zero")
        screen.keys("q")
        wait_for("the shell's screen", lambda: screen("display-message", "-p", "#{alternate_on}") == "0\n")
        screen.keys("echo code $?", "Enter")
        screen.wait_text("^code 0")

    def pid_of_player(self):
        found = run(["pgrep", "-x", "-f", f"{REPLAY} play .*{self.path}"], env=self.env).text.split()
        return int(found[-1])

    def test_kinds_of_terminals(self):
        for term in ("xterm-256color", "screen", "linux", "vt100", "", None):
            with self.subTest(TERM=term):
                env = {k: v for k, v in self.env.items() if k != "TERM"} | ({} if term is None else {"TERM": term})
                with PtySession([REPLAY, "play", self.path], {**env, "NO_COLOR": "1"}) as session:
                    session.expect("zero")
                    session.expect("prod/shop/web-0")
                    session.send("q")
                    self.assertEqual(session.wait(), 0)
        with PtySession([REPLAY, "play", self.path], {**self.env, "TERM": "dumb"}) as session:
            self.assertEqual(session.wait(), 0)
            self.assertIn(b"TERM=dumb", session.seen)
            self.assertIn(b"nine", session.seen)
            self.assertNotIn(b"\x1b[?1049h", session.seen)

    def test_without_standard_input(self):
        with PtySession(["sh", "-c", 'exec "$0" "$@" <&-', REPLAY, "play", self.path], self.env) as session:
            session.expect("zero")
            session.send("q")
            self.assertEqual(session.wait(), 0)

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
            return self.between(session.seen) if command[0] == "play" else session.seen

    def between(self, seen):
        """What the player wrote, without taking the terminal and giving it back once."""
        for own in (BEGIN, END):
            self.assertEqual(seen.count(own), 1, seen)
            seen = seen.replace(own, b"")
        return seen

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
                self.assertTrue(session.seen.endswith(END), session.seen[-80:])

    def test_a_stop_without_a_shell_does_not_leave_it_half_way(self):
        session = self.on_a_terminal("play", self.path)
        session.expect("zero")
        session.send("\x1a")
        session.expect(re.escape(END) + b".*" + re.escape(BEGIN))
        os.kill(session.pid, signal.SIGTSTP)
        session.expect(re.escape(END) + b".*" + re.escape(BEGIN))
        session.send("q")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.settings(), session.settings_before)

    def test_ended_behind_a_stop_that_no_shell_saw(self):
        session = self.on_a_terminal("play", self.path)
        session.expect("zero")
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT):
            os.kill(session.pid, number)
        self.assertEqual(session.wait(), 130)
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
        self.assertEqual(find_unsafe(self.between(session.seen)), "", session.seen)

    def test_every_byte_is_on_the_list_whatever_is_pressed(self):
        note = "evil\x1b]52;c;x\x07\u202e\x9b31m"
        self.assertEqual(run([REPLAY, "note", self.path, note, "--at", "0:05"], env=self.env).code, 0)
        session = self.on_a_terminal("play", self.path, columns=60, rows=10)
        session.expect("zero")
        pasted = b"\x1b[200~\x1b]0;t\x07\xe2\x80\xae\x1b[201~"
        for keys in (b" mmM", b"/" + pasted + b"\r", b":" + pasted + b"\r", pasted, b"\xe2\x80\xae\xc2\x9b", b"?jjG\x1b[A ",
                     b"12", b"hjklHJKLf", b"/e\rnN", b",..", b"50%", b"\x0c", b"gG"):
            session.send(keys)
        session.expect("END")
        session.send("q")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(find_unsafe(self.between(session.seen)), "", session.seen)


if __name__ == "__main__":
    main()
