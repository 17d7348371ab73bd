#!/usr/bin/env python3
"""520 texts are put into sessions of real programs on a terminal, in ways that tear them in the bytes; `grep` must
find each, and the screen at the time that it prints must show it. Prints how many it finds, and how many
`zstd -dc | grep` does in the same recordings.
"""

import codecs
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import unittest

BIN = os.environ["SECURE_EXEC_BIN"]
REPLAY = os.path.join(BIN, "kubectl-secure_replay")
COLUMNS, ROWS = 80, 24
PATIENCE = 20  # seconds for a program's answer
MIDDLE = "zx"  # in each needle: what the programs are told to highlight


class Session:
    """A program on a terminal, recorded as an asciicast: an event for each read."""

    def __init__(self, argv, directory, columns=COLUMNS, rows=ROWS):
        self.size = columns, rows
        self.events = []
        self.seen = b""
        self.began = time.monotonic()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "HOME": directory, "PS1": "$ ",
                       "LANG": "C.UTF-8", "HISTFILE": "/dev/null", "LESSHISTFILE": "-"}
        child, self.master = pty.fork()
        if child == 0:
            os.chdir(directory)
            os.execvpe(argv[0], argv, environment)
        self.child = child
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What there is, within that time; False: nothing, or the end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += data
        text = self.decoder.decode(data)
        if text:
            self.events.append([round(time.monotonic() - self.began, 6), "o", text])
        return bool(data)

    def send(self, text):
        os.write(self.master, text.encode())

    def press(self, text):
        """Key by key; each is answered by what it changes on the screen."""
        for key in text:
            self.send(key)
            self.read(PATIENCE)

    def enter(self):
        """Ends a shell's line. What is typed before the next prompt would be echoed in front of it."""
        since = len(self.seen)
        self.send("\r")
        self.expect("$ ", since)

    def expect(self, text, since=0):
        limit = time.monotonic() + PATIENCE
        while text.encode() not in self.seen[since:]:
            if not self.read(max(0, limit - time.monotonic())):
                raise AssertionError(f"{text!r} did not come: {self.seen[-300:]!r}")

    def rest(self):
        """Until nothing comes any more."""
        while self.read(0.3):
            pass

    def finish(self, text, path):
        """Sends the program's last words and writes the recording."""
        self.send(text)
        while self.read(PATIENCE):
            pass
        os.waitpid(self.child, 0)
        os.close(self.master)
        with open(path, "w", encoding="utf-8") as file:
            for line in [{"version": 2, "width": self.size[0], "height": self.size[1]}, *self.events]:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


class Needles(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-needles-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.choose = random.Random(7)
        self.hidden = []  # (way, needle, recording)
        self.count = 0

    def letters(self, count):
        return "".join(self.choose.choice("abcdefghijklmnop") for _ in range(count))

    def needles(self, way, count):
        """New texts, and the path of the recording that will have them."""
        self.count += 1
        path = os.path.join(self.directory, f"{self.count}.cast")
        texts = [self.letters(5) + MIDDLE + self.letters(5) for _ in range(count)]
        self.hidden += [(way, text, path) for text in texts]
        return texts, path

    def file(self, lines):
        with tempfile.NamedTemporaryFile("w", dir=self.directory, delete=False, suffix=".txt") as file:
            file.write("".join(line + "\n" for line in lines))
        return file.name

    def shell(self):
        session = Session(["bash", "--norc", "--noprofile", "-i"], self.directory)
        session.expect("$ ")
        return session

    def typed(self, count):
        session, (texts, path) = self.shell(), self.needles("typed letter by letter", count)
        for text in texts:
            session.press(f": {text}")
            session.enter()
        session.finish("exit\r", path)

    def corrected(self, count):
        session, (texts, path) = self.shell(), self.needles("corrected with backspace", count)
        for text in texts:
            at = self.choose.randrange(2, len(text) - 1)
            session.press(f": {text[:at]}")
            session.press("XY\x7f\x7f")
            session.press(text[at:])
            session.enter()
        session.finish("exit\r", path)

    def moved(self, count):
        """A letter in the middle is forgotten and put in later."""
        session, (texts, path) = self.shell(), self.needles("put in with the arrow keys", count)
        for text in texts:
            at = len(text) - 3
            session.press(f": {text[:at]}{text[at + 1:]}")
            for _ in range(2):
                session.send("\x1b[D")
                session.read(PATIENCE)
            session.press(text[at])
            session.enter()
        session.finish("exit\r", path)

    def coloured(self, count):
        texts, path = self.needles("coloured in the middle", count)
        lines = []
        for text in texts:
            at = self.choose.randrange(1, len(text) - 1)
            lines.append(f"log {text[:at]}\x1b[1;3{self.choose.randrange(8)}m{text[at:]}\x1b[0m more")
        session = self.shell()
        session.send(f"cat {self.file(lines)}\r")
        session.expect(texts[-1][-1] + "\x1b[0m more")
        session.finish("exit\r", path)

    def wrapped(self, count):
        session, (texts, path) = self.shell(), self.needles("wrapped at the margin as typed", count)
        for text in texts:
            filler = "f" * (COLUMNS - len("$ :  ") - self.choose.randrange(1, len(text) - 1))
            session.press(f": {filler} {text}")
            session.enter()
        session.finish("exit\r", path)

    def wrapped_in_colour(self, count):
        texts, path = self.needles("wrapped and coloured at the margin", count)
        lines = []
        for text in texts:
            at = self.choose.randrange(1, len(text) - 1)
            lines.append("f" * (COLUMNS - at) + f"{text[:at]}\x1b[7m{text[at:]}\x1b[27m")
        session = self.shell()
        session.send(f"cat {self.file(lines)}\r")
        session.expect(texts[-1][-1] + "\x1b[27m")
        session.finish("exit\r", path)

    def vim(self, *arguments):
        return Session(["vim", "-u", "NONE", "-i", "NONE", "-N", "-n", *arguments], self.directory)

    def written_in_vim(self, count):
        texts, path = self.needles("written in vim", count)
        session = self.vim("-c", "set noruler noshowcmd")
        session.rest()
        session.press("i")
        for text in texts:
            session.press(text + "\r")
        session.finish("\x1b:q!\r", path)

    def changed_in_vim(self, count):
        """Two letters of each are changed: only these are drawn."""
        texts, path = self.needles("changed in vim", count)
        name = self.file(["##".join((text[:4], text[6:])) for text in texts])
        session = self.vim("-c", "set noruler noshowcmd", name)
        session.expect(texts[-1][6:])
        session.rest()
        for number, text in enumerate(texts):
            session.send(f"{number + 1}G04l")
            session.rest()
            session.send("r" + text[4])
            session.read(PATIENCE)
            session.send("l")
            session.read(PATIENCE)
            session.send("r" + text[5])
            session.read(PATIENCE)
        session.rest()
        session.finish(":q!\r", path)

    def highlighted_in_vim(self, count):
        texts, path = self.needles("highlighted in vim", count)
        session = self.vim("-c", "set hlsearch", "-c", f"/{MIDDLE}", self.file(texts))
        session.expect(texts[-1][-5:])
        session.rest()
        session.finish(":q!\r", path)

    def in_less(self, count):
        texts, path = self.needles("highlighted in less", count)
        session = Session(["less", f"+/{MIDDLE}", self.file(texts)], self.directory)
        session.expect(texts[-1][-5:])
        session.rest()
        session.finish("q", path)

    def in_top(self, count):
        texts, path = self.needles("in top", count)
        processes = [subprocess.Popen([text, "300"], executable="/bin/sleep") for text in texts]
        try:
            session = Session(["top", "-c", "-d", "1", "-p", ",".join(str(p.pid) for p in processes)],
                              self.directory, 100, 40)
            for text in texts:
                session.expect(text)
            session.rest()
            session.finish("q", path)
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def opens(self, text, path):
        """None: not found. Whether the text is on the screen at the time that each hit has."""
        grep = subprocess.run([REPLAY, "grep", "-F", text, path], stdout=subprocess.PIPE, text=True)
        if grep.returncode != 0:
            return None
        times = {re.search(r"(\d+:\d\d:\d\d\.\d+)  stdout  ", line).group(1) for line in grep.stdout.splitlines()}
        screens = [subprocess.run([REPLAY, "show", "--at", at, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True, check=True).stdout for at in times]
        return all(text in screen.replace("\n", "") for screen in screens)  # rows that were wrapped join

    def test_all_are_found(self):
        self.typed(80)
        self.corrected(60)
        self.moved(40)
        self.wrapped(40)
        for _ in range(4):  # as many as stay on the screen
            self.coloured(20)
            self.wrapped_in_colour(10)
        for _ in range(2):
            self.written_in_vim(20)
            self.changed_in_vim(20)
            self.highlighted_in_vim(20)
        self.in_less(20)
        self.in_less(20)
        self.in_top(20)
        self.assertEqual(len(self.hidden), 520)

        in_bytes = set()
        for path in sorted({path for _, _, path in self.hidden}):
            pattern = self.file([text for _, text, at in self.hidden if at == path])
            subprocess.run(["zstd", "-q", path], check=True)
            unpacked = subprocess.Popen(["zstd", "-dc", path + ".zst"], stdout=subprocess.PIPE)
            grep = subprocess.run(["grep", "-oFf", pattern], stdin=unpacked.stdout, stdout=subprocess.PIPE, text=True)
            unpacked.stdout.close()
            self.assertEqual(unpacked.wait(), 0)
            in_bytes.update(grep.stdout.split())
        figures, missed, unopened = {}, [], []
        for way, text, path in self.hidden:
            opens = self.opens(text, path)
            figure = figures.setdefault(way, [0, 0, 0, 0])
            figure[0] += 1
            figure[1] += opens is not None
            figure[2] += text in in_bytes
            figure[3] += opens is True
            if opens is None:
                missed.append((way, text))
            elif not opens:
                unopened.append((way, text))
        for way, (hidden, found, raw, opened) in figures.items():
            print(f"{way}: of {hidden} grep finds {found} and {opened} are there at its times, zstd -dc | grep {raw}")
        print(f"all: of {len(self.hidden)} grep finds {len(self.hidden) - len(missed)}, "
              f"zstd -dc | grep {len(in_bytes)}")
        self.assertEqual(missed, [])
        self.assertEqual(unopened, [])
        self.assertEqual(subprocess.run([REPLAY, "grep", "-qF", "q" + self.letters(11), path]).returncode, 1)
        # Else the texts were not torn.
        self.assertLess(len(in_bytes), len(self.hidden) / 2)


if __name__ == "__main__":
    unittest.main()
