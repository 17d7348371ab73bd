"""The recording opens with stock tools, and says when it was touched. Mixed into a Case."""

import hashlib
import json
import os
import subprocess

import castfile
from harness import REPLAY, run
from pty_session import PtySession

# Checks the genesis checkpoint with openssl, dd and od alone, as docs/format.md gives the offsets.
CHECK_GENESIS = r"""set -eu
file=$1; cd "$2"
cut_out() { dd if="$file" of="$3" bs=1 skip="$1" count="$2" status=none; }
number() { od -An -tu4 -j "$1" -N 4 --endian=little "$file" | tr -d ' '; }
size=$(stat -c %s "$file")
entries=$(number $((size - 9)))                       # the seek table's footer: u32 count, u8 0, u32 magic
genesis=$(number $((size - 9 - 8 * entries)))         # its first entry: the size of the first zstd frame
cut_out $((genesis + 12)) 184 body
cut_out $((genesis + 12 + 184)) 64 signature
cut_out $((genesis + 12 + 184 + 64 + 120)) 44 session.der
cut_out $((genesis + 12 + 184 + 64 + 120 + 44)) 44 user.der
cut_out $((genesis + 12 + 184 + 64 + 120 + 88)) 64 certificate
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey session.der -in body -sigfile signature
{ printf 'secure-exec session key\n\001'; dd if=body bs=1 skip=24 count=16 status=none; cat session.der
  openssl dgst -sha256 -binary body; } > certified
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey user.der -in certified -sigfile certificate
openssl pkey -pubin -inform DER -in user.der -out user.pem
"""


class FormatScenarios:
    script = r"echo first; printf '\033[31mred\033[0m \303\244\n'; echo oops >&2; exit 4"

    def record(self):
        done = self.exec("--", "sh", "-c", self.script)
        self.assertEqual(done.code, 4, done.errors)
        return self.scratch.recording()

    def public_key(self):
        return os.path.join(self.scratch.path, "data", "secure-exec", "user-key.pub.pem")

    def copy_of(self, recording, change):
        """A copy in a directory of its own, under its own name, with `change(bytes) -> bytes` done to it."""
        directory = os.path.join(self.scratch.path, "copy")
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, os.path.basename(recording))
        with open(recording, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(change(data))
        return path

    def test_zstd_and_json_read_it(self):
        recording = self.record()
        text = run(["zstd", "-dc", recording])
        self.assertEqual(text.code, 0, text.errors)
        lines = [json.loads(line) for line in text.stdout.splitlines()]
        self.assertEqual(lines[0]["version"], 2)
        for event in lines[1:]:
            self.assertEqual([type(part) for part in event], [float, str, str])
        self.assertEqual(lines[-1][1:], ["x", "4 remote exit"])
        self.assertEqual("".join(data for _, code, data in lines[1:] if code == "o"), "first\n\x1b[31mred\x1b[0m ä\n")

    def test_checkpoints_chain(self):
        with open(self.record(), "rb") as file:
            data = file.read()
        found = castfile.frames(data)
        self.assertEqual(found[-1][0], "seek")
        self.assertEqual(found[-1][2], len(data))
        self.assertEqual([kind for kind, _, _ in found[:-1]], ["zstd", "checkpoint"] * (len(found) // 2))
        bodies = [castfile.body(data, frame) for frame in found if frame[0] == "checkpoint"]
        self.assertEqual([body["k"] for body in bodies], list(range(len(bodies))))
        self.assertEqual([body["kind"] for body in bodies], [0] + [1] * (len(bodies) - 2) + [2])
        for before, body in zip(bodies, bodies[1:]):
            self.assertEqual(body["prev"], hashlib.sha256(before["raw"]).digest())
            self.assertEqual(body["first"], before["first"] + before["lines"])

    def test_openssl_and_dd_check_a_signature(self):
        recording = self.record()
        checked = run(["sh", "-c", CHECK_GENESIS, "sh", recording, self.scratch.path])
        self.assertEqual(checked.code, 0, checked.errors)
        self.assertEqual(checked.text.count("Signature Verified Successfully"), 2, checked.text)
        with open(os.path.join(self.scratch.path, "user.pem"), "rb") as extracted, open(self.public_key(), "rb") as key:
            self.assertEqual(extracted.read(), key.read())

        def flip(data):  # one bit of the genesis body
            at = castfile.frames(data)[1][1] + 12 + 100
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        self.assertNotEqual(run(["sh", "-c", CHECK_GENESIS, "sh", self.copy_of(recording, flip),
                                 self.scratch.path]).code, 0)

    def test_asciinema_plays_it(self):
        recording = self.record()
        cast = os.path.join(self.scratch.path, "plain.cast")
        with open(cast, "wb") as file:
            subprocess.run(["zstd", "-dcq", recording], stdout=file, check=True)
        for command in (["cat"], ["play", "-i", "0.01", "-s", "100"]):
            with self.subTest(command=command):
                player = PtySession(["asciinema", *command, cast], self.scratch.env)
                self.addCleanup(player.close)
                self.assertEqual(player.wait(), 0)
                self.assertIn("first\n\x1b[31mred\x1b[0m ä\n".encode(), player.seen)
        # A plain cast works wherever a recording does.
        plain = self.replay("cat", cast)
        self.assertEqual(plain.code, 0, plain.errors)
        self.assertIn("red ä\n", plain.text)

    def test_verify_tells_three_things_apart(self):
        recording = self.record()
        trusted = self.replay("verify", "--signer", self.public_key(), recording)
        self.assertEqual(trusted.code, 0, trusted.text + trusted.errors)
        unknown = self.replay("verify", recording)
        self.assertEqual(unknown.code, 3, unknown.text + unknown.errors)
        cut = self.copy_of(recording, lambda data: data[:castfile.frames(data)[-2][1]])
        no_seal = self.replay("verify", "--signer", self.public_key(), cut)
        self.assertEqual(no_seal.code, 1, no_seal.text + no_seal.errors)

        def flip(data):  # one bit in the last zstd frame
            start, end = castfile.frames(data)[-3][1:]
            at = (start + end) // 2
            return data[:at] + bytes([data[at] ^ 16]) + data[at + 1:]
        altered = self.replay("verify", "--signer", self.public_key(), self.copy_of(recording, flip))
        self.assertEqual(altered.code, 2, altered.text + altered.errors)
        self.assertIn("frame", altered.text)

    def test_cut_recording_reads_well(self):
        recording = self.record()
        with open(recording, "rb") as file:
            size = len(file.read())
        for cut in range(0, size, max(1, size // 40)):
            path = self.copy_of(recording, lambda data, cut=cut: data[:cut])
            done = self.replay("cat", "--channel", "stdout", path)
            if done.code == 0:
                self.assertTrue("first\nred ä\n".startswith(done.text), done.text)
            else:
                self.assert_one_line(done, 1, os.path.basename(path))

    def test_altered_recording_is_named(self):
        def flip(data):
            start, end = castfile.frames(data)[-3][1:]
            at = (start + end) // 2
            return data[:at] + bytes([data[at] ^ 16]) + data[at + 1:]
        done = self.replay("cat", self.copy_of(self.record(), flip))
        self.assertEqual((done.code, done.errors.count("\n")), (1, 1), done.errors)
        self.assertIn("frame", done.errors)

    def test_reading_commands(self):
        identity = os.path.basename(self.record()).split(".")[0]
        listing = self.replay("ls")
        self.assertEqual(listing.code, 0, listing.errors)
        self.assertIn(self.pod, listing.text)
        # ls may show an id in short: what it shows must name the recording.
        self.assertIn(identity[:8], listing.text)
        for name in ("last", identity, identity[:-4]):
            info = self.replay("info", name)
            self.assertEqual(info.code, 0, info.errors)
            for word in (identity, self.pod, self.context):
                self.assertIn(word, info.text)
        text = self.replay("cat", "last")
        self.assertEqual(text.code, 0, text.errors)
        for word in ("first\n", "red ä\n", "oops\n"):
            self.assertIn(word, text.text)
        self.assertNotIn("\x1b", text.text)
        played = self.replay("play", "--speed", "1000", "last")
        self.assertEqual(played.code, 0, played.errors)
        self.assertIn("first", played.text)

    def test_grep(self):
        self.record()
        hit = self.replay("grep", "red", "last")
        self.assertEqual(hit.code, 0, hit.errors)
        self.assertIn("red", hit.text)
        self.assertEqual(self.replay("grep", "no such thing", "last").code, 1)
        self.assertEqual(self.replay("grep", "(", "last").code, 2)
        # The escape sequence is no text, though its bytes are there.
        self.assertEqual(self.replay("grep", r"\[31m", "last").code, 1)

    def test_unknown_recording(self):
        for command in ("cat", "info", "play", "verify"):
            done = self.replay(command, "0190-no-such")
            self.assertEqual(done.stdout, b"")
            self.assertEqual(done.errors.count("\n"), 1, done.errors)
            self.assertIn("0190-no-such", done.errors)
            self.assertNotEqual(done.code, 0)

    def test_recording_that_is_still_written(self):
        session = PtySession(self.argv("-it", "--", "sh"), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(r"[#$] ")
        session.send("echo live-$((1+1))\r")
        session.expect("live-2\r\n")
        text = self.replay("cat", "last")
        self.assertEqual(text.code, 0, text.errors)
        self.assertIn("live-2", text.text)
        self.assertEqual(self.replay("grep", "--live", "-c", "^live-2$").text.rpartition(":")[2], "1\n")
        verdict = self.replay("verify", "--signer", self.public_key(), "last")
        self.assertEqual(verdict.code, 1, verdict.text + verdict.errors)
        session.send("exit 0\r")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(self.replay("verify", "--signer", self.public_key(), "last").code, 0)
        self.assertFalse([name for name in os.listdir(os.path.dirname(self.scratch.recording())) if ".tail." in name])

    def test_replay_does_not_attack_its_viewer(self):
        # Clipboard, title report, answer-back: typed into the pod's output by whoever owns it.
        done = self.exec("--", "printf", r"\033]52;c;ZXZpbA==\007\033[21t\033[c\033P$qm\033\\visible\n")
        self.assertEqual(done.code, 0)
        for command in (("cat", "last"), ("play", "--speed", "1000", "last"), ("grep", "visible", "last")):
            with self.subTest(command=command):
                viewer = PtySession([REPLAY, *command], self.scratch.env)
                self.addCleanup(viewer.close)
                self.assertEqual(viewer.wait(), 0)
                self.assertIn(b"visible", viewer.seen)
                for attack in (b"\x1b]52", b"\x1b[21t", b"\x1b[c", b"\x1bP", b"ZXZpbA"):
                    self.assertNotIn(attack, viewer.seen)
