"""The Tab key, in real shells under tmux: bash, zsh and fish, which load what --install-completion has written.

What the names of a hostile cluster do there: nothing. What a server that says nothing costs: a second.
"""

import json
import os
import re
import socket
import subprocess
import time

from fake_server import FakeCase
from harness import PROGRAM, REPLAY, SLOWER, main, run, wait_for
from shell_screen import SHELLS, ShellScreen

# A stuck server or plugin would take 30 s or for ever; a second is the limit, and machines are busy.
LIMIT = 6 * SLOWER


class CompletionCase(FakeCase):
    def setUp(self):
        super().setUp()
        self.bin = os.path.join(self.scratch.path, "bin")
        os.mkdir(self.bin)
        for program in (PROGRAM, REPLAY):
            os.symlink(program, os.path.join(self.bin, os.path.basename(program)))
        self.env = dict(self.scratch.env, PATH=f"{self.bin}:{self.scratch.env['PATH']}")
        del self.env["XDG_DATA_HOME"]
        self.work = os.path.join(self.scratch.path, "work")
        os.mkdir(self.work)

    def tearDown(self):
        super().tearDown()
        self.assertNotIn("exec", [request["event"] for request in self.fake.requests()])

    def install(self):
        """Both programs' completion, with the one command each has. What .zshrc must have, it says."""
        said = ""
        for command in ([PROGRAM, "--install-completion"], [REPLAY, "completion", "install"]):
            done = run(command, env=self.env)
            self.assertEqual((done.code, done.errors), (0, ""))
            said += done.text
        return sorted(set(re.findall(r"^zsh: .*: (fpath=.*)$", said, re.MULTILINE)))

    def shell(self, name):
        lines = [f"cd {self.work}"]
        fpath = self.install() if name != "bash-plain" else []
        if name == "zsh":
            lines += [*fpath, "autoload -Uz compinit", "compinit -u"]
        if name == "bash-plain":
            lines += [". <(kubectl-secure_exec --completion bash)", ". <(kubectl-secure_replay completion bash)"]
        screen = ShellScreen(name, self.scratch.path, self.env, lines)
        self.addCleanup(screen.close)
        return screen

    def ask(self, *words, seconds=60, env=None):
        """As kubectl asks: candidates, and the directive."""
        link = os.path.join(self.bin, "kubectl_complete-secure_exec")
        if not os.path.lexists(link):
            os.symlink("kubectl-secure_exec", link)
        done = run([link, *words], env=env or self.env, seconds=seconds)
        self.assertEqual((done.code, done.errors), (0, ""))
        *candidates, directive = done.text.splitlines()
        return [line.split("\t")[0] for line in candidates], directive

    def ask_until(self, expected, *words):
        """An answer that comes too late on a busy machine is asked for again."""
        wait_for(f"{expected} for {words}", lambda: expected in self.ask(*words)[0], 40)


class Shells(CompletionCase):
    def test_pods_flags_contexts_and_containers(self):
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                for typed, becomes in (
                        ("kubectl-secure_exec sh", "kubectl-secure_exec shell"),
                        ("kubectl-secure_exec --context=fake-ce", "kubectl-secure_exec --context=fake-cert"),
                        ("kubectl-secure_exec --context 'fake-ce", "kubectl-secure_exec --context '?fake-cert"),
                        ("kubectl-secure_exec -n d", "kubectl-secure_exec -n de"),
                        ("kubectl-secure_exec deploy/w", "kubectl-secure_exec deploy/web"),
                        ("kubectl-secure_exec multi -c se", "kubectl-secure_exec multi -c se(cond|tup)?"),
                        ("kubectl-secure_exec --record-std", "kubectl-secure_exec --record-std"),
                        ("kubectl-secure_exec --record-stdout=di", "kubectl-secure_exec --record-stdout=digest"),
                        ("kubectl-secure_exec multi -itcfi", "kubectl-secure_exec multi -itcfirst"),
                        ("kubectl-secure_replay gr", "kubectl-secure_replay grep")):
                    screen.tab(typed, r"^\$ " + becomes)
                    screen.clear()

    def test_lists_with_descriptions(self):
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.tab("kubectl-secure_exec -n default ", r"shell +.*1/1 Running.*3d", tabs=2)
                self.assertIn("statefulsets/", screen.text())

    def test_files(self):
        os.mkdir(os.path.join(self.work, "folder"))
        with open(os.path.join(self.work, "a file.yaml"), "w", encoding="ascii"):
            pass
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.tab("kubectl-secure_exec -f a", r"^\$ kubectl-secure_exec -f a\\ file\.yaml")
                screen.clear()
                screen.tab("kubectl-secure_exec --cache-dir=fo", r"^\$ kubectl-secure_exec --cache-dir=folder/")
                screen.clear()
                # Nothing of what runs in the container: no file of this machine either.
                screen.keys("-l", "kubectl-secure_exec shell -- a")
                screen.keys("Tab")
                screen.keys("-l", "#")
                screen.wait_text(r"^\$ kubectl-secure_exec shell -- a#")

    def test_recordings(self):
        for _ in range(2):
            self.assertEqual(self.exec("--", "true").code, 0)
        newest = os.path.basename(self.scratch.recording()).partition(".")[0]
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.tab("kubectl-secure_replay info " + newest[:-2],
                           r"^\$ kubectl-secure_replay info " + newest)
                screen.clear()
                # fish leaves out what all of them begin with.
                screen.tab("kubectl-secure_replay info 0", newest[-20:] + r".*Z .*fake/default/shell", tabs=3)
                screen.clear()
                screen.tab("kubectl-secure_replay ls --pod s", r"^\$ kubectl-secure_replay ls --pod shell")

    def tearDown(self):
        # test_recordings has sessions of its own.
        if "test_recordings" not in self.id():
            super().tearDown()


class Hostile(CompletionCase):
    def test_names_of_a_hostile_cluster_do_nothing(self):
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.tab("kubectl-secure_exec -n hostile pod/", r"^\$ kubectl-secure_exec -n hostile pod/harmless")
                screen.clear()
                screen.tab("kubectl-secure_exec -n hostile ", "harmless", tabs=2)
                self.assertNotIn("ran", screen.text().replace("hostile", ""))
                self.assertNotIn("owned", screen.text() + screen.title())
                self.assertEqual(os.listdir(self.work), [])

    def test_names_of_a_hostile_kubeconfig_do_nothing(self):
        names = ["$(touch ran)", "`touch ran`", "x;touch ran", "x\ntouch ran\n", "x\x1b]0;owned\x07", "x'", 'x"',
                 "xb c", "--x", "~x", "x*", "xharmless"]
        config = {"apiVersion": "v1", "kind": "Config",
                  "contexts": [{"name": each, "context": {"cluster": each, "user": "u"}} for each in names]}
        path = os.path.join(self.scratch.path, "hostile")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.env["KUBECONFIG"] = path
        self.assertEqual(self.ask("--context", ""), (["xharmless"], ":4"))
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.tab("kubectl-secure_exec --context x", r"^\$ kubectl-secure_exec --context xharmless")
                self.assertNotIn("owned", screen.text() + screen.title())
                self.assertEqual(os.listdir(self.work), [])

    def test_what_is_typed_is_not_run(self):
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                for typed in ("kubectl-secure_exec -n $(touch ran) sh", "kubectl-secure_exec -n `touch ran` sh",
                              "kubectl-secure_exec --context=\"$(touch ran)\" sh"):
                    screen.keys("-l", typed)
                    screen.keys("Tab")
                    screen.keys("-l", "#")
                    screen.wait_text("#")
                    self.assertEqual(os.listdir(self.work), [])
                    screen.clear()


class Limits(CompletionCase):
    def silent_server(self):
        """A kubeconfig of a server that takes connections and says nothing."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        config = {"clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{listener.getsockname()[1]}"}}],
                  "users": [{"name": "u", "user": {"token": "t"}}],
                  "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}], "current-context": "c"}
        path = os.path.join(self.scratch.path, "silent")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def test_a_server_that_says_nothing(self):
        kubeconfig = self.silent_server()
        start = time.monotonic()
        self.ask("--kubeconfig", kubeconfig, "")
        self.assertTrue(0.5 < time.monotonic() - start < LIMIT)
        self.ask_until("deployments/", "--kubeconfig", kubeconfig, "")  # what is known without it
        for name in SHELLS:
            with self.subTest(name):
                screen = self.shell(name)
                screen.keys("-l", f"kubectl-secure_exec --kubeconfig {kubeconfig} zz")
                screen.keys("Tab")
                screen.keys("-l", "#")  # the shell reads it when Tab is over
                screen.wait_text("zz#", LIMIT)
                self.assertNotIn("rror", screen.text())

    def test_a_plugin_that_hangs_is_killed(self):
        pids = os.path.join(self.scratch.path, "pids")
        with open(self.silent_server(), encoding="utf-8") as file:
            config = json.load(file)
        script = f"sleep 1000 & echo $$ $! >{pids}; echo noise >&2; read x </dev/tty; wait"
        plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
                  "interactiveMode": "IfAvailable"}
        config["users"] = [{"name": "u", "user": {"exec": plugin}}]
        path = os.path.join(self.scratch.path, "plugin")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        start = time.monotonic()
        candidates, directive = self.ask("--kubeconfig", path, "")
        self.assertLess(time.monotonic() - start, LIMIT)
        self.assertEqual((candidates, directive), ([], ":4"))
        with open(pids, encoding="ascii") as file:
            started = [int(word) for word in file.read().split()]
        self.assertEqual(len(started), 2)

        def gone(pid):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                    return stat.read().rpartition(")")[2].split()[0] == "Z"
            except FileNotFoundError:
                return True
        wait_for("the plugin and what it started to be gone", lambda: all(map(gone, started)))

    def test_a_hundred_thousand_pods(self):
        start = time.monotonic()
        candidates, _ = self.ask("-n", "many", "pod-")
        self.assertLess(time.monotonic() - start, LIMIT)
        self.assertLessEqual(len(candidates), 500)
        self.ask_until("pod-000123", "-n", "many", "pod-0001")

    def test_why_there_is_nothing(self):
        file = os.path.join(self.scratch.path, "debug")
        env = dict(self.env, SECURE_EXEC_COMPLETION_DEBUG=file)
        self.ask("--context", "nowhere", "", env=env)
        with open(file, encoding="utf-8") as text:
            self.assertIn('context was not found for specified context: nowhere', text.read())
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)


class Answers(CompletionCase):
    def test_as_kubectl_asks(self):
        self.ask_until("shell", "--context", "fake", "sh")
        self.ask_until("deploy/web", "deploy/")
        self.ask_until("second", "multi", "-c", "")
        self.ask_until("dev", "-n", "")
        # Of "--context=" kubectl's shells want the values alone.
        self.assertEqual(self.ask("--context=fake-c"), (["fake-cert", "fake-create"], ":4"))
        self.assertEqual(self.ask("-f", ""), ([], ":0"))
        self.assertEqual(self.ask("shell", "--", "l"), ([], ":4"))
        self.assertEqual(self.ask("dep"), (["deployments/"], ":6"))

    def test_who_may_not_list_gets_the_contexts_namespaces(self):
        self.ask_until("default", "--context", "fake-nobody", "-n", "")

    def test_the_printed_scripts_are_whole(self):
        for shell in ("bash", "zsh", "fish"):
            for command in ([PROGRAM, "--completion", shell], [REPLAY, "completion", shell]):
                script = run(command, env=self.env)
                self.assertEqual((script.code, script.errors), (0, ""))
                checked = subprocess.run([shell, "-n", "/dev/stdin"], input=script.stdout, check=False,
                                         stderr=subprocess.PIPE)
                self.assertEqual((checked.returncode, checked.stderr), (0, b""))

    def test_uninstall_takes_it_all_away(self):
        before = sorted(os.listdir(self.bin))
        self.install()
        self.assertIn("kubectl_complete-secure_exec", os.listdir(self.bin))
        for command in ([PROGRAM, "--uninstall-completion"], [REPLAY, "completion", "uninstall"]):
            self.assertEqual(run(command, env=self.env).code, 0)
        self.assertEqual(sorted(os.listdir(self.bin)), before)
        left = [name for _, _, files in os.walk(os.path.join(self.scratch.path, ".local")) for name in files]
        self.assertEqual(left, [])


if __name__ == "__main__":
    main()
