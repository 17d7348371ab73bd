"""Where recordings go: names that mean harm, links that lie in wait, and any umask."""

import json
import os
import shutil
import subprocess

import castfile
from fake_server import FakeCase
from harness import PROGRAM, REPLAY, main, reason, run

NAMES = ["../../../escape", "..", ".", ".hidden", "a/b", "/absolute", "a:b", "a\\b", "new\nline", "tab\tbell\x07",
         "x" * 300, "x" * 299 + "y", "\u00fcn\u00efc\u00f6de \u2713", " ", "%", "%2E", "-", "~", "$HOME", "a\u202eb"]


def tree(directory):
    """Everything below it: path -> mode."""
    found = {}
    for where, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(where, name)
            found[os.path.relpath(path, directory)] = os.lstat(path).st_mode & 0o7777
    return found


class Names(FakeCase):
    def exec_as(self, name):
        """A session in a context of this name."""
        context = {"name": name, "context": {"cluster": "fake", "user": "admin", "namespace": "default"}}
        path = os.path.join(self.scratch.path, "names")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "contexts": [context], "current-context": name}, file)
        env = {**self.scratch.env, "KUBECONFIG": path + ":" + self.kubeconfig}
        return run([PROGRAM, "shell", "--", "true"], env=env)

    def test_no_name_leaves_the_store_or_meets_another(self):
        for name in NAMES:
            done = self.exec_as(name)
            self.assertEqual((done.code, done.errors), (0, ""), repr(name))
        store = tree(self.scratch.store)
        contexts = {path.split("/")[0] for path in store}
        self.assertEqual(len(contexts), len(NAMES), contexts)
        recordings = [path for path in store if path.endswith(".cast.zst")]
        self.assertEqual(len(recordings), len(NAMES))
        self.assertEqual({path.count("/") for path in recordings}, {3})
        for path in store:
            for part in path.split("/"):
                self.assertRegex(part, r"\A[A-Za-z0-9_@%-][A-Za-z0-9._@%-]{0,199}\Z")
        self.assertEqual(set(os.listdir(self.scratch.path)), {"store", "data", "names"})
        headers = [castfile.read(os.path.join(self.scratch.store, path))[0] for path in recordings]
        self.assertEqual({header["session"]["context"] for header in headers}, set(NAMES))
        # Nor does a reader get them raw.
        listed = run([REPLAY, "ls"], env=self.scratch.env)
        self.assertEqual(listed.code, 0, listed.errors)
        self.assertEqual(listed.text.count("\n"), len(NAMES) + 1)
        self.assertNotIn("\x07", listed.text)

    def test_a_nul_is_refused_or_kept_inside(self):
        done = self.exec_as("a\0/../../b")
        self.assertIn(done.code, (0, 1), done.errors)
        self.assertLessEqual(set(os.listdir(self.scratch.path)), {"store", "data", "names"})


class Modes(FakeCase):
    def test_private_under_any_umask(self):
        for umask in (0, 0o022, 0o777):
            shutil.rmtree(self.scratch.store, ignore_errors=True)
            shutil.rmtree(self.scratch.env["XDG_DATA_HOME"], ignore_errors=True)
            old = os.umask(umask)
            try:
                done = self.exec("--", "echo", "hi")
            finally:
                os.umask(old)
            self.assertEqual((done.code, done.text), (0, "hi\n"), f"umask {umask:o}: {done.errors}")
            for root in (self.scratch.store, self.scratch.env["XDG_DATA_HOME"]):
                self.assertEqual(os.stat(root).st_mode & 0o7777, 0o700)
                for path, mode in tree(root).items():
                    directory = os.path.isdir(os.path.join(root, path))
                    if path.endswith(".pub.pem"):  # no secret; the umask decides
                        self.assertEqual(mode & ~0o644, 0, path)
                    else:
                        self.assertEqual(mode, 0o700 if directory else 0o600, f"umask {umask:o}: {path}")
            self.assertEqual(self.replay("verify", "last").code, 3)


class Links(FakeCase):
    """Nothing is made through a symbolic link, and nothing runs unrecorded because of one."""

    def refused(self, *words):
        before = len(self.fake.requests())
        done = self.exec("--", "touch", "/tmp/never")
        self.assert_one_line(done, 120, *words)
        self.assertFalse([one for one in self.fake.requests()[before:] if "/exec?" in one.get("target", "")])

    def test_a_directory_of_the_store(self):
        outside = os.path.join(self.scratch.path, "outside")
        for depth in range(3):
            parts = ["fake", "default", "shell"]
            shutil.rmtree(self.scratch.store, ignore_errors=True)
            parent = os.path.join(self.scratch.store, *parts[:depth])
            os.makedirs(outside, exist_ok=True)
            os.makedirs(parent)
            os.symlink(outside, os.path.join(parent, parts[depth]))
            self.refused("symbolic link", parts[depth])
            self.assertEqual(os.listdir(outside), [])

    def test_the_key(self):
        keys = os.path.join(self.scratch.env["XDG_DATA_HOME"], "secure-exec")
        os.makedirs(keys)
        target = os.path.join(self.scratch.path, "target")
        os.symlink(target, os.path.join(keys, "user-key.pem"))
        self.refused("user-key.pem")
        self.assertFalse(os.path.lexists(target))

    def test_its_public_half(self):
        keys = os.path.join(self.scratch.env["XDG_DATA_HOME"], "secure-exec")
        os.makedirs(keys)
        target = os.path.join(self.scratch.path, "target")
        with open(target, "w", encoding="ascii") as file:
            file.write("mine")
        os.symlink(target, os.path.join(keys, "user-key.pub.pem"))
        self.assertEqual(self.exec("--", "true").code, 0)
        with open(target, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")


class Vanishing(FakeCase):
    def test_a_recording_that_is_removed_ends_the_session(self):
        # The first line tells that the session is running; the rest comes once its files are gone.
        process = subprocess.Popen(self.argv("-i", "--", "cat"), env=self.scratch.env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        process.stdin.write(b"first\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"first\n")
        shutil.rmtree(self.scratch.store)
        out, err = process.communicate(b"second\n", timeout=60)
        self.assertEqual(process.returncode, 120, err)
        self.assertEqual(out, b"", "nothing is shown that is not recorded")
        self.assertEqual(reason(err.decode()).count("\n"), 1, err)
        self.assertIn(b"removed while it was in use", err)


if __name__ == "__main__":
    main()
