"""Audit events on a real cluster, and joined with the API server's own audit log by the recording's id."""

import json

from audit_log import AuditLog, audit_log_path
from cluster import ClusterCase, LegacyCase, main

import audit_events
import harness
import rsyslog
from audit_events import action, at
from audit_scenarios import AuditScenarios


class Joined(AuditLog):
    def logged(self, text):
        """The API server's exec events that hold the text."""
        self.wait_for_event(text)
        events = [json.loads(line) for line in harness.whole_lines(self.audit_log, "replace") if text in line]
        return [event for event in events if "/exec?" in event["requestURI"]]

    def test_an_event_and_the_servers_say_the_same(self):
        self.assertEqual(self.audited("--", "sh", "-c", "exit 4").code, 4)
        start, end = self.events()
        recording = at(start, "secure_exec.recording.id")
        theirs = [event for event in self.logged(recording) if event["auditID"] == recording]
        self.assertTrue(theirs)
        for event in theirs:
            self.assertIn(f"b0={at(end, 'secure_exec.recording.b0')}", event["userAgent"])
            self.assertEqual(event["user"]["username"], "admin")
            self.assertEqual(at(start, "secure_exec.user.certificate"), "O=system:masters,CN=admin")
            self.assertIn(f"/namespaces/{at(start, 'orchestrator.namespace')}/pods/"
                          f"{at(start, 'orchestrator.resource.name')}/exec?", event["requestURI"])
            # By one machine's clock here.
            self.assertLess(at(start, "@timestamp"), event["requestReceivedTimestamp"])

    def test_the_anchored_seal_is_the_events(self):
        self.assertEqual(self.audited("--anchor", "--", "true").errors, "")
        seal = f"seal={at(self.events()[-1], 'secure_exec.recording.seal')}"
        # What is no stream is logged by the server behind both contexts.
        with open(audit_log_path("audit.log"), encoding="utf-8", errors="replace") as log:
            harness.wait_for(seal, lambda: any(seal in line for line in log), 20)

    def test_who_may_not(self):
        done = self.audited("-n", "default", "--", "true", context=self.other)
        self.assertEqual(done.code, 1, done.errors)
        event = self.events()[-1]
        self.assertEqual(action(event), "denied")
        self.assertIn("forbidden", at(event, "error.message"))

    def test_required_over_every_transport(self):
        server = rsyslog.Rsyslog()
        self.addCleanup(server.remove)
        for address in (server.unix, server.stream, server.tcp):
            done = self.audited("--audit-required", "--audit-syslog", address, "--", "true")
            self.assertEqual((done.code, done.errors), (0, ""))
        server.stop()
        with open(server.output, encoding="utf-8") as file:
            told = [audit_events.parse(json.loads(line)["message"].strip()) for line in file]
        self.assertEqual([event["event"]["id"] for event in told], [event["event"]["id"] for event in self.events()])


class Modern(Joined, AuditScenarios, ClusterCase):
    audit_log = audit_log_path("audit-modern.log")
    other = "mallory@modern"
    huge = 100_000


class Legacy(Joined, AuditScenarios, LegacyCase):
    audit_log = audit_log_path("audit.log")
    other = "alice@legacy"
    huge = 100_000

    def test_impersonation_is_in_both(self):
        self.audited("--as", "alice", "--as-group", "dev", "-n", "dev", "--", "true")
        start = self.events()[0]
        recording = at(start, "secure_exec.recording.id")
        [theirs, *_] = [event for event in self.logged(recording) if event["auditID"] == recording]
        self.assertEqual(theirs["impersonatedUser"]["username"], at(start, "user.effective.name"))
        self.assertEqual(set(at(start, "user.effective.group.name")) - set(theirs["impersonatedUser"]["groups"]), set())


if __name__ == "__main__":
    main()
