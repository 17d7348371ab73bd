"""Much data through small memory, every byte the same at both ends and in the recording."""

import hashlib
import os
import subprocess
import threading

import castfile
from harness import REPLAY, SANITIZED, Measured, run

PEAK_KIB = 32 * 1024


def hash_of(argv, env, size=None, then=None):
    """Runs `argv`; (exit code, SHA-256 of its stdout, stdout's size, stderr, usage).
    Calls `then` once `size` bytes came, or at the end."""
    wrapped = Measured(argv)
    process = subprocess.Popen(wrapped.argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, pass_fds=[wrapped.writer])
    wrapped.started()
    # Nothing hangs for ever: the bound is far beyond what the slowest machine needs.
    watchdog = threading.Timer(600, process.kill)
    watchdog.start()
    digest, count = hashlib.sha256(), 0
    while piece := process.stdout.read(1 << 20):
        digest.update(piece)
        count += len(piece)
        if then and count >= size:
            then()
            then = None
    if then:
        then()
    errors = process.stderr.read().decode("utf-8", "replace")
    process.stdout.close()
    process.stderr.close()
    code = process.wait()
    watchdog.cancel()
    return code, digest.hexdigest(), count, errors, wrapped.usage()


class BulkScenarios:
    megabytes_out = 512
    megabytes_in = 64
    # Real servers lose what their own buffers hold when a command has ended and its reader is slow:
    # kubectl, too, then ends with 0 and too few bytes.
    server_keeps_output = False

    def assert_small(self, usage, what):
        if not SANITIZED:
            # The second process, which owns the disk, shares nearly all of its few pages with the first.
            self.assertLess(usage["rss"], PEAK_KIB, f"{what}: {usage}")
            self.assertLess(usage["others_rss"], PEAK_KIB // 8, f"{what}: {usage}")

    def test_out(self):
        size = self.megabytes_out << 20
        path = f"/tmp/secure-exec-bulk-{os.getpid()}"
        made = run(self.argv("--record-stdout", "off", "--", "sh", "-c",
                             f"head -c {size} /dev/urandom >{path}; sha256sum {path}"), env=self.scratch.env,
                   seconds=120)
        self.assertEqual(made.code, 0, made.errors)
        self.addCleanup(lambda: self.exec("--", "rm", "-f", path, f"{path}.read"))
        expected = made.text.split()[0]
        # The command ends once all that it wrote was read, so that a server that loses output at the end
        # of a command (see server_keeps_output) has none to lose.
        elsewhere = {**self.scratch.env, "SECURE_EXEC_STORE": os.path.join(self.scratch.path, "elsewhere")}
        command = f"cat {path}; until [ -e {path}.read ]; do sleep 0.1; done"
        code, digest, count, errors, usage = hash_of(
            self.argv("--", "sh", "-c", command), self.scratch.env, size,
            then=lambda: self.exec("--", "touch", f"{path}.read", env=elsewhere))
        self.assertEqual((code, errors, count, digest), (0, "", size, expected))
        self.assert_small(usage, "exec")
        code, digest, count, errors, usage = hash_of([REPLAY, "cat", "--raw", "--channel", "stdout", "last"],
                                                     self.scratch.env)
        self.assertEqual((code, errors, count, digest), (0, "", size, expected))
        self.assert_small(usage, "cat --raw")
        self.assertTrue(castfile.sealed(self.scratch.recording()))

    def test_reader_that_waits(self):
        # As a pager: takes nothing for a while, on the real clock, with more output than every buffer
        # holds. Memory stays flat and nothing is lost. 2.5 MB are sent whole and the server's end of the
        # connection is closed long before we read on: whatever we send then makes it reset.
        for size in (2_500_000, 48 << 20):
            with self.subTest(size=size):
                wrapped = Measured(self.argv("--", "head", "-c", str(size), "/dev/zero"))
                process = subprocess.Popen(wrapped.argv, env=self.scratch.env, stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, pass_fds=[wrapped.writer])
                wrapped.started()
                try:
                    process.wait(timeout=12)  # kubectl and we ping every 5 s
                    self.fail(f"ended with {process.returncode} though nobody read: {process.stderr.read()}")
                except subprocess.TimeoutExpired:
                    pass
                out, err = process.communicate(timeout=120)
                self.assertEqual((process.returncode, err), (0, b""))
                if self.server_keeps_output:
                    self.assertEqual(len(out), size)
                self.assert_replays("stdout", out)
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
