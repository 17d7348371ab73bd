"""Servers that misbehave (tests/fakes/behaviours.py): never exit 0 without a status, never a crash, one
line that says what happened, and valid oddities change nothing."""

import castfile
from fake_server import FakeCase
from harness import SANITIZED, main

SCRIPT = r"i=0; while [ $i -lt 2000 ]; do echo line $i of the output; i=$((i+1)); done"
OUTPUT = "".join(f"line {i} of the output\n" for i in range(2000)).encode()


class Faults(FakeCase):
    def run_in(self, pod, script=SCRIPT, **keywords):
        return self.exec("--", "sh", "-c", script, pod=pod, **keywords)

    def assert_clean_line(self, done):
        self.assertEqual(done.errors.count("\n"), 1, done.errors)
        self.assertFalse([one for one in done.errors.rstrip("\n") if ord(one) < 32 or 127 <= ord(one) < 160 or
                          "\u202a" <= one <= "\u202e"], done.errors)

    def test_streams_without_a_status(self):
        for pod in ("x-drop-4096", "x-drop", "x-fin-4096", "x-away-4096", "x-close-1000", "x-close-empty",
                    "x-close-hostile", "x-status-empty"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertEqual(done.code, 122, done.errors)
                self.assert_clean_line(done)
                self.assertTrue(OUTPUT.startswith(done.stdout))
                recording = self.scratch.recording()
                self.assertTrue(castfile.sealed(recording))
                _, events = castfile.read(recording)
                self.assertEqual(castfile.ending(events)[:2], ["122", "client"])
                self.assertEqual(castfile.channel(events, "o"), done.stdout)

    def test_broken_frames(self):
        for pod in ("x-text", "x-masked", "x-oversized", "x-oversized-63", "x-long-form", "x-rsv", "x-long-ping",
                    "x-split-ping", "x-continuation", "x-nested", "x-close-short", "x-opcode-3"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertEqual(done.code, 122, done.errors)
                self.assert_clean_line(done)

    def test_broken_statuses(self):
        for pod in ("x-status-code-300", "x-status-negative", "x-status-word", "x-status-no-cause", "x-status-garbage",
                    "x-status-list", "x-status-unknown", "x-status-hostile"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertIn(done.code, (1, 122), done.errors)
                self.assert_clean_line(done)
                self.assertEqual(done.stdout, OUTPUT)

    def test_broken_handshakes(self):
        for pod in ("x-http-502", "x-http-400", "x-http-401", "x-http-500", "x-http-200", "x-http-302",
                    "x-http-garbage", "x-http-cut", "x-http-empty", "x-http-hostile", "x-http-chunked",
                    "x-http-forbidden", "x-http-403", "x-accept-missing", "x-accept-wrong", "x-protocol-missing",
                    "x-protocol-wrong", "x-extension", "x-upgrade-missing"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertIn(done.code, (1, 122), done.errors)
                self.assertEqual(done.stdout, b"")
                self.assert_clean_line(done)

    def test_broken_rest_answers(self):
        for pod in ("x-rest-status-500", "x-rest-502", "x-rest-garbage", "x-rest-cut", "x-rest-empty"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertEqual((done.code, done.stdout), (1, b""), done.errors)
                self.assert_clean_line(done)

    def test_valid_oddities(self):
        for pod in ("x-fragmented-3", "x-small-1", "x-channel-9", "x-empty", "x-pings-1", "x-status-split-2"):
            with self.subTest(pod=pod):
                done = self.run_in(pod, script=SCRIPT + "; echo err >&2; exit 6")
                self.assertEqual((done.code, done.stdout), (6, OUTPUT), done.errors)
                self.assertEqual(done.errors, "err\ncommand terminated with exit code 6\n")

    def test_byte_by_byte(self):
        done = self.run_in("x-bytewise", script="echo slow but whole; exit 6")
        self.assertEqual((done.code, done.text), (6, "slow but whole\n"), done.errors)

    def test_hugeness(self):
        for pod in ("x-http-huge-header-64", "x-http-huge-body-64", "x-rest-huge-32", "x-status-huge-64"):
            with self.subTest(pod=pod):
                done = self.run_in(pod, measure=True)
                self.assertIn(done.code, (1, 122), done.errors[:500])
                self.assert_clean_line(done)
                self.assertLess(len(done.errors), 5000)
                if not SANITIZED:
                    self.assertLess(done.usage["rss"], 64 * 1024, done.usage)

    def test_large_frame(self):
        done = self.run_in("x-large-4")
        self.assertEqual((done.code, len(done.stdout)), (0, (4 << 20) + len(OUTPUT)), done.errors)

    def test_command_that_ends_before_its_input(self):
        done = self.exec("-i", "--", "cat", pod="x-bare-stdin", stdin=b"x" * (4 << 20))
        self.assertEqual(done.code, 0)
        self.assertIn("stdin", done.errors)
        self.assertIn("bytes", done.errors)


if __name__ == "__main__":
    main()
