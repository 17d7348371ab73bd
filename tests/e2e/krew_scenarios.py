"""The programs of this build, packed as a release has them and installed as krew does; the real kubectl then runs
them from there. Mixed into a Case."""

import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile

import harness

ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


class KrewScenarios:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.release = tempfile.mkdtemp(prefix="secure-exec-krew-")
        cls.addClassCleanup(shutil.rmtree, cls.release)
        sums = []
        for plugin, program in ("secure-exec", harness.PROGRAM), ("secure-replay", harness.REPLAY):
            version = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True)
            name = f"{plugin}_v{version.stdout.split()[-1]}_linux_{ARCH}.tar.gz"
            with tarfile.open(os.path.join(cls.release, name), "w:gz", compresslevel=1) as tar:
                tar.add(program, os.path.basename(program))
                tar.add(os.path.join(harness.REPOSITORY, "LICENSE"), "LICENSE")
            with open(os.path.join(cls.release, name), "rb") as file:
                sums.append(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")
        with open(os.path.join(cls.release, "SHA256SUMS"), "w", encoding="utf-8") as file:
            file.writelines(sums)
        subprocess.run([os.path.join(harness.REPOSITORY, "krew", "generate"), cls.release], check=True,
                       stdout=subprocess.DEVNULL)

    def check(self, *options):
        return harness.run([os.path.join(harness.REPOSITORY, "krew", "check"), "--all", "--kubectl",
                            harness.find_kubectl(), "--kubeconfig", self.kubeconfig, "--context", self.context,
                            *options, self.release], seconds=120)

    def test_kubectl_records_and_verifies_with_what_krew_installed(self):
        done = self.check("--pod", "shell")
        self.assertEqual((done.code, done.errors), (0, ""))
        self.assertIn(f"ran: linux/{ARCH}: kubectl plugin list; --version and --help of secure-exec, secure-replay; "
                      "a session in pod shell, its ls and verify\n", done.text)

    def test_a_session_that_fails_is_told(self):
        done = self.check("--pod", "nosuchpod")
        self.assertEqual((done.code, done.errors.count("\n")), (1, 1), done.errors)
        self.assertIn("pods \\\"nosuchpod\\\" not found", done.errors)
