"""The programs for x86-64 on a kernel of 2018: every later system call fails with ENOSYS, on this machine's kernel."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import release

os.environ.setdefault("SECURE_EXEC_BIN", str(release.FOLDER))
import harness  # noqa: E402
from fake_server import FakeCase  # noqa: E402

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "old_kernel.c")


class OldKernel(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tools = tempfile.mkdtemp(prefix="secure-exec-old-")
        cls.addClassCleanup(shutil.rmtree, cls.tools)
        cls.old_kernel = os.path.join(cls.tools, "old_kernel")
        subprocess.run(["cc", "-o", cls.old_kernel, SOURCE], check=True)

    def old(self, program, *arguments, stdin=b""):
        return harness.run([self.old_kernel, str(release.binary(program, "amd64")), *arguments], stdin=stdin,
                           env=self.scratch.env)

    def test_later_calls_fail(self):
        script = "import os, sys\ntry: os.pidfd_open(os.getpid())\nexcept OSError as e: sys.exit(e.errno)"
        self.assertEqual(harness.run([self.old_kernel, sys.executable, "-c", script]).code, 38)

    def test_exec_record_replay(self):
        done = self.old("kubectl-secure_exec", "--context", "fake", "-i", "shell", "--", "cat", stdin=b"typed\n")
        self.assertEqual((done.code, done.text), (0, "typed\n"), done.errors)
        for arguments, words in ((["ls"], "shell"), (["cat", "last"], "typed"), (["grep", "ty.ed"], "typed")):
            done = self.old("kubectl-secure_replay", *arguments)
            self.assertEqual(done.code, 0, done.errors)
            self.assertIn(words, done.text)
        signer = os.path.join(self.scratch.env["XDG_DATA_HOME"], "secure-exec", "user-key.pub.pem")
        done = self.old("kubectl-secure_replay", "verify", "last", "--signer", signer)
        self.assertEqual(done.code, 0, done.text + done.errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
