"""As whom we ask: what the server is told about it, on the REST request and on the stream alike."""

import base64
import os

from fake_server import FakeCase
from harness import main


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


if __name__ == "__main__":
    main()
