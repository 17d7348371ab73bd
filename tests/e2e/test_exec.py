"""Commands without a terminal, against the fake API server."""

import hashlib
import os
import re

import castfile
from exec_scenarios import ExecScenarios, HalfCloseScenarios, NoHalfCloseScenarios
from fake_server import FakeCase, FakeV4Case
from harness import main


class V5(ExecScenarios, HalfCloseScenarios, FakeCase):
    def test_request_names_the_recording(self):
        self.assertEqual(self.exec("--", "true").code, 0)
        with open(self.scratch.recording(), "rb") as file:
            data = file.read()
        genesis = castfile.body(data, castfile.frames(data)[1])
        requests = [one for one in self.fake.requests() if "/exec?" in one.get("target", "")]
        headers = {name.lower(): value for name, value in requests[-1]["headers"]}
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


class V4(ExecScenarios, NoHalfCloseScenarios, FakeV4Case):
    test_quiet_says_nothing = None  # -i without a terminal is refused there


if __name__ == "__main__":
    main()
