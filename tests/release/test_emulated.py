"""The programs for 64-bit ARM under qemu-user: SECURE_EXEC_BIN has scripts that run them so (scripts/test-release)."""

import os
import re
import subprocess
import unittest

import release  # noqa: F401  (finds the other tests)
import harness
from fake_server import FakeCase


class Emulated(FakeCase):
    def test_it_is_arm(self):
        with open(harness.PROGRAM, encoding="utf-8") as script:
            path = re.search(r"\S+-linux-arm64", script.read())[0]
        about = subprocess.run(["readelf", "-h", path], capture_output=True, text=True, check=True).stdout
        self.assertIn("AArch64", about)

    def test_version(self):
        for program in (harness.PROGRAM, harness.REPLAY):
            done = harness.run([program, "--version"])
            self.assertEqual(done.code, 0, done.errors)
            self.assertRegex(done.text, r"\d+\.\d+\.\d+")

    def test_exec_record_replay(self):
        done = self.exec("--", "sh", "-c", "echo through TLS; exit 3")
        self.assertEqual((done.code, done.text), (3, "through TLS\n"), done.errors)
        self.assertEqual(self.replay("cat", "last").text, "through TLS\n")
        self.assertIn("through TLS", self.replay("grep", "thr.*TLS").text)
        signer = os.path.join(self.scratch.env["XDG_DATA_HOME"], "secure-exec", "user-key.pub.pem")
        verified = self.replay("verify", "last", "--signer", signer)
        self.assertEqual(verified.code, 0, verified.text + verified.errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
