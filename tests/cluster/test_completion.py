"""The Tab key behind `kubectl secure-exec`: kubectl's own completion runs ours, in bash, zsh and fish."""

import os

from cluster import ClusterCase, main
from harness import PROGRAM, REPLAY, find_kubectl, run, wait_for
from shell_screen import ShellScreen


class Kubectl(ClusterCase):
    def setUp(self):
        super().setUp()
        self.bin = os.path.join(self.scratch.path, "bin")
        os.mkdir(self.bin)
        for name, program in (("kubectl", find_kubectl()), ("kubectl-secure_exec", PROGRAM),
                              ("kubectl-secure_replay", REPLAY),
                              ("kubectl_complete-secure_exec", "kubectl-secure_exec"),
                              ("kubectl_complete-secure_replay", "kubectl-secure_replay")):
            os.symlink(program, os.path.join(self.bin, name))
        self.env = dict(self.scratch.env, PATH=f"{self.bin}:{self.scratch.env['PATH']}")

    def complete(self, *words):
        """What kubectl makes of it: candidates, descriptions, and the directive's line."""
        done = run([find_kubectl(), "__complete", *words], env=self.env)
        self.assertEqual(done.code, 0, done.errors)
        return done.text.splitlines()

    def test_the_names_are_those_of_kubectl_exec(self):
        def same():
            theirs, ours = (sorted(line.partition("\t")[0] for line in
                                   self.complete(command, "--context", context, "-n", "default", ""))
                            for command in ("exec", "secure-exec"))
            return "shell" in theirs and theirs == ours
        for context in ("modern", "legacy"):
            wait_for(f"the same candidates in {context}", same, 40)

    def test_containers_namespaces_and_objects(self):
        for words, expected in ((["multi", "-c", ""], "first"), (["-n", "de"], "dev"), (["deploy/"], "deploy/web"),
                                (["--context=alice"], "alice@modern"), (["svc/w"], "svc/web")):
            words = ["secure-exec", *words[:-1], words[-1]]
            if "--context=alice" not in words:
                words[1:1] = ["--context", "modern"]
            wait_for(f"{expected} for {words}",
                     lambda: expected in [line.partition("\t")[0] for line in self.complete(*words)], 40)

    def test_in_the_shells(self):
        for name in ("bash", "zsh", "fish"):
            with self.subTest(name):
                lines = {"bash": [". <(kubectl completion bash)"], "fish": ["kubectl completion fish | source"],
                         "zsh": ["autoload -Uz compinit", "compinit -u", ". <(kubectl completion zsh)"]}[name]
                screen = ShellScreen(name, self.scratch.path, self.env, lines)
                self.addCleanup(screen.close)
                for typed, becomes in (("kubectl secure-exec --context modern sh", "shell"),
                                       ("kubectl secure-exec --context modern multi -c sec", "second"),
                                       ("kubectl secure-exec --record-stdout=di", "--record-stdout=digest"),
                                       ("kubectl secure-replay gr", "grep")):
                    start, _, _ = typed.rpartition(" ")
                    screen.tab(typed, rf"^\$ {start} {becomes}")
                    screen.clear()
                screen.tab("kubectl secure-exec --context modern ", "shell +.*1/1 Running", tabs=2)


if __name__ == "__main__":
    main()
