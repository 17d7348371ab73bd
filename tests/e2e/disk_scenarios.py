"""Disks that are full, closed or stuck: no recording, no session (promise 2). Mixed into a Case whose
module calls private_mounts.enter() first."""

import os
import stat
import time

import castfile
import private_mounts
from harness import reason, run, wait_for
from pty_session import PtySession

FLOOD = "head -c 60000000 /dev/urandom"


class FullDiskScenarios:
    def assert_failed_recording(self, recording, shown):
        _, events = castfile.read(recording)
        recorded = castfile.channel(events, "o")
        self.assertEqual(recorded[:len(shown)], shown, "shown, but not in the recording")
        self.assertEqual(castfile.ending(events), ["120", "client", "recording-failed"])
        self.assertTrue(castfile.sealed(recording), "the reserve is there for the seal")
        back = self.replay("cat", "--raw", "--channel", "stdout", recording)
        self.assertEqual((back.code, back.stdout), (0, recorded), back.errors)

    def test_disk_that_fills(self):
        private_mounts.small_disk(self.scratch.store, "12m")
        done = self.exec("--", *self.marked("sh", "-c", FLOOD))
        self.assertEqual(done.code, 120, done.errors)
        self.assertEqual(reason(done.errors).count("\n"), 1, done.errors)
        self.assertIn("No space left on device", done.errors)
        self.assertIn(self.scratch.store, done.errors)
        self.assertGreater(len(done.stdout), 1 << 20)
        self.assert_failed_recording(self.scratch.recording(), done.stdout)

    def test_disk_that_fills_under_a_terminal(self):
        private_mounts.small_disk(self.scratch.store, "12m")
        session = PtySession(self.argv("-it", "--", *self.marked("sh")), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(r"[#$] ")
        session.send(FLOOD + "\r")
        self.assertEqual(session.wait(60), 120)
        self.assertEqual(session.settings(), session.settings_before)
        self.assertIn(b"No space left on device", session.seen[-600:])
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["120", "client", "recording-failed"])

    def test_no_room_to_start(self):
        private_mounts.small_disk(self.scratch.store, "1m")
        done = self.exec("--", "echo", "must not run")
        self.assert_one_line(done, 120, "recording", self.scratch.store)


class ClosedStoreScenarios:
    def test_read_only_store(self):
        private_mounts.small_disk(self.scratch.store, "12m")
        private_mounts.remount_read_only(self.scratch.store)
        done = self.exec("--", "echo", "must not run")
        self.assert_one_line(done, 120, "Read-only file system", self.scratch.store)

    def test_store_without_permission(self):
        os.makedirs(self.scratch.store, mode=0o500)
        # Root passes every permission, unless that capability is taken away.
        done = run(["setpriv", "--bounding-set=-dac_override", *self.argv("--", "echo", "must not run")],
                   env=self.scratch.env)
        self.assert_one_line(done, 120, "Permission denied", self.scratch.store)

    def test_store_below_a_file(self):
        path = os.path.join(self.scratch.path, "file")
        with open(path, "w", encoding="ascii"):
            pass
        done = self.exec("--", "echo", "must not run", env=dict(self.scratch.env, SECURE_EXEC_STORE=path + "/store"))
        self.assert_one_line(done, 120, "Not a directory", path)

    def test_user_key_that_others_can_read(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        key = os.path.join(self.scratch.path, "data", "secure-exec", "user-key.pem")
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        os.chmod(key, 0o644)
        self.assert_one_line(self.exec("--", "echo", "must not run"), 120, key)


class StallingDiskScenarios:
    """On the real clock: a minute."""

    def test_disk_that_stalls(self):
        disk = private_mounts.StallingDisk(self.scratch.path, self.scratch.store)
        self.addCleanup(disk.close)
        path = os.path.join(self.scratch.path, "status")
        session = PtySession(self.argv("-it", "--status-file", path, "--", *self.marked("sh")), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(r"[#$] ")
        session.send("echo before-$((1+1))\r")
        session.expect("before-2\r\n")
        session.expect(r"[#$] ")
        disk.stall()
        start = time.monotonic()
        session.send("echo hidden-$((1+1))\r")
        session.expect("recording stalled", 20)
        self.assertGreater(time.monotonic() - start, 8)
        self.assertEqual(session.wait(75), 120)  # reaped, though the disk still hangs
        self.assertGreater(time.monotonic() - start, 55)
        self.assertEqual(session.settings(), session.settings_before)
        self.assertNotIn(b"hidden", session.seen)
        self.assertIn(b"stalled", session.seen[-600:])
        with open(path, encoding="utf-8") as file:
            self.assertIn('"recording-failed"', file.read())
        disk.go_on()
        recording = self.scratch.recording()
        text = self.replay("cat", recording)
        self.assertEqual(text.code, 0, text.errors)
        self.assertIn("before-2", text.text)

    def test_short_stall_goes_on(self):
        disk = private_mounts.StallingDisk(self.scratch.path, self.scratch.store)
        self.addCleanup(disk.close)
        session = PtySession(self.argv("-it", "--", *self.marked("sh")), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(r"[#$] ")
        disk.stall()
        session.send("echo late-$((1+1))\r")
        session.expect("recording stalled", 20)
        self.assertNotIn(b"late-2", session.seen)
        disk.go_on()
        session.expect("late-2\r\n")
        session.send("exit 4\r")
        self.assertEqual(session.wait(), 4)
        wait_for("the seal", lambda: castfile.sealed(self.scratch.recording()))
        _, events = castfile.read(self.scratch.recording())
        self.assertIn(b"late-2", castfile.channel(events, "o"))
