"""verify against the API server's own audit log."""

import json
import os
import re
import subprocess

from audit_log import AuditLog, audit_log_path
from cluster import ClusterCase, LegacyCase, main


class AuditScenarios(AuditLog):
    def test_an_exec_in_the_log_vouches_for_its_recording(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        recording = self.scratch.recording()
        [alone] = json.loads(self.replay("verify", "--json", recording).stdout)
        self.assertEqual(alone["verdict"], "unknown-signer")
        self.wait_for_event(alone["b0"])
        found = [entry for entry in self.verify(recording) if entry.get("path")]
        self.assertEqual([entry["verdict"] for entry in found], ["trusted"], found)
        anchor = found[0]["anchor"]
        self.assertEqual((anchor["user"], anchor["namespace"], anchor["pod"]), ("admin", "default", "shell"))

    def test_an_exec_without_a_recording_is_listed(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        mark = f"no-recording-of-this-{os.getpid()}-{id(self)}"
        self.assertEqual(self.kubectl("--", "echo", mark).code, 0)
        self.wait_for_event(mark)
        events = [entry["event"] for entry in self.verify(self.scratch.recording())
                  if entry["verdict"] == "not-recorded"]
        self.assertIn(f"echo {mark}", [event["command"] for event in events])

    def test_an_encrypted_recording_is_joined_by_its_seal(self):
        identity = os.path.join(self.scratch.path, "identity.txt")
        subprocess.run(["age-keygen", "-o", identity], check=True, stderr=subprocess.DEVNULL)
        recipient = subprocess.run(["age-keygen", "-y", identity], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        self.assertEqual(self.exec("--recipient", recipient, "--", "true").code, 0)
        recording = self.scratch.recording()
        with open(recording[:-len(".cast.zst.age")] + ".seal", encoding="utf-8") as seal:
            b0 = re.search("^genesis ([0-9a-f]{64})$", seal.read(), re.MULTILINE).group(1)
        self.wait_for_event(b0)
        for arguments, verdict in (((), "unreadable"), (("--identity", identity), "trusted")):
            with self.subTest(verdict=verdict):
                [entry] = [entry for entry in self.verify(*arguments, recording) if entry.get("path")]
                self.assertEqual((entry["verdict"], entry["b0"]), (verdict, b0), entry)
                self.assertEqual(entry["anchor"]["user"], "admin")

    def test_a_recording_of_another_session_is_not_anchored(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        recording = self.scratch.recording()
        [alone] = json.loads(self.replay("verify", "--json", recording).stdout)
        self.wait_for_event(alone["b0"])
        # The same log, but its exec began another recording.
        forged = os.path.join(self.scratch.path, "audit.log")
        with open(self.audit_log, encoding="utf-8") as log, open(forged, "w", encoding="utf-8") as out:
            out.write(log.read().replace(alone["b0"], "00" * 32))
        done = self.replay("verify", "--json", "--audit-log", forged, recording)
        entry = json.loads(done.stdout)[0]
        self.assertEqual(entry["verdict"], "unknown-signer")
        self.assertTrue(any("another beginning" in remark for remark in entry["remarks"]), entry)


class AnchorScenarios(AuditLog):
    """What is no v5 stream is logged by the server behind both contexts."""

    audit_log = audit_log_path("audit.log")

    def test_the_seal_is_anchored_where_that_is_asked_for(self):
        self.assertEqual(self.exec("--anchor", "--", "true").errors, "")
        recording = self.scratch.recording()
        [alone] = json.loads(self.replay("verify", "--json", recording).stdout)
        self.wait_for_event(f"seal={alone['seal']}")

    def test_no_anchor_of_the_end_without_being_asked(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertEqual(self.exec("--anchor", "--", "true").code, 0)
        first, second = (json.loads(self.replay("verify", "--json", path).stdout)[0]
                         for path in self.scratch.recordings())
        self.wait_for_event(f"seal={second['seal']}")
        with open(self.audit_log, encoding="utf-8") as log:
            self.assertNotIn(f"seal={first['seal']}", log.read())


class ModernAnchors(AnchorScenarios, ClusterCase):
    pass


class LegacyAnchors(AnchorScenarios, LegacyCase):
    def test_who_may_only_use_spdy_anchors_with_it(self):
        self.assertEqual(self.exec("--anchor", "--protocol", "spdy", "--", "true").errors, "")

    def test_a_cut_before_an_anchor_on_the_way_shows(self):
        script = "echo early; sleep 12; echo late"
        self.assertEqual(self.exec("--anchor-every", "10s", "--", "sh", "-c", script).errors, "")
        recording = self.scratch.recording()
        with open(recording, "rb") as file:
            whole = file.read()
        checkpoints = [at for at in range(len(whole)) if whole.startswith(b"SXK1", at)]
        self.assertGreaterEqual(len(checkpoints), 3, "the header's, the anchored frame's, the seal's")
        self.wait_for_event(f"id={os.path.basename(recording)[:36]} k=1:")
        cut = os.path.join(self.scratch.path, os.path.basename(recording))
        # The anchored frame has lost its checkpoint.
        with open(cut, "wb") as file:
            file.write(whole[:checkpoints[1] - 8])
        [entry] = [entry for entry in self.verify(cut) if entry.get("path")]
        self.assertEqual(entry["verdict"], "altered", entry)
        self.assertIn("frame 1", entry["summary"])


class Modern(AuditScenarios, ClusterCase):
    audit_log = audit_log_path("audit-modern.log")


class Legacy(AuditScenarios, LegacyCase):
    audit_log = audit_log_path("audit.log")


if __name__ == "__main__":
    main()
