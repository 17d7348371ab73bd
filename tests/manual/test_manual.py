"""The man pages as their readers see them: groff and mandoc have nothing to complain about, every flag has an
entry, and man finds them under the names that people type."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ["SECURE_EXEC_BIN"]
MAN = os.path.join(os.path.dirname(BIN), "man")
REAL = ("kubectl-secure_exec", "kubectl-secure_replay")


def page(name):
    return os.path.join(MAN, "man1", name + ".1")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


class Manual(unittest.TestCase):
    def test_groff_has_no_warnings(self):
        for name in REAL:
            done = run("groff", "-ww", "-man", "-Tutf8", "-z", page(name))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_mandoc_has_none_either(self):
        for name in REAL:
            done = run("mandoc", "-T", "lint", "-W", "style", page(name))
            self.assertEqual((done.returncode, done.stdout), (0, ""), name)

    def test_sections(self):
        for name, options in zip(REAL, ("OPTIONS", "COMMANDS")):
            with open(page(name), encoding="utf-8") as file:
                titles = re.findall(r"^\.SH (.*)$", file.read(), re.M)
            self.assertLessEqual({"NAME", "SYNOPSIS", "DESCRIPTION", options, "EXIT STATUS", "ENVIRONMENT", "FILES",
                                  "EXAMPLES", "SECURITY", "SEE ALSO"}, set(titles))

    def test_man_finds_them_by_both_names(self):
        for name in REAL:
            for asked in (name, name.replace("_", "-")):
                with tempfile.TemporaryDirectory() as home:
                    env = dict(os.environ, MANPATH=MAN, MANWIDTH="80", HOME=home, LC_ALL="C.UTF-8", MANPAGER="cat")
                    done = run("man", "--warnings=w", asked, env=env)
                self.assertEqual((done.returncode, done.stderr), (0, ""), asked)
                self.assertRegex(done.stdout, rf"NAME\n\s+{name} +[-−‐] ")

    def test_every_flag_of_help_is_told(self):
        told = run("man", "-l", page(REAL[0]), env=dict(os.environ, MANWIDTH="200", LC_ALL="C", MANPAGER="cat")).stdout
        flags = re.findall(r"^ {2}(?:-\w, | {4})(--[\w-]+)", run(os.path.join(BIN, REAL[0]), "--help=all").stdout, re.M)
        self.assertGreater(len(flags), 60)
        self.assertEqual([flag for flag in flags if not re.search(rf"^ +(-\w, )?{flag}\b(?!-)", told, re.M)], [])

    def test_every_command_and_option_of_replay_is_told(self):
        told = run("man", "-l", page(REAL[1]), env=dict(os.environ, MANWIDTH="200", LC_ALL="C", MANPAGER="cat")).stdout
        replay = os.path.join(BIN, REAL[1])
        commands = re.findall(r"^ {2}([a-z]+) {2,}", run(replay, "help").stdout, re.M)
        self.assertIn("grep", commands)
        for command in commands:
            if command == "help":
                continue
            self.assertRegex(told, rf"(?m)^   {command}$")
            for option in re.findall(r"^ {2}(?:-\w, | {4})(--[\w-]+)", run(replay, "help", command).stdout, re.M):
                self.assertRegex(told, rf"(?m)^ +(-\w, )?{option}\b(?!-)", command)


if __name__ == "__main__":
    sys.exit(unittest.main())
