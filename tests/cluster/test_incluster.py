"""In a pod without a kubeconfig: its service account, where client-go looks for it. The real cluster's API server, a
token of bob's, and a mount namespace of our own that has the files of a pod."""

import base64
import os

from access_case import AccessCase  # it also says where the rest is
from cluster import main
import castfile
import private_mounts

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class InCluster(AccessCase):
    context = None
    namespace = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        private_mounts.enter()
        private_mounts.small_disk(os.path.realpath("/var/run"), "4m")

    def setUp(self):
        super().setUp()
        os.makedirs(ACCOUNT, exist_ok=True)
        self.account("token", self.bob_token)
        self.account("ca.crt", base64.b64decode(self.cluster_stanza["certificate-authority-data"]).decode())
        self.account("namespace", "dev")
        del self.scratch.env["KUBECONFIG"]
        self.scratch.env.update(KUBERNETES_SERVICE_HOST=self.host, KUBERNETES_SERVICE_PORT=str(self.port))

    def account(self, name, text):
        with open(os.path.join(ACCOUNT, name), "w", encoding="ascii") as file:
            file.write(text)

    def argv(self, *arguments, pod=None, program=None, context=None):
        argv = super().argv(*arguments, pod=pod, context="none", **({"program": program} if program else {}))
        at = argv.index("--context")
        return argv[:at] + argv[at + 2:]

    def test_the_service_account(self):
        self.assert_works()
        self.assert_same()
        header, _ = castfile.read(self.scratch.recordings()[0])
        self.assertEqual(header["session"]["namespace"], "dev")

    def test_namespaces(self):
        for variables, file, flags in (({}, "default", []), ({"POD_NAMESPACE": "default"}, "dev", []),
                                       ({"POD_NAMESPACE": "default"}, "dev", ["-n", "dev"]), ({}, "", []),
                                       ({}, " dev\n", [])):
            with self.subTest(variables=variables, file=file, flags=flags):
                self.scratch.env.update(variables)
                self.account("namespace", file)
                self.assert_same(*flags)
                self.scratch.env.pop("POD_NAMESPACE", None)

    def test_its_namespace_counts_beside_a_kubeconfig_that_names_none(self):
        self.config({"token": self.bob_token})
        self.assert_works()
        self.assert_same()

    def test_a_kubeconfig_or_a_flag_beats_it(self):
        self.account("token", "wrong")
        self.config({"token": self.bob_token})
        self.assert_works()
        del self.scratch.env["KUBECONFIG"]
        done = self.exec("--token", self.bob_token, "--", "true")  # kubectl goes to localhost:8080
        self.assert_one_line(done, 1, "no cluster to talk to", "--server")

    def test_without_one_of_its_signs_there_is_no_cluster(self):
        for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
            with self.subTest(name=name):
                value = self.scratch.env.pop(name)
                self.assert_one_line(self.exec("--", "true"), 1, "no cluster to talk to")
                self.scratch.env[name] = value
        os.remove(os.path.join(ACCOUNT, "token"))
        self.assert_one_line(self.exec("--", "true"), 1, "no cluster to talk to")

    def test_no_authority(self):
        os.remove(os.path.join(ACCOUNT, "ca.crt"))
        self.assertIn("certificate signed by unknown authority", self.assert_same())

    def test_a_context_that_names_nothing_but_a_namespace(self):
        self.scratch.env["KUBECONFIG"] = self.write(
            "config", "contexts: [{name: c, context: {namespace: dev}}]\ncurrent-context: c\n")
        self.account("namespace", "default")
        self.assert_works()
        self.assert_same()

    def test_kubernetes_master_is_a_default_too(self):
        self.scratch.env["KUBERNETES_MASTER"] = "http://127.0.0.1:1"
        self.assert_same()


if __name__ == "__main__":
    main()
