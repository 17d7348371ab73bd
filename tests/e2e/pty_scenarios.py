"""A shell on a terminal: what a person does, and every way out. Mixed into a Case."""

import os
import signal

import castfile
from harness import wait_for
from pty_session import PtySession
from tcp_proxy import TcpProxy

PROMPT = r"[#$] (\x1b\[\d*n|\x1b\[[0-9;?]*[a-zA-Z])*$"


class PtyShell:
    """A shell on a terminal. Mixed into a Case."""

    def open_shell(self, *flags, rows=24, columns=80, stderr=None):
        session = PtySession(self.argv("-i", "-t", *flags, "--", *self.marked("sh")), self.scratch.env,
                             rows=rows, columns=columns, stderr=stderr)
        self.addCleanup(session.close)
        session.expect(PROMPT)
        self.assertTrue(session.is_raw())
        return session

    def assert_terminal_back(self, session):
        self.assertEqual(session.settings(), session.settings_before)


class PtyScenarios(PtyShell):
    def size_in_pod(self, session):
        session.send("stty size\r")
        size = session.expect(rb"\r\n(\d+ \d+)\r\n")[1]
        # Typing ahead of the prompt would mix echo and output.
        session.expect(PROMPT)
        return size

    def test_typed_session(self):
        session = self.open_shell(rows=30, columns=100)
        session.send("echo typed-$((40+2))\r")
        session.expect("typed-42\r\n")
        session.expect(PROMPT)
        self.assertEqual(self.size_in_pod(session), b"30 100")
        for rows, columns in ((50, 132), (20, 60)):
            session.resize(rows, columns)
            wanted = f"{rows} {columns}".encode()
            wait_for(f"the size {wanted}", lambda: self.size_in_pod(session) == wanted)
        # The foreground job itself says that it runs: until then Ctrl-C would be the shell's.
        session.send("sh -c 'echo going; exec sleep 1000'\r")
        session.expect("\r\ngoing\r\n")
        session.send("\x03")
        session.expect(PROMPT)
        session.send("exit 3\r")
        self.assertEqual(session.wait(), 3)
        self.assert_terminal_back(session)
        self.assertIn(b"recorded", session.seen)
        recording = self.scratch.recording()
        self.assertIn(os.path.basename(recording).encode(), session.seen)
        header, events = castfile.read(recording)
        self.assertEqual((header["width"], header["height"]), (100, 30))
        sizes = [data for _, code, data in events if code == "r"]
        self.assertEqual(sizes, ["132x50", "60x20"])
        self.assertEqual(castfile.ending(events), ["3", "remote", "exit"])
        typed = castfile.channel(events, "i")
        self.assertIn(b"echo typed-$((40+2))\r", typed, "what is echoed is recorded on a terminal")
        self.assertIn(b"\x03", typed)
        self.assertIn(b"typed-42", castfile.channel(events, "o"))

    def test_what_was_shown_is_what_was_recorded(self):
        with open(os.path.join(self.scratch.path, "stderr"), "wb") as stderr:
            session = self.open_shell(stderr=stderr)
        session.send("echo one; echo two >&2; exit\r")
        self.assertEqual(session.wait(), 0)
        self.assert_replays("stdout", session.seen)

    def test_stdin_is_recorded_on_request(self):
        session = self.open_shell("--record-stdin", "all")
        session.send("echo kept\r")
        session.expect("\r\nkept\r\n")
        session.expect(PROMPT)
        session.send("\x04")
        self.assertEqual(session.wait(), 0)
        self.assert_replays("stdin", b"echo kept\r\x04")

    def test_ctrl_c_is_a_byte(self):
        session = self.open_shell()
        session.send("sh -c \"trap 'echo got-int; exit' INT; echo going; while :; do sleep 1; done\"\r")
        session.expect("\r\ngoing\r\n")
        session.send("\x03")
        session.expect("got-int\r\n")
        session.expect(PROMPT)
        session.send("exit 0\r")
        self.assertEqual(session.wait(), 0)

    def test_quiet(self):
        session = self.open_shell("-q")
        session.send("exit 0\r")
        self.assertEqual(session.wait(), 0)
        self.assertNotIn(b"record", session.seen)

    def test_ended_by_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                session = self.open_shell()
                session.send("echo before; sleep 20\r")
                session.expect("\r\nbefore\r\n")
                session.kill(number)
                self.assertEqual(session.wait(), 1)
                self.assert_terminal_back(session)
                recording = self.scratch.recording()
                _, events = castfile.read(recording)
                self.assertTrue(castfile.sealed(recording))
                self.assertEqual(castfile.ending(events), ["1", "client", "signal"])
                self.assertIn(b"before", castfile.channel(events, "o"))

    def test_hang_up(self):
        session = self.open_shell()
        session.hang_up()
        wait_for("the program to end", lambda: session.process.poll() is not None, 20)
        self.assertTrue(castfile.sealed(self.scratch.recording()))
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events)[1], "client")

    def test_dropped_connection(self):
        proxy = TcpProxy(self.server())
        self.addCleanup(proxy.close)
        session = self.open_shell("--server", proxy.url)
        session.send("echo before-the-drop\r")
        session.expect("\r\nbefore-the-drop\r\n")
        proxy.drop()
        self.assertEqual(session.wait(), 122)
        self.assert_terminal_back(session)
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["122", "client", "connection-lost"])
        self.assertIn(b"before-the-drop", castfile.channel(events, "o"))

    def test_suspend_and_continue(self):
        # From a job-control shell, as a person would: SIGTSTP from outside, then fg.
        session = PtySession(["bash", "--norc", "--noprofile", "-i"], dict(self.scratch.env, PS1="local> "))
        self.addCleanup(session.close)
        session.expect("local> ")
        command = " ".join(self.argv("-q", "-it", "--", *self.marked("sh")))
        session.send(command + "\r")
        session.expect(PROMPT)
        with open(f"/proc/{session.pid}/task/{session.pid}/children", encoding="ascii") as children:
            inner = int(children.read().split()[0])
        os.kill(inner, signal.SIGTSTP)
        session.expect("local> ")
        self.assertFalse(session.is_raw())
        session.send("fg\r")
        wait_for("raw mode again", session.is_raw)
        session.send("echo back-$((1+1))\r")
        session.expect("back-2\r\n")
        session.send("exit 5\r")
        session.expect("local> ")
        session.send("echo code $?\r")
        session.expect("code 5\r\n")
        session.send("exit\r")
        session.wait()
