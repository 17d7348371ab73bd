"""The programs for this machine in an empty root: no shared library, no /proc, /dev or /tmp, no accounts. The real
cluster by a name that only a name server knows. Needs root, for chroot and port 53 of a loopback address."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import release

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))
os.environ.setdefault("SECURE_EXEC_BIN", str(release.FOLDER))
import cluster  # noqa: E402
import harness  # noqa: E402
from dns_server import DnsServer  # noqa: E402

NAME = "api.release.test"
NAME_SERVER = f"127.53.{os.getpid() % 200}.53"


def read_all(server, messages):
    """What comes on its connections, each read to its end as a log server does."""
    with contextlib.suppress(OSError):  # it is closed
        while True:
            with server.accept()[0] as connection:
                while data := connection.recv(65536):
                    messages.append(data)


class Chroot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubeconfig = cluster.ClusterCase.kubeconfig
        view = subprocess.run([harness.find_kubectl(), "config", "view", "--kubeconfig", kubeconfig, "--context", "modern",
                               "--minify", "--flatten", "--raw", "-o", "json"], check=True, capture_output=True)
        cls.config = json.loads(view.stdout)
        server = cls.config["clusters"][0]["cluster"]
        host, cls.port = server["server"].removeprefix("https://").rsplit(":", 1)
        server.update({"server": f"https://{NAME}:{cls.port}", "tls-server-name": host})
        cls.host = host

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="secure-exec-root-")
        self.addCleanup(shutil.rmtree, self.root)
        os.mkdir(f"{self.root}/etc")
        for program in release.PROGRAMS.values():
            shutil.copy(release.binary(program, "amd64"), f"{self.root}/{program}")
        self.write("kubeconfig", json.dumps(self.config))
        self.write("etc/resolv.conf", f"nameserver {NAME_SERVER}\n")

    def write(self, path, text):
        with open(f"{self.root}/{path}", "w", encoding="utf-8") as file:
            file.write(text)

    def name_server(self):
        server = DnsServer(NAME, self.host, NAME_SERVER)
        self.addCleanup(server.close)
        return server

    def run_in(self, program, *arguments):
        return harness.run(["chroot", self.root, f"/{program}", *arguments],
                           env={"HOME": "/home", "KUBECONFIG": "/kubeconfig", "PATH": os.environ["PATH"]})

    def exec(self, *command):
        return self.run_in("kubectl-secure_exec", "shell", "--", *command)

    def replay(self, *arguments):
        return self.run_in("kubectl-secure_replay", *arguments)

    def test_what_is_there(self):
        found = {os.path.relpath(os.path.join(where, file), self.root)
                 for where, _, files in os.walk(self.root) for file in files}
        self.assertEqual(found, {"kubectl-secure_exec", "kubectl-secure_replay", "kubeconfig", "etc/resolv.conf"})

    def test_exec_record_replay_grep(self):
        server = self.name_server()
        done = self.exec("sh", "-c", "echo out of the pod; echo aside >&2; exit 7")
        self.assertEqual((done.code, done.text), (7, "out of the pod\n"), done.errors)
        self.assertIn("aside\n", done.errors)
        self.assertIn(NAME, server.asked)
        listed = self.replay("ls")
        self.assertEqual(listed.code, 0, listed.errors)
        self.assertIn("shell", listed.text)
        self.assertEqual(sorted(self.replay("cat", "last").text.split("\n")), ["", "aside", "out of the pod"])
        self.assertIn("out of the pod", self.replay("play", "last").text)
        found = self.replay("grep", "out .. the")
        self.assertEqual(found.code, 0, found.errors)
        self.assertIn("out of the pod", found.text)
        verified = self.replay("verify", "last", "--signer", "/home/.local/share/secure-exec/user-key.pub.pem")
        self.assertEqual(verified.code, 0, verified.text + verified.errors)

    def test_hosts_file(self):
        self.write("etc/hosts", f"{self.host} {NAME}\n")  # and nobody serves names
        done = self.exec("echo", "by file")
        self.assertEqual((done.code, done.text), (0, "by file\n"), done.errors)

    def test_a_name_that_nobody_knows(self):
        self.name_server()
        config = json.loads(json.dumps(self.config))
        config["clusters"][0]["cluster"]["server"] = f"https://nowhere.release.test:{self.port}"
        self.write("kubeconfig", json.dumps(config))
        done = self.exec("true")
        self.assertNotEqual(done.code, 0)
        self.assertIn("lookup nowhere.release.test: no such host", done.errors)

    def test_a_syslog_server_by_name(self):
        asked = self.name_server().asked
        with socket.create_server((self.host, 0)) as syslog:
            messages = []
            threading.Thread(target=read_all, args=(syslog, messages), daemon=True).start()
            address = f"tcp:{NAME}:{syslog.getsockname()[1]}"
            done = self.run_in("kubectl-secure_exec", "--audit-required", "--audit-syslog", address, "shell", "--", "true")
            self.assertEqual((done.code, done.errors), (0, ""))
        self.assertIn(b" kubectl-secure_exec ", b"".join(messages))
        self.assertGreaterEqual(asked.count(NAME), 2, "for the API server, and for syslog")

    def test_a_syslog_server_that_nobody_knows(self):
        self.name_server()
        done = self.run_in("kubectl-secure_exec", "--audit-required", "--audit-syslog", "tcp:nowhere.release.test:514", "shell",
                           "--", "true")
        self.assertNotEqual(done.code, 0)
        self.assertEqual(done.errors.count("\n"), 1, done.errors)
        self.assertIn("tcp:nowhere.release.test:514: looking up the host: Domain name not found", done.errors)

    def test_an_openssl_configuration_is_not_read(self):
        self.write("etc/hosts", f"{self.host} {NAME}\n")
        for folder in ("usr/lib/ssl", "etc/ssl"):
            os.makedirs(f"{self.root}/{folder}")
            self.write(f"{folder}/openssl.cnf", "openssl_conf = x\n[x]\nproviders = p\n[p]\ndefault = d\n[d]\nactivate = 0\n")
        done = self.exec("echo", "all the same")
        self.assertEqual((done.code, done.text), (0, "all the same\n"), done.errors)


if __name__ == "__main__":
    if os.getuid() != 0:
        sys.exit("test_chroot.py needs root")
    unittest.main(verbosity=2)
