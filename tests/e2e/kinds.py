"""One recording of every kind there is, each in a store of its own, made by the real programs."""

import json
import os
import subprocess
from dataclasses import dataclass, field

import castfile
from harness import has_open, wait_for
from pty_session import PtySession

BOTH = "echo needle-out; echo needle-err >&2"
WAITS = BOTH + "; read x; echo second; read y"
BULK = BOTH + "; head -c 4000000 /dev/urandom | base64"
PROMPT = 'stty -echo; printf "needle-out Password: "; read x; stty echo; echo done'


@dataclass
class Kind:
    name: str
    store: str
    path: str
    state: str  # as ls has it
    verify: int  # its exit code without a key that is trusted
    out: bool = True  # "needle-out" was printed
    err: bool = True
    typed: str = ""  # what `cat --channel stdin` has
    bulk: bool = False  # the needle has scrolled away
    digest: bool = False
    cut: bool = False  # without a seal: commands say so
    encrypted: bool = False
    foreign: bool = False
    live: bool = False
    recovers: bool = False  # `recover` makes something of it
    options: list = field(default_factory=list)


class KindMaker:
    """For a FakeCase: `self.make_kinds()` gives a list of Kind. The sessions of live ones end with it."""

    def store_of(self, name):
        return os.path.join(self.scratch.path, "stores", name)

    def env_of(self, name):
        return {**self.scratch.env, "SECURE_EXEC_STORE": self.store_of(name)}

    def only_recording(self, name):
        found = [os.path.join(where, file) for where, _, files in os.walk(self.store_of(name)) for file in files
                 if ".cast" in file and ".recovered." not in file]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def record(self, name, *arguments, stdin=b""):
        done = self.exec(*arguments, stdin=stdin, env=self.env_of(name))
        self.assertEqual(done.code, 0, done.errors)
        return self.only_recording(name)

    def start(self, name, *flags):
        """A session that has said `second`, and goes on."""
        process = subprocess.Popen(self.argv("-i", *flags, "--", "sh", "-c", WAITS), env=self.env_of(name),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), b"needle-out\n")
        process.stdin.write(b"typed\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"second\n")
        return process

    def end(self, process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def killed(self, name, *flags):
        self.end(self.start(name, *flags))
        wait_for("the disk process to end", lambda: not has_open(self.store_of(name)))
        return self.only_recording(name)

    def on_terminal(self, name, *command):
        session = PtySession(self.argv("-it", "--", *command), self.env_of(name))
        self.addCleanup(session.close)
        return session

    def cast(self, name, file, lines):
        os.makedirs(self.store_of(name))
        path = os.path.join(self.store_of(name), file)
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)
        return path

    def identity(self):
        key = os.path.join(self.scratch.path, "key.txt")
        subprocess.run(["age-keygen", "-o", key], check=True, stderr=subprocess.DEVNULL)
        made = subprocess.run(["age-keygen", "-y", key], check=True, stdout=subprocess.PIPE)
        return key, made.stdout.decode().strip()

    def make_kinds(self):
        kinds = []

        def add(name, path, state, verify, **traits):
            kinds.append(Kind(name, self.store_of(name), path, state, verify, **traits))
        add("sealed", self.record("sealed", "--", "sh", "-c", BOTH), "sealed", 3)
        add("empty", self.record("empty", "--", "true"), "sealed", 3, out=False, err=False)
        add("piped", self.record("piped", "-i", "--", "cat", stdin=b"needle-out\n"), "sealed", 3, err=False,
            typed="needle-out\n")
        path = self.record("digest", "--record-stdout", "digest", "--", "sh", "-c", BOTH)
        add("digest", path, "sealed", 3, out=False, digest=True)

        session = self.on_terminal("masked", "sh", "-c", PROMPT)
        session.expect("Password: ")
        session.send("open-sesame\r")
        session.expect("done")
        self.assertEqual(session.wait(), 0)
        add("masked", self.only_recording("masked"), "sealed", 3, err=False, typed="[masked: 8-15 bytes, secret 1]\n")

        path = self.record("cut-in-a-frame", "--", "sh", "-c", BULK)
        with open(path, "rb") as file:
            data = file.read()
        last = [frame for frame in castfile.frames(data) if frame[0] == "zstd"][-2]
        os.truncate(path, (last[1] + last[2]) // 2)
        add("cut-in-a-frame", path, "no seal", 1, bulk=True, cut=True, recovers=True)

        add("killed", self.killed("killed"), "no seal", 1, typed="typed\n", cut=True, recovers=True)
        path = self.killed("cut-in-the-tail")
        tail, = [name for name in os.listdir(os.path.dirname(path)) if ".tail." in name]
        tail = os.path.join(os.path.dirname(path), tail)
        os.truncate(tail, os.path.getsize(tail) - 3)
        add("cut-in-the-tail", path, "no seal", 1, typed="typed\n", cut=True, recovers=True)
        self.start("live")
        add("live", self.only_recording("live"), "live", 1, typed="typed\n", cut=True, live=True)

        key, recipient = self.identity()
        with_key = {"encrypted": True, "options": ["--identity", key]}
        flags = ("--recipient", recipient)
        add("encrypted", self.record("encrypted", *flags, "--", "sh", "-c", BOTH), "sealed", 3, **with_key)
        add("encrypted-killed", self.killed("encrypted-killed", *flags), "no seal", 1, typed="typed\n", cut=True,
            recovers=True, **with_key)
        self.start("encrypted-live", *flags)
        add("encrypted-live", self.only_recording("encrypted-live"), "live", 1, typed="typed\n", cut=True, live=True,
            **with_key)

        killed = self.killed("recovered")
        self.assertEqual(self.replay("recover", killed).code, 0)
        for name in os.listdir(os.path.dirname(killed)):
            if ".recovered." not in name:
                os.remove(os.path.join(os.path.dirname(killed), name))
        recovered, = [os.path.join(os.path.dirname(killed), name) for name in os.listdir(os.path.dirname(killed))]
        add("recovered", recovered, "recovered", 1, typed="typed\n")

        os.makedirs(self.store_of("asciinema-2"))
        path = os.path.join(self.store_of("asciinema-2"), "a.cast")
        recorder = PtySession(["asciinema", "rec", "-c", f"sh -c '{BOTH}'", path], self.scratch.env)
        self.addCleanup(recorder.close)
        self.assertEqual(recorder.wait(), 0)
        add("asciinema-2", path, "plain", 4, foreign=True)
        head = {"version": 3, "term": {"cols": 80, "rows": 24, "type": "xterm-256color"}, "timestamp": 1763906580,
                "command": "/bin/sh", "env": {"SHELL": "/bin/sh"}}
        path = self.cast("asciinema-3", "a.cast", [head, [0.5, "o", "needle-out\r\n"], [0.5, "i", "typed"],
                                                   [0.25, "m", "mark"], [0.1, "r", "100x30"], [1.0, "x", "0"]])
        add("asciinema-3", path, "plain", 4, err=False, typed="typed", foreign=True)
        return kinds
