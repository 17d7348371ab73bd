"""Refused before the command starts: kubectl's own line, then ours. Who lacks which verb on the real cluster;
what odd servers answer, by the fake one and the kubectl that belongs to the cluster."""

import json
import os
import tempfile

from cluster import ClusterCase, main  # it also says where the rest is
import castfile
from fake_server import FakeCase

NAME = f"secure-exec-test-{os.getpid()}"
VERBS = {"get": ["get"], "create": ["create"], "both": ["get", "create"], "neither": []}


def objects():
    for user, verbs in VERBS.items():
        where = {"name": f"{NAME}-{user}", "namespace": "dev"}
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
        if verbs:
            rules.append({"apiGroups": [""], "resources": ["pods/exec"], "verbs": verbs})
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": where}
        yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": where, "rules": rules}
        yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": where,
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": where["name"]},
               "subjects": [{"kind": "ServiceAccount", **where}]}


class Verbs(ClusterCase):
    """`modern` asks for get and create on WebSocket, as Kubernetes 1.35 does; `legacy` for get."""

    namespace = "dev"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects())}).encode()
        cls.admin("apply", "-f", "-", stdin=listed)
        cls.addClassCleanup(cls.admin, "delete", "--wait=false", "-f", "-", stdin=listed)
        config = json.loads(cls.admin("config", "view", "--raw", "-o", "json"))
        config["contexts"] = [
            {"name": f"{user}@{one['name']}", "context": {"cluster": one["context"]["cluster"], "user": user}}
            for one in config["contexts"] if one["name"] in ("modern", "legacy") for user in VERBS]
        config["users"] = [
            {"name": user, "user": {"token": cls.admin("create", "token", "-n", "dev", f"{NAME}-{user}").strip()}}
            for user in VERBS]
        with tempfile.NamedTemporaryFile("w", suffix=".kubeconfig", encoding="utf-8", delete=False) as file:
            json.dump(config, file)
        cls.addClassCleanup(os.remove, file.name)
        cls.kubeconfig = file.name
        cls.addClassCleanup(setattr, cls, "kubeconfig", ClusterCase.kubeconfig)

    def expect(self, context, *flags, missing=None):
        """What the user of `context` meets: the command's output, or the `missing` words behind kubectl's line."""
        self.context = context
        command = (*flags, "--", "sh", "-c", "echo runs; cat")
        ours = self.exec(*command, stdin=b"hi\n")
        if missing is None:
            self.assertEqual((ours.code, ours.errors), (0, ""))
            self.assertEqual(ours.text, "runs\nhi\n" if "-i" in flags else "runs\n")
            return
        theirs = self.kubectl(*command, stdin=b"hi\n")
        self.assertEqual((theirs.code, theirs.errors.count("\n")), (1, 1), theirs.errors)
        self.assertIn("is forbidden", theirs.errors)
        self.assert_kubectls_line_and_ours(ours, 1, theirs.errors.rstrip("\n"), missing, "docs/rbac.md")
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["1", "client", "refused"])

    def test_both(self):
        for context in ("both@modern", "both@legacy"):
            for flags in ((), ("-i",)):
                with self.subTest(context=context, flags=flags):
                    self.expect(context, *flags)

    def test_create_alone(self):
        for context in ("create@modern", "create@legacy"):
            for flags in ((), ("-i",)):
                with self.subTest(context=context, flags=flags):
                    self.expect(context, *flags)

    def test_get_alone(self):
        self.expect("get@legacy")  # where kubectl, which offers no v4, is refused
        self.expect("get@legacy", "-i", missing="the verb create on")
        self.expect("get@modern", missing="the verb create on")
        self.expect("get@modern", "-i", missing="the verb create on")

    def test_neither(self):
        for context in ("neither@modern", "neither@legacy"):
            for flags in ((), ("-i",)):
                with self.subTest(context=context, flags=flags):
                    self.expect(context, *flags, missing="the verbs get and create on")


class LikeKubectl(FakeCase):
    def test_the_first_line_is_kubectls(self):
        for pod in ("x-http-502", "x-http-404", "x-http-400", "x-http-401", "x-http-403", "x-http-200", "x-http-500",
                    "x-http-cut", "x-http-empty", "x-http-chunked", "x-http-forbidden"):
            with self.subTest(pod=pod):
                theirs = self.kubectl("--", "true", pod=pod)
                ours = self.exec("--", "true", pod=pod)
                self.assertEqual(ours.code, theirs.code)
                self.assertEqual(ours.errors.split("\n")[0] + "\n", theirs.errors)


if __name__ == "__main__":
    main()
