"""Audit events, whoever the server is. Mixed into a Case that says where."""

import json
import os
import socket

import audit_events
import castfile
from audit_events import action, at


class AuditScenarios:
    huge = 40_000  # a command's bytes: as long as the server takes

    def setUp(self):
        super().setUp()
        self.audit = os.path.join(self.scratch.path, "audit.json")

    def events(self):
        return audit_events.read(self.audit) if os.path.exists(self.audit) else []

    def audited(self, *arguments, **keywords):
        return self.exec("--audit-file", self.audit, *arguments, **keywords)

    def verified(self):
        [entry] = json.loads(self.replay("verify", "--json", self.scratch.recording()).stdout)
        return entry

    def test_a_session_from_start_to_end(self):
        done = self.audited("-i", "--reason", "INC-42 look", "--", "sh", "-c", "cat; echo no >&2; exit 7",
                            stdin=b"four")
        self.assertEqual(done.code, 7, done.errors)
        start, end = self.events()
        self.assertEqual([action(start), action(end)], ["started", "ended"])
        self.assertEqual([start["event"]["sequence"], end["event"]["sequence"]], [1, 2])
        session = castfile.read(self.scratch.recording())[0]["session"]
        verified = self.verified()
        for event in (start, end):
            self.assertEqual(at(event, "user.name"), session["user"]["local"])
            self.assertEqual(at(event, "host.name"), socket.gethostname())
            self.assertEqual(at(event, "secure_exec.context"), self.context)
            self.assertEqual(at(event, "orchestrator.cluster.url"), session["server"])
            self.assertEqual(at(event, "orchestrator.namespace"), session["namespace"])
            self.assertEqual(at(event, "orchestrator.resource"),
                             {"type": "pod", "name": self.pod, "id": session["pod_uid"]})
            self.assertEqual(at(event, "container.name"), session["container"])
            self.assertEqual(at(event, "container.runtime") + "://" + at(event, "container.id"),
                             session["container_id"])
            self.assertEqual(at(event, "container.image.name"), session["image"])
            self.assertEqual(at(event, "process.args"), session["command"])
            self.assertEqual(at(event, "process.command_line"), "sh -c cat; echo no >&2; exit 7")
            self.assertEqual(at(event, "event.reason"), "INC-42 look")
            self.assertEqual(at(event, "secure_exec.recording.id"), session["id"])
            self.assertEqual(at(event, "secure_exec.recording.path"), self.scratch.recording())
            self.assertEqual(at(event, "secure_exec.recording.b0"), verified["b0"])
        self.assertEqual(at(start, "event.outcome"), "unknown")
        self.assertIsNone(at(start, "secure_exec.exit"))
        self.assertEqual(at(end, "event.outcome"), "success")
        self.assertEqual(at(end, "process.exit_code"), 7)
        self.assertEqual(at(end, "secure_exec.exit"), {"code": 7, "origin": "remote", "kind": "exit"})
        self.assertEqual(at(end, "secure_exec.bytes"), {"stdin": 4, "stdout": 4, "stderr": 3})
        self.assertEqual(at(end, "secure_exec.recording.seal"), verified["seal"])
        self.assertGreater(at(end, "event.duration"), 0)
        self.assertIn("channel.k8s.io", at(end, "secure_exec.protocol"))

    def test_a_session_that_is_refused(self):
        self.assertEqual(self.audited("--", "true", pod="no-such-pod").code, 1)
        [event] = self.events()
        self.assertEqual(action(event), "denied")
        self.assertEqual(at(event, "event.type"), ["denied"])
        self.assertEqual(at(event, "error.code"), "refused")
        self.assertEqual(at(event, "error.message"), 'Error from server (NotFound): pods "no-such-pod" not found')
        self.assertEqual(at(event, "orchestrator.resource"), {"type": "pod", "name": "no-such-pod"})
        self.assertEqual(at(event, "secure_exec.context"), self.context)
        self.assertEqual(self.scratch.recordings(), [])

    def test_a_command_that_is_not_there(self):
        self.assertNotEqual(self.audited("--", "/no/such/program").code, 0)
        events = self.events()
        self.assertEqual(action(events[0]), "started")
        self.assertIn(action(events[-1]), ("ended", "denied"))
        self.assertEqual(at(events[-1], "event.outcome"), "failure")
        self.assertIn("/no/such/program", at(events[-1], "error.message"))

    def test_a_notice(self):
        # Its user may still be typing when the command ends.
        reader, writer = os.pipe()
        with os.fdopen(reader) as stdin, os.fdopen(writer, "w") as typing:
            typing.write("line\n")
            typing.flush()
            self.assertEqual(self.audited("-i", "--", "sh", "-c", "read line", stdin=stdin).code, 0)
        events = self.events()
        self.assertEqual([action(event) for event in events], ["started", "notice", "ended"])
        self.assertEqual(at(events[1], "secure_exec.notice"), "stdin-not-sent")
        self.assertEqual(at(events[1], "message"),
                         "the command ended while stdin was still open: 5 bytes were sent")
        self.assertEqual([event["event"]["sequence"] for event in events], [1, 2, 3])

    def test_impersonation(self):
        self.audited("--as", "bob", "--as-uid", "77", "--as-group", "ops", "--as-group", "dev", "--", "true")
        event = self.events()[-1]
        self.assertEqual(at(event, "user.effective"), {"name": "bob", "id": "77", "group": {"name": ["ops", "dev"]}})
        self.assertIn("bob", at(event, "related.user"))
        self.assertNotEqual(at(event, "user.name"), "bob")

    def test_a_huge_command(self):
        script = "true #" + "x" * self.huge
        self.assertEqual(self.audited("--", "sh", "-c", script).code, 0)
        cut = ["process.args"] + ["process.command_line"] * (self.huge > 60_000)
        for event in self.events():
            self.assertEqual(at(event, "secure_exec.truncated"), cut)
            self.assertEqual(at(event, "process.args_count"), 3)
            self.assertTrue(at(event, "process.command_line").startswith("sh -c true #xxx"))
            self.assertGreater(len(at(event, "process.command_line")), min(self.huge, 60_000))
        # The recording has it whole.
        self.assertEqual(castfile.read(self.scratch.recording())[0]["session"]["command"][2], script)

    def test_required_and_not_deliverable(self):
        """Nothing runs, and the recording that was begun says why."""
        # A directory is no file.
        status = os.path.join(self.scratch.path, "status")
        done = self.exec("--audit-required", "--audit-file", self.scratch.path, "--status-file", status, "--", "true")
        self.assert_one_line(done, 121, "the audit event cannot be delivered", self.scratch.path, "Is a directory")
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["121", "client", "policy"])
        with open(status, encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"origin": "client", "kind": "policy", "code": 121})

    def test_not_required_and_not_deliverable(self):
        done = self.exec("--audit-file", self.scratch.path, "--", "echo", "hi")
        self.assertEqual((done.code, done.text), (0, "hi\n"))
        self.assertEqual(done.errors, f"warning: an audit event was not delivered: {self.scratch.path}: "
                                      "Is a directory\n" * 2)
        _, events = castfile.read(self.scratch.recording())
        markers = [data for _, code, data in events if code == "m"]
        self.assertEqual(len([text for text in markers if "audit event was not delivered" in text]), 1, markers)
