"""As whom we ask: what the server is told about it, on the REST request and on the stream alike."""

import base64
import json
import os

from fake_server import FakeCase
from harness import main

V1 = "client.authentication.k8s.io/v1"
PREFIX = "Unable to connect to the server: getting credentials: "


class Credentials(FakeCase):
    def config(self, user):
        """The fake server's kubeconfig with one more context, "mine", whose user is `user` (YAML, one line)."""
        with open(self.kubeconfig, encoding="ascii") as file:
            text = file.read()
        text = text.replace("users:\n", f"users:\n- name: mine\n  user: {user}\n", 1)
        text += "- name: mine\n  context: {cluster: fake, user: mine}\n"
        path = os.path.join(self.scratch.path, "config")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.scratch.env["KUBECONFIG"] = path
        return path

    def headers_of(self, *arguments, context="mine"):
        """The headers of the requests that this command line makes, names in lower case."""
        before = len(self.fake.requests())
        self.exec(*arguments, "--", "true", context=context)
        return [{name.lower(): value for name, value in request["headers"]}
                for request in self.fake.requests()[before:] if request["event"] == "request"]

    def test_impersonation_is_on_both_requests(self):
        seen = self.headers_of("--as", "bob", "--as-uid", "77", "--as-user-extra", "acme.com/x=yy", context="fake")
        self.assertEqual(len(seen), 2)
        for headers in seen:
            self.assertEqual(headers["impersonate-user"], "bob")
            self.assertEqual(headers["impersonate-uid"], "77")
            self.assertEqual(headers["impersonate-extra-acme.com%2fx"], "yy")

    def test_basic_auth(self):
        self.config("{username: ann, password: 'p:w'}")
        seen = self.headers_of()
        self.assertTrue(seen)
        for headers in seen:
            self.assertEqual(headers["authorization"], "Basic " + base64.b64encode(b"ann:p:w").decode())

    def plugin(self, script, **fields):
        """A user whose plugin is this sh script."""
        path = os.path.join(self.scratch.path, "plugin")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, 0o700)
        stanza = {"apiVersion": V1, "command": "./plugin", "interactiveMode": "Never", **fields}
        return self.config(json.dumps({"exec": stanza}))

    def credential(self, status, version=V1):
        return "echo '" + json.dumps({"kind": "ExecCredential", "apiVersion": version, **status}) + "'"

    def errors(self):
        return self.exec("--", "true", context="mine").errors.rstrip("\n").replace(self.scratch.path, "D")

    def test_plugin_token(self):
        self.plugin('echo "$KUBERNETES_EXEC_INFO" >&2; ' + self.credential({"status": {"token": "admin-token"}}))
        done = self.exec("--", "echo", "in", context="mine")
        self.assertEqual((done.code, done.text), (0, "in\n"), done.errors)
        self.assertEqual(done.errors, f'{{"kind":"ExecCredential","apiVersion":"{V1}","spec":{{"interactive":false}}}}\n\n')

    def test_plugin_runs_once_more_after_a_401(self):
        first = self.credential({"status": {"token": "withdrawn"}})
        second = self.credential({"status": {"token": "admin-token"}})
        self.plugin(f'if [ -e "$0.ran" ]; then {second}; else : >"$0.ran"; {first}; fi')
        done = self.exec("--", "echo", "in", context="mine")
        self.assertEqual((done.code, done.text), (0, "in\n"), done.errors)

    def test_plugin_problems(self):
        pair = f"exec plugin is configured to use API version {V1}, plugin returned version {V1}beta1"
        for script, text in (
                ("exit 5", "exec: executable D/plugin failed with exit code 5"),
                (self.credential({}, V1 + "beta1"), pair),
                (self.credential({}), "exec plugin didn't return a status field"),
                (self.credential({"status": {}}), "exec plugin didn't return a token or cert/key pair"),
                (self.credential({"status": {"clientKeyData": "k"}}),
                 "exec plugin returned only certificate or key, not both"),
                ("echo s3cret", "decoding stdout: couldn't get version/kind; json parse error: not a JSON object"),
                ("cat /dev/zero", "exec: executable D/plugin printed more than 1024 KiB")):
            with self.subTest(script=script):
                self.plugin(script)
                self.assertEqual(self.errors(), PREFIX + text)

    def test_plugin_that_is_not_there(self):
        self.plugin("", command="no-such-plugin", installHint="get it")
        self.assertTrue(self.errors().startswith(PREFIX + "exec: executable no-such-plugin not found\n\nIt looks"))
        self.assertTrue(self.errors().endswith("\n\nget it"))

    def test_plugin_that_must_ask(self):
        self.plugin("", interactiveMode="Always")
        self.assertEqual(self.errors(), PREFIX + "exec plugin cannot support interactive mode: standard input is not a "
                                                 "terminal")

    def test_plugin_policy_is_not_passed_over(self):
        self.plugin(": >\"$0.ran\"")
        os.mkdir(os.path.join(self.scratch.path, ".kube"))
        with open(os.path.join(self.scratch.path, ".kube", "kuberc"), "w", encoding="utf-8") as file:
            file.write("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n")
        self.assertEqual(self.errors(), PREFIX + 'plugin "D/plugin" not allowed: policy set to "DenyAll"')
        self.assertFalse(os.path.exists(os.path.join(self.scratch.path, "plugin.ran")))


if __name__ == "__main__":
    main()
