"""The documentation: links lead somewhere, flags and commands that it names exist, its policies are valid, and the
quick start can be followed, against the fake server."""

import os
import re
import shlex
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402
from fake_server import FakeCase  # noqa: E402
from harness import PROGRAM, REPLAY, REPOSITORY, main, run  # noqa: E402
from pty_session import PtySession  # noqa: E402

# Flags of other programs, and ones that are named because they do not exist.
FOREIGN = {
    "docs/comparison.md": {"--stdin", "--capture-input", "--return", "--latency", "--configuration"},
    "docs/kubectl-differences.md": {"--log-dir", "--logtostderr"},
    "docs/flags.md": {"--log-dir", "--logtostderr"},
    "docs/platforms.md": {"--as-needed"},
}
OUR_DOCUMENTS = re.compile(r"^(README\.md|docs/.*\.md)$")


def documents():
    found = []
    for directory, below, files in os.walk(REPOSITORY):
        below[:] = [name for name in below if name not in ("build", ".git")]
        found += [os.path.relpath(os.path.join(directory, name), REPOSITORY) for name in files if name.endswith(".md")]
    return sorted(found)


def text_of(path):
    with open(os.path.join(REPOSITORY, path), encoding="utf-8") as file:
        return file.read()


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^( *)```.*?^\1```", "", text, flags=re.M | re.S))


def blocks(text, language):
    """The fenced blocks of a language, without their indentation."""
    return [re.sub(f"^{indent}", "", body, flags=re.M)
            for indent, body in re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, flags=re.M | re.S)]


def anchors(text):
    """What GitHub makes of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = 0
        while (name := slug + (f"-{number}" if number else "")) in found:
            number += 1
        found.add(name)
    return found


def commands(text):
    """Command lines of our programs, in consoles and in inline code: (program, what stands behind it)."""
    text = re.sub(r"\\\n", " ", text)
    return re.findall(r"kubectl[ -]secure[-_](exec|replay)((?: +[^\s`|;&><]+)*)", text)


class Links(unittest.TestCase):
    def test_relative_links_and_anchors_resolve(self):
        broken = []
        for path in documents():
            for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(path))):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                if not os.path.exists(os.path.join(REPOSITORY, file)):
                    broken.append(f"{path}: {target}")
                elif anchor and anchor not in anchors(text_of(file)):
                    broken.append(f"{path}: {target}: no such heading")
        self.assertEqual(broken, [])

    def test_files_named_in_code_exist(self):
        named = re.compile(r"(?<![\w/.])((?:docs|scripts|tests|bench)/[\w./-]*\w)")
        broken = [f"{path}: {name}" for path in documents() if OUR_DOCUMENTS.match(path)
                  for name in named.findall(re.sub(r"https?://\S+", "", text_of(path)))
                  if not os.path.exists(os.path.join(REPOSITORY, name))]
        self.assertEqual(broken, [])

    def test_the_map_has_every_page(self):
        shown = text_of("docs/README.md")
        missing = [path for path in documents() if re.fullmatch(r"docs/[\w-]+\.md", path) and path != "docs/README.md"
                   and f"({os.path.basename(path)})" not in shown]
        self.assertEqual(missing, [])


class Names(unittest.TestCase):
    def of_replay(self):
        if not hasattr(self, "_commands"):
            listed = re.findall(r"^  (\w+) +\w", run([REPLAY, "help"]).text, flags=re.M)
            self._commands = {name: set(re.findall(r"--[a-z][a-z-]+", run([REPLAY, name, "--help"]).text)) | {"--help"}
                              for name in listed if name not in ("kubectl", "help")}
        return self._commands

    def of_exec(self, flag):
        """Whether it is one. Help wins over all but a flag that is none, or that lacks its value: nothing runs."""
        return "unknown flag" not in run([PROGRAM, "--help", flag], env={"HOME": "/nonexistent"}).errors

    def test_commands_exist(self):
        known = set(self.of_replay()) | {"help", "--version", "--help", "COMMAND"}
        unknown = [f"{path}: {words}" for path in documents() if OUR_DOCUMENTS.match(path)
                   for program, words in commands(text_of(path))
                   if program == "replay" and words and re.match(r"[a-z-]+$", words.split()[0])
                   and words.split()[0] not in known]
        self.assertEqual(unknown, [])

    def test_flags_exist(self):
        replays = set().union(*self.of_replay().values()) | {"--version"}
        ours, unknown = {}, []
        for path in documents():
            if not OUR_DOCUMENTS.match(path):
                continue
            text = text_of(path)
            wanted = {("either", flag) for flag in re.findall(r"`(--[a-z][a-z-]*[a-z])\b(?!-)", text)}
            for program, words in commands(text):
                words = words.split(" -- ")[0].split()
                wanted |= {(program, flag.group()) for word in words
                           if (flag := re.match(r"--[a-z][a-z-]*[a-z]\b(?!-)", word))}
            for program, flag in sorted(wanted):
                if flag in FOREIGN.get(path, ()) or (program != "exec" and flag in replays):
                    continue
                if program != "replay":
                    ours.setdefault(flag, None)
                    if ours[flag] is None:
                        ours[flag] = self.of_exec(flag)
                    if ours[flag]:
                        continue
                unknown.append(f"{path}: {flag} ({program})")
        self.assertEqual(unknown, [])


class Policies(unittest.TestCase):
    def test_they_are_valid(self):
        checked = 0
        for path in documents():
            for body in blocks(text_of(path), "yaml"):
                if body.startswith("version: 1\n"):
                    done = run([PROGRAM, "--check-policy", "/dev/stdin"], stdin=body.encode())
                    self.assertEqual(done.code, 0, f"{path}: {done.errors}{done.text}")
                    checked += 1
        self.assertGreaterEqual(checked, 4)


class QuickStart(FakeCase):
    """Each command of the page, in order; what a person types at a prompt is typed."""

    def setUp(self):
        super().setUp()
        self.bin = os.path.join(self.scratch.path, "bin")
        os.makedirs(self.bin)
        with open(os.path.join(self.bin, "kubectl"), "w", encoding="utf-8") as file:  # kubectl's part of it
            file.write('#!/bin/sh\nprogram=kubectl-$(echo "$1" | tr - _); shift; exec "$program" "$@"\n')
        os.chmod(file.name, 0o755)
        self.scratch.env["PATH"] = f"{self.bin}:{harness.BIN}:{self.scratch.env['PATH']}"

    def type(self, command, lines):
        with PtySession(shlex.split(command), self.scratch.env) as session:
            for line in lines:
                session.expect(r"[#$] (\x1b\[(6n|J))?$")
                session.send(line + "\r")
            session.wait()

    def test_it_can_be_followed(self):
        steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks(text_of("docs/quick-start.md"), "console")),
                           flags=re.M)
        self.assertGreaterEqual(len(steps), 9)
        for command, shown in steps:
            typed = re.findall(r"^/ # (.*)$", shown, flags=re.M)
            if typed:
                self.type(command, typed)
                continue
            done = run(["bash", "-c", command], env=self.scratch.env, cwd=self.scratch.path)
            code = re.search(r"terminated with exit code (\d+)", shown)
            self.assertEqual(done.code, int(code.group(1)) if code else 0, f"{command}: {done.errors}")
            for word in re.findall(r"^(?:out|err)$|trusted: sealed and intact|STATE|ls: .*No such file", shown, re.M):
                self.assertIn(word.split(":")[0], done.text + done.errors, command)


if __name__ == "__main__":
    main()
