"""An identity under a pass phrase: kubectl secure-replay asks for it on the terminal. No server is needed; the
recording is the golden one."""

import os
import signal
import subprocess
import termios
import unittest

from harness import REPLAY, Scratch, main
from pty_session import PtySession

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
RECORDING = os.path.join(GOLDEN, "encrypted.cast.zst.age")
PASS_PHRASE = b"correct horse"


class PassPhrase(unittest.TestCase):
    def setUp(self):
        self.scratch = Scratch("/nonexistent")
        self.addCleanup(self.scratch.remove)
        self.key = os.path.join(self.scratch.path, "key.age")
        with PtySession(["age", "-p", "-a", "-o", self.key, os.path.join(GOLDEN, "identity.txt")],
                        self.scratch.env) as age:
            age.expect(b"passphrase.*: ")
            age.send(PASS_PHRASE + b"\n")
            age.expect(b"[Cc]onfirm passphrase.*: ")
            age.send(PASS_PHRASE + b"\n")
            self.assertEqual(age.wait(), 0, age.seen)

    def session(self, *arguments):
        return PtySession([REPLAY, *arguments], self.scratch.env)

    def test_is_asked_for_once_without_echo(self):
        with self.session("grep", "uid", RECORDING, RECORDING, "--identity", self.key) as replay:
            replay.expect(b"pass phrase of .*key.age: ")
            self.assertFalse(termios.tcgetattr(replay.master)[3] & termios.ECHO)
            replay.send(b"correct horsx\x05e\n")
            self.assertEqual(replay.wait(), 0, replay.seen)
            self.assertEqual(replay.seen.count(b"pass phrase"), 1, replay.seen)
            self.assertEqual(replay.seen.count(b"=0(root)"), 2, replay.seen)
            self.assertNotIn(b"horse", replay.seen)

    def test_a_wrong_one_is_said(self):
        with self.session("cat", RECORDING, "--identity", self.key) as replay:
            replay.expect(b"pass phrase of .*key.age: ")
            replay.send(b"wrong\n")
            self.assertEqual(replay.wait(), 1, replay.seen)
            self.assertIn(b"the pass phrase is not the right one", replay.seen)

    def test_ctrl_c_gives_the_terminal_back(self):
        with self.session("cat", RECORDING, "--identity", self.key) as replay:
            replay.expect(b"pass phrase of .*key.age: ")
            replay.send(b"half\x03")
            self.assertEqual(replay.wait(), 1, replay.seen)
            self.assertIn(b"interrupted", replay.seen)
            self.assertEqual(replay.settings(), replay.settings_before)

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        for command in (["verify"], ["grep", "uid"], ["cat"]):
            with self.subTest(command), self.session(*command, RECORDING, "--identity", self.key) as replay:
                replay.expect(b"pass phrase of .*key.age: ")
                replay.kill(signal.SIGTERM)
                replay.send(b"any\n")
                self.assertEqual(replay.wait(), -signal.SIGTERM, replay.seen)
                self.assertEqual(replay.settings(), replay.settings_before)

    def test_without_a_terminal_it_is_said(self):
        done = subprocess.run([REPLAY, "cat", RECORDING, "--identity", self.key], env=self.scratch.env,
                              stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no terminal to ask for it", done.stderr)


if __name__ == "__main__":
    main()
