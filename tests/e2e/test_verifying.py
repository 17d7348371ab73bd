"""docs/verifying.md says how to check a recording with stock tools: what it says is run here."""

import os
import re
import struct
import subprocess
import tempfile
import unittest

from harness import main

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")


def script():
    with open(os.path.join(ROOT, "docs", "verifying.md"), encoding="utf-8") as file:
        return "\n".join(re.findall(r"^```sh\n(.*?)^```$", file.read(), re.M | re.S))


class Verifying(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        self.key = os.path.join(GOLDEN, "user-key.pub.pem")
        with open(os.path.join(GOLDEN, "sealed.cast.zst"), "rb") as file:
            self.whole = file.read()

    def check(self, data, key=None):
        recording = os.path.join(self.path, "x.cast.zst")
        with open(recording, "wb") as file:
            file.write(data)
        return subprocess.run(["bash", "-c", script(), "check", recording, key or self.key],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "TMPDIR": self.path})

    def test_a_sealed_recording_passes(self):
        done = self.check(self.whole)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "sealed, 4 lines, id 018bcfe5680070008000000000000001\n")

    def test_another_key_is_not_trusted(self):
        other = os.path.join(self.path, "other.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other + ".key"], check=True)
        subprocess.run(["openssl", "pkey", "-in", other + ".key", "-pubout", "-out", other], check=True)
        self.assertNotEqual(self.check(self.whole, other).returncode, 0)

    def test_damage_is_met(self):
        # By the offsets of docs/format.md section 8: each part of the file that is covered.
        parts = {"frame 0": 100, "magic": 212, "SXK1": 220, "body": 300, "signature": 410, "facts": 500,
                 "fsalt": 530, "session key": 610, "user key": 650, "certificate": 700, "frame 1": 800,
                 "seal's kind": 891, "prev": 1010, "table": 1230, "count": 1259}
        for name, offset in parts.items():
            with self.subTest(name):
                bad = bytearray(self.whole)
                bad[offset] ^= 1
                self.assertNotEqual(self.check(bytes(bad)).returncode, 0)

    def test_bytes_between_or_behind_are_met(self):
        extra = struct.pack("<II", 0x184D2A50, 1) + b"x"  # a skippable frame of somebody else
        for offset in (0, 744, 1219, len(self.whole)):
            with self.subTest(offset):
                data = self.whole[:offset] + extra + self.whole[offset:]
                self.assertNotEqual(self.check(data).returncode, 0)

    def test_a_cut_recording_does_not_pass(self):
        for size in (744, 1219, len(self.whole) - 1):
            with self.subTest(size):
                self.assertNotEqual(self.check(self.whole[:size]).returncode, 0)


if __name__ == "__main__":
    main()
