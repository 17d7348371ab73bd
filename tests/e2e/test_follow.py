"""kubectl secure-replay play --follow beside a session that goes on, in tmux: what was said before it was looked at
and what comes, over many frames and tail segments, until the session is sealed or killed."""

import os
import subprocess

from fake_server import FakeCase
from harness import REPLAY, main
from tmux_screen import TmuxScreen


class Follow(FakeCase):
    def setUp(self):
        super().setUp()
        self.session = subprocess.Popen(self.argv("-i", "--", "cat"), env=self.scratch.env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.addCleanup(self.end)
        self.say("before")
        self.screen = TmuxScreen([REPLAY, "play", "--follow", "last"], self.scratch.env, columns=100)
        self.addCleanup(self.screen.close)
        self.screen.wait_text("^before")
        self.screen.wait_text("LIVE")

    def end(self):
        self.session.kill()
        self.session.stdin.close()
        self.session.stdout.close()
        self.session.wait()

    def say(self, line):
        """Until it has come back: it is recorded then."""
        self.session.stdin.write(line.encode() + b"\n")
        self.session.stdin.flush()
        while self.session.stdout.readline().decode() != line + "\n":
            self.assertIsNone(self.session.poll())

    def segments(self):
        return sorted(os.listdir(os.path.dirname(self.scratch.recording())))

    def test_until_it_is_sealed(self):
        self.say("after")
        self.screen.wait_text("^after")
        self.session.stdin.close()
        self.assertEqual(self.screen.code(), 0)
        self.screen.wait_text("^after")
        self.assertNotIn("no seal", self.screen.text())

    def test_until_it_is_killed(self):
        self.say("after")
        self.screen.wait_text("^after")
        self.session.kill()
        self.assertEqual(self.screen.code(), 0)
        self.screen.wait_text("no seal: the session crashed")

    def test_a_reviewer_who_pressed_a_key_stays(self):
        self.screen.keys("Space", "Space")
        self.session.kill()
        self.screen.wait_text("it has no seal")
        self.screen.keys("x")
        self.screen.wait_text("x does nothing")
        self.screen.keys("q")
        self.assertEqual(self.screen.code(), 0)

    def test_over_frames_and_tail_segments(self):
        began_with = self.segments()
        for part in range(3):
            for i in range(100):
                self.say(f"{part} {i} " + "x" * 8000)
            self.say(f"part {part}")
            self.screen.wait_text(f"^part {part}")
        self.assertNotEqual(self.segments(), began_with)
        # Back, forth, and live again.
        self.screen.keys("g")
        self.screen.wait_text("^before")
        self.screen.keys("/", "p", "a", "r", "t", " ", "1", "Enter")
        self.screen.wait_text("^part 1")
        self.screen.keys("G")
        self.screen.wait_text("LIVE")
        self.screen.keys("Space")
        self.say("the last")
        self.screen.wait_text("^the last")
        self.session.stdin.close()
        self.screen.wait_text("END")


class FollowEncrypted(Follow):
    def setUp(self):
        self.key = ""
        super().setUp()

    def argv(self, *arguments, **options):
        if not self.key:
            self.key = os.path.join(self.scratch.path, "key.txt")
            subprocess.run(["age-keygen", "-o", self.key], check=True, stderr=subprocess.DEVNULL)
            self.scratch.env["SECURE_EXEC_IDENTITY"] = self.key
        made = subprocess.run(["age-keygen", "-y", self.key], check=True, stdout=subprocess.PIPE)
        return super().argv("--recipient", made.stdout.decode().strip(), *arguments, **options)


if __name__ == "__main__":
    main()
