"""Servers that misbehave (tests/fakes/behaviours.py): never exit 0 without a status, never a crash, one
line that says what happened, and valid oddities change nothing."""

import os

import castfile
from fake_server import FakeCase, FakeSpdyCase
from harness import LEFT_BEHIND, SANITIZED, main

SCRIPT = r"i=0; while [ $i -lt 2000 ]; do echo line $i of the output; i=$((i+1)); done"
OUTPUT = "".join(f"line {i} of the output\n" for i in range(2000)).encode()


class Faults:
    def run_in(self, pod, script=SCRIPT, **keywords):
        return self.exec("--", "sh", "-c", script, pod=pod, **keywords)

    def assert_clean_line(self, done, lines=1):
        self.assertEqual(done.errors.count("\n"), lines, done.errors)
        self.assertFalse([one for one in done.errors.replace("\n", "") if ord(one) < 32 or 127 <= ord(one) < 160 or
                          "\u202a" <= one <= "\u202e"], done.errors)

    def assert_lost(self, done, *words):
        """A line that says what happened to the stream, and one of ours on what runs in the container."""
        self.assertEqual(done.code, 122, done.errors)
        self.assert_clean_line(done, 2)
        error, left, _ = done.errors.split("\n")
        for word in words:
            self.assertIn(word, error)
        self.assertRegex(left, LEFT_BEHIND)

    def test_streams_without_a_status(self):
        for pod in ("x-drop-4096", "x-drop", "x-fin-4096", "x-away-4096", "x-close-1000", "x-close-empty",
                    "x-close-hostile", "x-status-empty"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assert_lost(done)
                self.assertTrue(OUTPUT.startswith(done.stdout))
                recording = self.scratch.recording()
                self.assertTrue(castfile.sealed(recording))
                _, events = castfile.read(recording)
                self.assertEqual(castfile.ending(events)[:2], ["122", "client"])
                self.assertEqual(castfile.channel(events, "o"), done.stdout)

    def test_broken_frames(self):
        for pod in self.broken_frames:
            with self.subTest(pod=pod):
                self.assert_lost(self.run_in(pod))

    def test_broken_statuses(self):
        for pod in ("x-status-code-300", "x-status-negative", "x-status-word", "x-status-no-cause", "x-status-garbage",
                    "x-status-list", "x-status-unknown", "x-status-hostile", "x-status-twice"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertIn(done.code, (1, 122), done.errors)
                self.assert_clean_line(done)
                self.assertEqual(done.stdout, OUTPUT)

    def test_refusals(self):
        # kubectl's line, and ours behind it where it leaves something out.
        start = "error: unable to upgrade connection: "
        for pod, line, words in (
                ("x-http-502", start + "<html>bad gateway</html>", ("HTTP 502", "proxy")),
                ("x-http-404", start + "404 page not found", ("HTTP 404", "path")),
                ("x-http-400", start + "unable to upgrade: no websocket", ("HTTP 400", "proxy")),
                ("x-http-401", start + "Unauthorized", ("HTTP 401", "credentials")),
                ("x-http-403", start + "empty server response", ("HTTP 403", "without a reason")),
                ("x-http-200", start + "{}", ("HTTP 200", "in place of 101")),
                ("x-http-302", start + "empty server response", ("redirect", "HTTP 302", "https://127.0.0.1:1/")),
                ("x-http-cut", "error: unexpected EOF", ("closed the connection",)),
                ("x-http-empty", "error: unexpected EOF", ("closed the connection",)),
                ("x-http-500", start + "Internal error occurred: it was told to fail", ()),
                ("x-http-chunked", start + "refused in chunks", ())):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                if words:
                    self.assert_kubectls_line_and_ours(done, 1, line, *words)
                else:
                    self.assertEqual((done.code, done.stdout, done.errors), (1, b"", line + "\n"))

    def test_broken_handshakes(self):
        for pod, lines in (("x-http-garbage", 2), ("x-http-hostile", 1), ("x-http-forbidden", 2), ("x-protocol-missing", 1),
                           ("x-protocol-wrong", 1), ("x-upgrade-missing", 1), *self.own_handshakes):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertIn(done.code, (1, 122), done.errors)
                self.assertEqual(done.stdout, b"")
                self.assert_clean_line(done, lines)

    def test_broken_rest_answers(self):
        for pod in ("x-rest-status-500", "x-rest-502", "x-rest-garbage", "x-rest-cut", "x-rest-empty"):
            with self.subTest(pod=pod):
                done = self.run_in(pod)
                self.assertEqual((done.code, done.stdout), (1, b""), done.errors)
                self.assert_clean_line(done)

    def test_valid_oddities(self):
        for pod in ("x-small-1", "x-channel-9", "x-empty", "x-pings-1", "x-status-split-2", "x-deaf-end", *self.own_oddities):
            with self.subTest(pod=pod):
                done = self.run_in(pod, script=SCRIPT + "; echo err >&2; exit 6")
                self.assertEqual((done.code, done.stdout), (6, OUTPUT), done.errors)
                self.assertEqual(done.errors, "err\ncommand terminated with exit code 6\n")

    def test_a_status_before_the_output(self):
        done = self.run_in("x-status-early")
        self.assertEqual((done.code, done.stdout, done.errors), (0, OUTPUT, ""))

    def test_byte_by_byte(self):
        done = self.run_in("x-bytewise", script="echo slow but whole; exit 6")
        self.assertEqual((done.code, done.text), (6, "slow but whole\n"), done.errors)

    def test_hugeness(self):
        for pod in ("x-http-huge-header-64", "x-http-huge-body-64", "x-rest-huge-32", "x-status-huge-64"):
            with self.subTest(pod=pod):
                done = self.run_in(pod, measure=True)
                self.assertIn(done.code, (1, 122), done.errors[:500])
                # A status that is too long breaks the stream.
                self.assert_clean_line(done, 1 if pod.startswith("x-rest") else 2)
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


class WebSocket(Faults, FakeCase):
    broken_frames = ("x-text", "x-masked", "x-oversized", "x-oversized-63", "x-long-form", "x-rsv", "x-long-ping",
                     "x-split-ping", "x-continuation", "x-nested", "x-close-short", "x-opcode-3")
    own_oddities = ("x-fragmented-3", "x-no-channel")
    own_handshakes = (("x-accept-missing", 1), ("x-accept-wrong", 1), ("x-extension", 1))

    def test_a_401_is_asked_once(self):
        self.run_in("x-http-401")
        identity = os.path.basename(self.scratch.recording()).split(".")[0]
        requests = [one["method"] for one in self.fake.requests() if f"id={identity} " in str(one.get("headers"))]
        self.assertEqual(requests, ["GET"])


class Spdy(Faults, FakeSpdyCase):
    broken_frames = ("x-spdy-version", "x-spdy-oversized", "x-spdy-opens", "x-spdy-cut-ping", "x-spdy-cut-reset",
                     "x-spdy-headers-garbage", "x-spdy-headers-bomb", "x-spdy-headers-count", "x-spdy-headers-long",
                     "x-spdy-garbage", "x-spdy-refused")
    own_oddities = ("x-spdy-resets", "x-spdy-early-goaway", "x-spdy-windows")
    own_handshakes = ()

    def test_a_refused_stream_is_named(self):
        done = self.run_in("x-spdy-refused")
        self.assert_lost(done, '"stdout"', "refused")


if __name__ == "__main__":
    main()
