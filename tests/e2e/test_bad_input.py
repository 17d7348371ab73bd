"""What cannot work: one clear line that names the thing, and the right exit code."""

import os

from fake_server import FakeCase
from harness import main


class BadInput(FakeCase):
    def test_wrong_context(self):
        self.assert_one_line(self.exec("--", "true", context="no-such-context"), 1, "no-such-context")

    def test_unreachable_server(self):
        self.assert_one_line(self.exec("--server", "https://127.0.0.1:1", "--", "true"), 1, "127.0.0.1:1", "refused")

    def test_missing_pod(self):
        self.assert_one_line(self.exec("--", "true", pod="no-such-pod"), 1, "no-such-pod")
        self.assertEqual(self.scratch.recordings(), [], "nothing was started, so nothing is recorded")

    def test_completed_pod(self):
        done = self.exec("--", "true", pod="finished")
        first, state, see = done.errors.splitlines()
        self.assertEqual((done.code, done.stdout, first), (1, b"", "error: cannot exec into a container in a completed "
                                                           "pod; current phase is Succeeded"))
        self.assertIn("secure-exec: pod finished ended", state)
        self.assertIn("kubectl", see)

    def test_refused(self):
        self.assert_one_line(self.exec("--", "true", context="fake-nobody"), 1, "Forbidden", "mallory")

    def test_wrong_token(self):
        self.assert_one_line(self.exec("--", "true", context="fake-expired"), 1, "Unauthorized")

    def test_broken_kubeconfigs(self):
        path = os.path.join(self.scratch.path, "config")
        for text in ("clusters: [", "- a list", "clusters: 7", "\x00\xff", "contexts:\n- name: fake\n  context: {cluster: c}\n"):
            with self.subTest(text=text):
                with open(path, "w", encoding="latin-1") as file:
                    file.write(text)
                done = self.exec("--kubeconfig", path, "--", "true")
                self.assertEqual((done.code, done.stdout), (1, b""))
                self.assertTrue(done.errors)

    def test_unwritable_status_file(self):
        self.assert_one_line(self.exec("--status-file", "/no/such/directory/f", "--", "true"), 1, "/no/such/directory/f")

    def test_no_home_and_no_store(self):
        env = {key: value for key, value in self.scratch.env.items()
               if key not in ("HOME", "XDG_DATA_HOME", "SECURE_EXEC_STORE")}
        self.assert_one_line(self.exec("--", "echo", "must not run", env=env), 120, "SECURE_EXEC_STORE")


if __name__ == "__main__":
    main()
