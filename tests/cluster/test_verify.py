"""verify against the API server's own audit log, where the cluster's is at hand: SECURE_EXEC_TEST_AUDIT_LOGS,
a directory with audit-modern.log and audit.log (the legacy server's), or log/ beside the kubeconfig."""

import json
import os
import sys

from cluster import SKIPPED, ClusterCase, LegacyCase, main

import harness


def _log(name):
    directory = os.environ.get("SECURE_EXEC_TEST_AUDIT_LOGS") or os.path.join(
        os.path.dirname(ClusterCase.kubeconfig), "log")
    path = os.path.join(directory, name)
    if not os.access(path, os.R_OK):
        print(f"no audit log: {path} cannot be read", file=sys.stderr)
        sys.exit(1 if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else SKIPPED)
    return path


class AuditScenarios:
    def verify(self, *arguments):
        done = self.replay("verify", "--json", "--audit-log", self.audit_log, *arguments)
        return [entry for entry in json.loads(done.stdout)]

    def wait_for_event(self, text):
        def logged():
            with open(self.audit_log, encoding="utf-8", errors="replace") as file:
                return any(text in line for line in file)
        harness.wait_for(f"{text} in the audit log", logged, 20)

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


class Modern(AuditScenarios, ClusterCase):
    audit_log = _log("audit-modern.log")


class Legacy(AuditScenarios, LegacyCase):
    audit_log = _log("audit.log")


if __name__ == "__main__":
    main()
