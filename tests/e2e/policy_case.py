"""A policy over /etc that only this process sees, for tests as root."""

import json
import os
import shutil

from harness import PROGRAM, need_root, run
import private_mounts

DIRECTORY = "/etc/secure-exec"
POLICY = DIRECTORY + "/policy.yaml"


def enter():
    """For setUpModule()."""
    need_root("a policy is believed when it is root's")
    private_mounts.enter()
    private_mounts.own_etc()


def rule(settings, **match):
    """One rule of a policy; JSON is YAML."""
    found = {"name": "the rule", "set": settings}
    if match:
        found["match"] = match
    return found


class PolicyCase:
    """Mixed into a Case."""

    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, DIRECTORY, True)

    def policy(self, *rules, text=None):
        os.makedirs(DIRECTORY, mode=0o755, exist_ok=True)
        os.chmod(DIRECTORY, 0o755)
        with open(POLICY, "w", encoding="utf-8") as file:
            file.write(text if text is not None else json.dumps({"version": 1, "rules": list(rules)}))
        os.chmod(POLICY, 0o644)

    def config(self, text):
        directory = os.path.join(self.scratch.path, ".config", "secure-exec")
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "config.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def without_terminal(self, *arguments, **options):
        """A session in a process session of its own: /dev/tty is none."""
        return run(["setsid", "--wait", *self.argv(*arguments, **options)], env=self.scratch.env)

    def header(self, *flags):
        """What `info --json` tells of the last recording."""
        told = self.replay("info", "--json", "last", *flags)
        self.assertEqual(told.code, 0, told.errors)
        return json.loads(told.stdout)

    def assert_refused(self, finished, *words):
        self.assert_one_line(finished, 121, *words)
        self.assertEqual(self.scratch.recordings(), [])

    def check_policy(self, text, *flags):
        path = os.path.join(self.scratch.path, "draft.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return run([PROGRAM, "--check-policy", path, *flags], env=self.scratch.env)
