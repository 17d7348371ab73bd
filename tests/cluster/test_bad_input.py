"""What cannot work on the real cluster: one clear line that names the thing, and the right exit code."""

import subprocess

from cluster import ClusterCase, main  # it also says where the rest is
import castfile
from harness import reason
from tcp_proxy import TcpProxy


class BadInput(ClusterCase):
    def test_wrong_context(self):
        self.assert_one_line(self.exec("--", "true", context="no-such-context"), 1, "no-such-context")

    def test_missing_kubeconfig(self):
        done = self.exec("--kubeconfig", "/no/such/file", "--", "true")
        self.assert_one_line(done, 1, "/no/such/file")

    def test_unreachable_server(self):
        done = self.exec("--server", "https://127.0.0.1:1", "--", "true")
        self.assert_one_line(done, 1, "127.0.0.1:1", "refused")

    def test_unknown_host(self):
        done = self.exec("--server", "https://no-such-host.invalid:6443", "--", "true")
        self.assert_one_line(done, 1, "no-such-host.invalid")

    def test_missing_pod(self):
        self.assert_one_line(self.exec("--", "true", pod="no-such-pod"), 1, "no-such-pod")
        self.assertEqual(self.scratch.recordings(), [], "nothing was started, so nothing is recorded")

    def test_missing_namespace(self):
        self.namespace = "no-such-namespace"
        self.assert_one_line(self.exec("--", "true"), 1, "no-such-namespace")

    def test_refused_exec(self):
        done = self.exec("--", "true", context="mallory@modern")
        self.assert_one_line(done, 1, "mallory", "Forbidden")

    def test_allowed_by_certificate_and_by_token(self):
        for context in ("alice@modern", "alice@legacy", "bob@modern"):
            with self.subTest(context=context):
                done = self.exec("--", "echo", "allowed", context=context)
                self.assertEqual((done.code, done.text, done.errors), (0, "allowed\n", ""))
                header, _ = castfile.read(self.scratch.recording())
                self.assertEqual((header["session"]["context"], header["session"]["namespace"]), (context, "dev"))

    def test_wrong_certificate_authority(self):
        with open(self.scratch.path + "/ca.crt", "w", encoding="ascii") as file:
            file.write("this is no certificate\n")
        done = self.exec("--certificate-authority", file.name, "--", "true")
        self.assertEqual(done.code, 1)
        self.assertEqual(done.errors.count("\n"), 1, done.errors)

    def test_connection_lost_before_the_stream(self):
        proxy = TcpProxy(("127.0.0.1", 1))  # accepts, then closes
        self.addCleanup(proxy.close)
        done = self.exec("--server", proxy.url, "--", "true")
        self.assertIn(done.code, (1, 122))
        self.assertEqual(done.errors.count("\n"), 1, done.errors)
        self.assertIn(str(proxy.port), done.errors)

    def test_connection_lost_in_the_middle(self):
        proxy = TcpProxy(self.server())
        self.addCleanup(proxy.close)
        process = subprocess.Popen(self.argv("--server", proxy.url, "--", *self.marked("sh", "-c", "seq 1 1000; sleep 30")),
                                   env=self.scratch.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        shown = b""
        while not shown.endswith(b"\n1000\n"):
            piece = process.stdout.read1()
            self.assertTrue(piece, "ended early")
            shown += piece
        proxy.drop()
        rest, errors = process.communicate(timeout=20)
        self.assertEqual((process.returncode, rest), (122, b""))
        self.assertEqual(reason(errors.decode()).count("\n"), 1, errors)
        self.assert_replays("stdout", shown)


if __name__ == "__main__":
    main()
