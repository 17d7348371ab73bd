"""cmake --install into a scratch directory, and the real kubectl finding both programs on PATH."""

import os
import shutil
import subprocess
import tempfile

from cluster import ClusterCase, main
import harness


class Install(ClusterCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="secure-exec-install-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["cmake", "--install", os.path.dirname(harness.BIN), "--prefix", cls.prefix], check=True,
                       stdout=subprocess.DEVNULL)
        cls.bin = os.path.join(cls.prefix, "bin")

    def kubectl_plugin(self, *arguments):
        path = self.bin + ":" + self.scratch.env["PATH"]
        return harness.run([harness.find_kubectl(), *arguments], env=dict(self.scratch.env, PATH=path))

    def test_what_is_installed(self):
        self.assertEqual(sorted(os.listdir(self.bin)),
                         ["kubectl-secure-exec", "kubectl-secure-replay", "kubectl-secure_exec", "kubectl-secure_replay",
                          "kubectl_complete-secure_exec", "kubectl_complete-secure_replay"])
        for name in ("exec", "replay"):
            self.assertEqual(os.readlink(os.path.join(self.bin, f"kubectl-secure-{name}")), f"kubectl-secure_{name}")

    def test_what_the_shells_find(self):
        share = os.path.join(self.prefix, "share")
        for path in ("bash-completion/completions/kubectl-secure_exec", "bash-completion/completions/kubectl-secure-replay",
                     "zsh/vendor-completions/_kubectl-secure_exec", "fish/vendor_completions.d/kubectl-secure-exec.fish"):
            with open(os.path.join(share, path), encoding="utf-8") as file:
                self.assertNotRegex(file.read(), "@[A-Z]+@")
        asked = self.kubectl_plugin("__complete", "secure-exec", "--leash", "")
        self.assertEqual(asked.text, "hangup\nkill\noff\n:36\n")

    def test_kubectl_finds_them(self):
        done = self.kubectl_plugin("secure-exec", "--context", "modern", "shell", "--", "sh", "-c", "echo found; exit 9")
        self.assertEqual((done.code, done.text), (9, "found\n"))
        done = self.kubectl_plugin("secure-replay", "cat", "last")
        self.assertEqual((done.code, done.text), (0, "found\n"))

    def test_kubectl_lists_them(self):
        listed = self.kubectl_plugin("plugin", "list")
        for name in ("kubectl-secure_exec", "kubectl-secure_replay"):
            self.assertIn(os.path.join(self.bin, name), listed.text)


if __name__ == "__main__":
    main()
