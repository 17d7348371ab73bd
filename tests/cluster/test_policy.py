"""The policy on the real cluster: groups that the API server knows, and the reason in its own audit log. As root, in a
mount namespace; the audit logs are found as test_verify.py says."""

import json
import os
import sys
import urllib.parse

from cluster import SKIPPED, ClusterCase, main
import harness
import policy_case
from policy_case import POLICY, PolicyCase, rule

DENY_OTHERS = {"name": "others", "deny": "not in the group"}


def setUpModule():
    policy_case.enter()


def _logs():
    """Of both servers: where one stands in front of the other, SPDY is in the other's."""
    directory = os.environ.get("SECURE_EXEC_TEST_AUDIT_LOGS") or os.path.join(
        os.path.dirname(ClusterCase.kubeconfig), "log")
    paths = [os.path.join(directory, name) for name in ("audit-modern.log", "audit.log")]
    for path in paths:
        if not os.access(path, os.R_OK):
            print(f"no audit log: {path} cannot be read", file=sys.stderr)
            sys.exit(1 if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else SKIPPED)
    return paths


class Groups(PolicyCase, ClusterCase):
    """Alice is in dev, by her certificate; bob by his token; admin is in system:masters."""

    namespace = "dev"

    def rule_for(self, context, *flags):
        done = self.exec(*flags, "--", "true", context=context)
        if done.code == 121:
            self.assertIn('rule "others" refuses', done.errors)
            return "others"
        self.assertEqual((done.code, done.errors), (0, ""))
        return self.header()["policy"]["rule"]

    def identity_of(self, context, *flags):
        """The user and groups that the server tells of, as --explain has them."""
        done = harness.run([harness.PROGRAM, "--context", context, *flags, "--explain=json"], env=self.scratch.env)
        said = json.loads(done.stdout)
        return {fact["name"]: fact["value"] for fact in said["settings"]}["user of the cluster"], said["groups"]

    def test_by_certificate_and_by_token_as_the_server_tells(self):
        for context, member_of in (("alice@modern", "dev"), ("bob@modern", None), ("modern", "system:masters")):
            groups = self.identity_of(context)[1]
            self.assertIn("system:authenticated", groups)
            if member_of:
                self.assertIn(member_of, groups)
            for group in ("dev", "system:masters"):
                with self.subTest(context=context, group=group):
                    self.policy(rule({"idle_timeout": "9m"}, group=group), DENY_OTHERS)
                    self.assertEqual(self.rule_for(context), "the rule" if group in groups else "others")

    def test_the_certificate_tells_where_the_server_does_not(self):
        self.policy(rule({"idle_timeout": "9m"}, group="dev", cluster_user="alice"), DENY_OTHERS)
        self.assertEqual(self.rule_for("alice@legacy"), "the rule")
        self.assertEqual(self.rule_for("legacy"), "others")

    def test_whoever_one_acts_as(self):
        self.policy(rule({"idle_timeout": "9m"}, cluster_user="alice", group="dev"), DENY_OTHERS)
        acting = ("--as=alice", "--as-group=dev")
        self.assertEqual(self.rule_for("legacy", *acting), "the rule")
        self.assertEqual(self.rule_for("legacy"), "others")
        # What the server says counts, and not what was asked for.
        user, groups = self.identity_of("modern", *acting)
        self.assertEqual(self.rule_for("modern", *acting),
                         "the rule" if user == "alice" and "dev" in groups else "others")

    def test_renaming_a_stanza_does_not_leave_a_rule_that_goes_by_the_servers_word(self):
        self.policy({"name": "others", "match": {"cluster_user": "alice"}, "deny": "not alice"}, rule({"leash": "off"}))
        view = harness.run([harness.find_kubectl(), "--kubeconfig", self.kubeconfig, "--context", "alice@modern", "config",
                            "view", "--raw", "--minify", "--flatten", "-o", "json"])
        config = json.loads(view.stdout)
        config["users"][0]["name"] = config["contexts"][0]["context"]["user"] = "somebody"
        config["contexts"][0]["name"] = config["current-context"] = "elsewhere"
        self.scratch.env["KUBECONFIG"] = os.path.join(self.scratch.path, "renamed")
        with open(self.scratch.env["KUBECONFIG"], "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.assertEqual(self.rule_for("elsewhere"), "others")


class Log(PolicyCase, ClusterCase):
    def events_with(self, text):
        """The audit logs' events of execs whose line has `text`; waits for one."""
        def found():
            events = []
            for path in _logs():
                lines = harness.whole_lines(path, "replace")
                events += [json.loads(line) for line in lines if text in line and "/exec" in line]
            return events
        return harness.wait_for(f"{text} in an audit log", found, 20)

    def verify(self, recording):
        logs = [argument for path in _logs() for argument in ("--audit-log", path)]
        return json.loads(self.replay("verify", "--json", *logs, recording).stdout)

    def test_the_reason_is_in_the_api_servers_own_log(self):
        self.policy(rule({"reason": "required", "reason_pattern": "^OPS-[0-9]+"}))
        for context, protocol in (("modern", "v5"), ("modern", "spdy"), ("legacy", "v4"), ("legacy", "spdy")):
            with self.subTest(context=context, protocol=protocol):
                reason = f"OPS-1 disk full, {os.getpid()} {context} {protocol}: caf\u00e9 50%"
                refused = self.exec("--reason=none", "--protocol", protocol, "--", "true", context=context)
                self.assertEqual(refused.code, 121, refused.errors)
                done = self.exec(f"--reason={reason}", "--protocol", protocol, "--", "true", context=context)
                self.assertEqual((done.code, done.errors), (0, ""))
                recording = self.scratch.recording()
                identity = os.path.basename(recording).split(".")[0]
                agents = {event["userAgent"] for event in self.events_with(identity)}
                self.assertEqual(len(agents), 1, agents)
                self.assertEqual(urllib.parse.unquote(agents.pop().split(" reason=")[1]), reason)
                # The log still vouches for the recording.
                [ours] = [entry for entry in self.verify(recording) if entry.get("path")]
                self.assertEqual(ours["verdict"], "trusted", ours)
                self.assertEqual(self.header()["reason"], reason)

    def test_an_unrecorded_session_is_an_exec_without_a_recording(self):
        self.policy(rule({"record": "optional"}))
        self.assertEqual(self.exec("--", "true").code, 0)
        mark = f"unrecorded-{os.getpid()}"
        done = self.exec("--no-record", f"--reason={mark}", "--", "echo", "seen")
        self.assertEqual((done.code, done.stdout), (0, b"seen\n"))
        self.assertIn(f'as rule "the rule" of {POLICY} allows', done.errors)
        self.events_with(mark)
        agents = [entry["event"]["user_agent"] for entry in self.verify(self.scratch.recording())
                  if entry["verdict"] == "not-recorded"]
        self.assertEqual(sum(f"unrecorded reason={mark}" in agent for agent in agents), 1)


if __name__ == "__main__":
    main()
