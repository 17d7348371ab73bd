"""Commands without a terminal, against the fake API server."""

import hashlib
import os
import re

import castfile
from exec_scenarios import ExecScenarios, HalfCloseScenarios, OldServerScenarios
from fake_server import FakeCase, FakeSpdyCase, FakeV4Case
from harness import main


def lower(headers):
    return {name.lower(): value for name, value in headers}


class V5(ExecScenarios, HalfCloseScenarios, FakeCase):
    def test_request_names_the_recording(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        with open(self.scratch.recording(), "rb") as file:
            data = file.read()
        genesis = castfile.body(data, castfile.frames(data)[1])
        requests = [one for one in self.fake.requests() if "/exec?" in one.get("target", "")]
        headers = lower(requests[-1]["headers"])
        identity = os.path.basename(self.scratch.recording()).split(".")[0]
        self.assertEqual(headers["audit-id"], identity)
        self.assertEqual(re.search(r"id=(\S+) b0=([0-9a-f]+)", headers["user-agent"]).groups(),
                         (identity, hashlib.sha256(genesis["raw"]).hexdigest()))
        self.assertEqual(headers["sec-websocket-protocol"], "v5.channel.k8s.io, v4.channel.k8s.io")

    def test_client_certificate(self):
        self.namespace = "dev"
        done = self.exec("--", "echo", "hi", context="fake-cert")
        self.assertEqual((done.code, done.text), (0, "hi\n"), done.errors)

    def test_server_behind_a_path(self):
        done = self.exec("--", "echo", "hi", context="fake-prefix")
        self.assertEqual((done.code, done.text), (0, "hi\n"), done.errors)


class V4(ExecScenarios, HalfCloseScenarios, OldServerScenarios, FakeV4Case):
    """Its stdin goes over SPDY."""

    def test_a_piped_stdin_where_there_is_no_spdy_either(self):
        done = self.exec("-i", "--", "cat", stdin=b"hi\n", pod="x-no-spdy")
        theirs = "error: unable to upgrade connection: no protocol that this server speaks: WebSocket with GET"
        self.assert_kubectls_line_and_ours(done, 1, theirs, "input", "v5.channel.k8s.io", "-it", "SPDY")
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events)[:2], ["1", "client"])


class Spdy(ExecScenarios, HalfCloseScenarios, FakeSpdyCase):
    pass


class Verbs(FakeCase):
    """Who may only get pods/exec, or only create it."""

    def forbidden(self, user, verb):
        return (f'error: unable to upgrade connection: pods "shell" is forbidden: User "{user}" cannot {verb} resource '
                '"pods/exec" in API group "" in the namespace "default"')

    def test_create_alone_goes_over_spdy(self):
        done = self.exec("-i", "--", "cat", context="fake-create", stdin=b"hi\n")
        self.assertEqual((done.code, done.stdout, done.errors), (0, b"hi\n", ""))
        identity = os.path.basename(self.scratch.recording()).split(".")[0]
        requests = [lower(one["headers"]) for one in self.fake.requests() if f"id={identity} " in str(one.get("headers"))]
        self.assertEqual([(one["upgrade"], one["audit-id"]) for one in requests],
                         [("websocket", identity), ("SPDY/3.1", identity + ".spdy")])

    def test_create_alone_over_websocket(self):
        self.assert_kubectls_line_and_ours(self.exec("--protocol", "v5", "--", "true", context="fake-create"), 1,
                                           self.forbidden("creator", "get"), "the verb get on", "docs/rbac.md")

    def test_get_alone(self):
        done = self.exec("--", "echo", "hi", context="fake-get")
        self.assertEqual((done.code, done.text), (0, "hi\n"), done.errors)
        self.assert_kubectls_line_and_ours(self.exec("--protocol", "spdy", "--", "true", context="fake-get"), 1,
                                           self.forbidden("getter", "create"), "the verb create on", "docs/rbac.md")

    def test_neither(self):
        self.assert_kubectls_line_and_ours(self.exec("--", "true", context="fake-look"), 1,
                                           self.forbidden("looker", "create"), "the verbs get and create on",
                                           "docs/rbac.md")


if __name__ == "__main__":
    main()
