"""A kubeconfig of the test's own for the real cluster, and kubectl run beside the plugin to compare."""

import base64
import json
import os
import re

from cluster import ClusterCase  # it also says where the rest is

V1 = "client.authentication.k8s.io/v1"
# kubectl's log lines, which repeat the error.
KLOG = re.compile(r"^[EWI]\d{4} \d\d:.*\n(?:\t.*\n)*(?: >\n)?", re.MULTILINE)
CREDENTIALS = "Unable to connect to the server: getting credentials: "


class AccessCase(ClusterCase):
    namespace = "dev"
    context = "own"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        whole = json.loads(cls.admin("config", "view", "--raw", "-o", "json"))
        users = {each["name"]: each["user"] for each in whole["users"]}
        contexts = {each["name"]: each["context"] for each in whole["contexts"]}
        clusters = {each["name"]: each["cluster"] for each in whole["clusters"]}
        cls.cluster_stanza = clusters[contexts["modern"]["cluster"]]
        cls.bob_token = users[contexts["bob@modern"]["user"]]["token"]
        cls.alice = users[contexts["alice@modern"]["user"]]
        cls.host, port = cls.cluster_stanza["server"].removeprefix("https://").rsplit(":", 1)
        cls.port = int(port)

    def setUp(self):
        super().setUp()
        for field, name in (("client-certificate-data", "alice.crt"), ("client-key-data", "alice.key")):
            self.write(name, base64.b64decode(self.alice[field]).decode())

    def path(self, name):
        return os.path.join(self.scratch.path, name)

    def write(self, name, text, mode=0o600):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def config(self, user, **cluster):
        """The context "own": the real cluster with these fields over its stanza (None: without), as `user`."""
        stanza = {**self.cluster_stanza, **{name.replace("_", "-"): value for name, value in cluster.items()}}
        stanza = {name: value for name, value in stanza.items() if value is not None}
        self.scratch.env["KUBECONFIG"] = self.write("config", json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "own",
            "clusters": [{"name": "cl", "cluster": stanza}], "users": [{"name": "us", "user": user}],
            "contexts": [{"name": "own", "context": {"cluster": "cl", "user": "us"}}]}))

    def plugin(self, script, **fields):
        """A user whose credential plugin is this sh script, in the kubeconfig's directory. It counts its runs."""
        self.write("plugin", f'#!/bin/sh\necho run >>"{self.path("runs")}"\n{script}\n', 0o700)
        return {"exec": {"apiVersion": V1, "command": "./plugin", "interactiveMode": "Never", **fields}}

    def runs(self):
        """How often the plugin ran since the last time this was asked."""
        if not os.path.exists(self.path("runs")):
            return 0
        with open(self.path("runs"), encoding="ascii") as file:
            count = len(file.readlines())
        os.remove(self.path("runs"))
        return count

    def credential(self, version=V1, **status):
        """sh that prints a credential with this status."""
        text = json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})
        return f"cat <<'END'\n{text}\nEND"

    def assert_works(self, *flags, **options):
        done = self.exec(*flags, "--", "echo", "in", **options)
        self.assertEqual((done.code, done.text, done.errors), (0, "in\n", ""))

    def assert_same(self, *flags, stdin=b""):
        """kubectl and the plugin end alike, with the same words; returns them, with "D" for the directory."""
        theirs = self.kubectl(*flags, "--", "echo", "in", stdin=stdin)
        ours = self.exec(*flags, "--", "echo", "in", stdin=stdin)
        self.assertEqual((ours.code, ours.text, ours.errors),
                         (theirs.code, theirs.text, KLOG.sub("", theirs.errors)))
        return ours.errors.rstrip("\n").replace(self.scratch.path, "D")
