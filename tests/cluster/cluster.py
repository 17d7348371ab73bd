"""The real cluster that these tests run on: SECURE_EXEC_TEST_KUBECONFIG, a kubeconfig with the contexts
`modern` (speaks v5.channel.k8s.io) and `legacy` (v4), each with the pods of ../shared/cluster; or
that cluster itself, where ../shared/cluster/up exists beside the repository (it is started)."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def _kubeconfig():
    path = os.environ.get("SECURE_EXEC_TEST_KUBECONFIG")
    if path:
        return path
    up = os.path.join(harness.REPOSITORY, "..", "shared", "cluster", "up")
    if os.access(up, os.X_OK):
        path = subprocess.run([up], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
        os.environ["SECURE_EXEC_TEST_KUBECONFIG"] = path
        return path
    print("no cluster: set SECURE_EXEC_TEST_KUBECONFIG to a kubeconfig with contexts modern and legacy",
          file=sys.stderr)
    sys.exit(1 if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else SKIPPED)


class ClusterCase(harness.Case):
    kubeconfig = _kubeconfig()
    context = "modern"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.end_what_was_left)

    @classmethod
    def end_what_was_left(cls):
        script = f'for p in /proc/[0-9]*; do grep -qs {cls.mark} $p/environ && kill -9 ${{p#/proc/}}; done; :'
        cls.admin("exec", "shell", "--", "sh", "-c", script)

    @staticmethod
    def admin(*arguments, stdin=b"", context="modern"):
        """What kubectl prints, as who may do everything."""
        done = harness.run([harness.find_kubectl(), "--kubeconfig", ClusterCase.kubeconfig, "--context", context,
                            *arguments], stdin=stdin, env=dict(os.environ))
        if done.code != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.errors}")
        return done.text

    @classmethod
    def like_shell(cls):
        """What a pod's spec and a container's need to run where pod `shell` does."""
        shell = json.loads(cls.admin("get", "pod", "shell", "-n", "default", "-o", "json"))["spec"]
        return ({key: shell[key] for key in ("nodeName", "hostNetwork", "enableServiceLinks") if key in shell},
                {key: shell["containers"][0][key] for key in ("name", "image", "imagePullPolicy")})

    def server(self):
        return harness.server_of(self.kubeconfig, self.context)


class LegacyCase(ClusterCase):
    context = "legacy"


class SpdyCase(ClusterCase):
    protocol = "spdy"


class LegacySpdyCase(LegacyCase):
    protocol = "spdy"


main = harness.main
