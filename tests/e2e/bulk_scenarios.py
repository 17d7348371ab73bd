"""Much data through small memory, every byte the same at both ends and in the recording."""

import hashlib
import os
import subprocess
import threading

import castfile
from harness import REPLAY, SANITIZED, Measured, run

PEAK_KIB = 32 * 1024


def hash_of(argv, env):
    """Runs `argv`; (exit code, SHA-256 of its stdout, stdout's size, stderr, usage)."""
    wrapped = Measured(argv)
    process = subprocess.Popen(wrapped.argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, pass_fds=[wrapped.writer])
    wrapped.started()
    # Nothing hangs for ever: the bound is far beyond what the slowest machine needs.
    watchdog = threading.Timer(600, process.kill)
    watchdog.start()
    digest, size = hashlib.sha256(), 0
    while piece := process.stdout.read(1 << 20):
        digest.update(piece)
        size += len(piece)
    errors = process.stderr.read().decode("utf-8", "replace")
    process.stdout.close()
    process.stderr.close()
    code = process.wait()
    watchdog.cancel()
    return code, digest.hexdigest(), size, errors, wrapped.usage()


class BulkScenarios:
    megabytes_out = 512
    megabytes_in = 64

    def assert_small(self, usage, what):
        if not SANITIZED:
            self.assertLess(usage["rss"] + usage["others_rss"], PEAK_KIB, f"{what}: {usage}")

    def test_out(self):
        size = self.megabytes_out << 20
        path = f"/tmp/secure-exec-bulk-{os.getpid()}"
        made = run(self.argv("--record-stdout", "off", "--", "sh", "-c",
                             f"head -c {size} /dev/urandom >{path}; sha256sum {path}"), env=self.scratch.env,
                   seconds=120)
        self.assertEqual(made.code, 0, made.errors)
        self.addCleanup(lambda: self.exec("--", "rm", "-f", path))
        expected = made.text.split()[0]
        code, digest, count, errors, usage = hash_of(self.argv("--", "cat", path), self.scratch.env)
        self.assertEqual((code, errors, count, digest), (0, "", size, expected))
        self.assert_small(usage, "exec")
        code, digest, count, errors, usage = hash_of([REPLAY, "cat", "--raw", "--channel", "stdout", "last"],
                                                     self.scratch.env)
        self.assertEqual((code, errors, count, digest), (0, "", size, expected))
        self.assert_small(usage, "cat --raw")
        self.assertTrue(castfile.sealed(self.scratch.recording()))

    def test_reader_that_waits(self):
        # A consumer that takes nothing until the flood has filled every buffer there is: memory stays
        # flat, and nothing is lost.
        size = 48 << 20
        wrapped = Measured(self.argv("--", "sh", "-c", f"head -c {size} /dev/zero"))
        process = subprocess.Popen(wrapped.argv, env=self.scratch.env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, pass_fds=[wrapped.writer])
        wrapped.started()
        recording = None
        grown = -1
        while True:  # until the recording has stopped growing for a second
            try:
                process.wait(timeout=1)
                self.fail(f"ended with {process.returncode} though nobody read: {process.stderr.read()}")
            except subprocess.TimeoutExpired:
                pass
            files = self.scratch.recordings()
            recording = files[-1] if files else None
            now = os.path.getsize(recording) if recording else 0
            if recording and now == grown:
                break
            grown = now
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, len(out), err), (0, size, b""))
        self.assertEqual(out.strip(b"\0"), b"")
        self.assert_small(wrapped.usage(), "exec")


class BulkInScenarios:
    """Where stdin can be closed."""

    def test_in(self):
        path = os.path.join(self.scratch.path, "input")
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for _ in range(self.megabytes_in):
                piece = os.urandom(1 << 20)
                digest.update(piece)
                file.write(piece)
        with open(path, "rb") as file:
            done = run(self.argv("-i", "--", "sha256sum"), stdin=file, env=self.scratch.env, seconds=300,
                       measure=True)
        self.assertEqual((done.code, done.errors, done.text.split()[0]), (0, "", digest.hexdigest()))
        self.assert_small(done.usage, "exec")
        code, recorded, count, errors, _ = hash_of([REPLAY, "cat", "--raw", "--channel", "stdin", "last"],
                                                   self.scratch.env)
        self.assertEqual((code, errors, count, recorded),
                         (0, "", self.megabytes_in << 20, digest.hexdigest()))
