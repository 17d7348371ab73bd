"""tmux as the judge of the terminal emulator: feeds bytes to a pane of a private server and reads back what
it shows; and the same question to replay/screen (screen_dump). Both answer as
{"rows": [[[style, text], ...], ...], "wrapped": [...], "cursor": [x, y], "visible": ..., "alternate": ...}.

tmux runs with a socket of its own and without configuration. A small program in the pane writes what it is
told to the terminal, then asks tmux for its version and waits for the answer: tmux answers in order, so all of
it has been obeyed by then. capture-pane goes through one control-mode client.
"""

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

FEEDER = r"""
import os, re, socket, struct, sys, termios, tty
tty.setraw(0)
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rb")
while True:
    head = f.read(4)
    if len(head) < 4: break
    data = f.read(struct.unpack(">I", head)[0])
    want = 1 + len(re.findall(rb"\x1b\[>0?q", data))
    data += b"\x18\x1b\\\x1b[>q"
    at = 0
    while at < len(data): at += os.write(1, data[at:])
    seen = b""
    while len(re.findall(rb"\x1bP>\|tmux [^\x1b]*\x1b\\", seen)) < want: seen += os.read(0, 65536)
    s.sendall(b"k")
"""

MOST_COLUMNS = 10000

# Leaves the pane as new: main screen, cleared, nothing saved, no history.
CLEAN = b"\x18\x1b\\\x1b[?1049l\x1bc\x1b[3J\x1b[?1049h\x1b[?1049l\x1b7"

# What DEC's graphics set shows for 0x60 to 0x7e; tmux keeps the letters.
GRAPHICS = dict(zip("`abcdefghijklmnopqrstuvwxyz{|}~",
                    "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"))

UNDERLINES = {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
BITS = {1: 0x01, 2: 0x02, 3: 0x04, 5: 0x08, 7: 0x10, 8: 0x20, 9: 0x40, 53: 0x80}


class Style:
    def __init__(self):
        self.attributes, self.fg, self.bg, self.us = 0, "-", "-", "-"

    def text(self):
        return f"{self.attributes:x} {self.fg} {self.bg} {self.us}"

    def apply(self, parameters):
        """An SGR sequence as capture-pane writes it."""
        values = (parameters or "0").split(";")
        while values:
            value = values.pop(0)
            if ":" in value:
                kind, what = value.split(":")
                if kind == "4":
                    self.attributes = self.attributes & 0xff | UNDERLINES[what] << 8
                elif kind == "5" and what == "3":  # tmux writes 53 this way
                    self.attributes |= BITS[53]
                else:
                    raise ValueError(value)
                continue
            code = int(value)
            if code == 0:
                self.__init__()
            elif code == 4:
                self.attributes = self.attributes & 0xff | 1 << 8
            elif code in BITS:
                self.attributes |= BITS[code]
            elif code in (38, 48, 58):
                if values.pop(0) == "5":
                    colour = values.pop(0)
                else:
                    colour = "#" + "".join(f"{int(values.pop(0)):02x}" for _ in range(3))
                setattr(self, {38: "fg", 48: "bg", 58: "us"}[code], colour)
            elif code in (39, 49):
                setattr(self, "fg" if code == 39 else "bg", "-")
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fg = str(code - 30 if code < 90 else code - 90 + 8)
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.bg = str(code - 40 if code < 100 else code - 100 + 8)
            else:
                raise ValueError(value)


def parse_capture(lines):
    """Lines of capture-pane -e as rows of [style, text] runs."""
    style, shifted, rows = Style(), False, []
    for line in lines:
        runs = []
        for piece in re.findall("\x1b\\[[0-9;:]*m|\x0e|\x0f|[^\x1b\x0e\x0f]+|\x1b", line):
            if piece == "\x0e" or piece == "\x0f":
                shifted = piece == "\x0e"
            elif piece.startswith("\x1b["):
                style.apply(piece[2:-1])
            else:
                text = "".join(GRAPHICS.get(c, c) for c in piece) if shifted else piece
                if runs and runs[-1][0] == style.text():
                    runs[-1][1] += text
                else:
                    runs.append([style.text(), text])
        rows.append(runs)
    return rows


class TmuxCrashed(Exception):
    pass


class Tmux:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-screen-")
        self.socket = os.path.join(self.directory, "tmux")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.directory, "TERM": "xterm-256color",
                            "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh"}
        feeder = os.path.join(self.directory, "feeder.py")
        with open(feeder, "w", encoding="ascii") as file:
            file.write(FEEDER)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self.directory, "feed"))
        listener.listen(1)
        listener.settimeout(30)
        self.size = (80, 24)
        self._command("new-session", "-d", "-x", "80", "-y", "24", "-s", "s",
                      f"exec '{sys.executable}' -S '{feeder}' '{self.directory}/feed'")
        self.feeder, _ = listener.accept()
        self.feeder.settimeout(120)
        listener.close()
        self.control = subprocess.Popen(
            ["tmux", "-u", "-S", self.socket, "-f", "/dev/null", "-C", "attach", "-t", "s", "-f",
             "no-output,ignore-size"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.environment)
        self._reply()
        for option in ("status off", "window-size manual", "history-limit 2000"):
            self.ask(f"set -g {option}")
        self.ask("set -s exit-empty off")

    def _command(self, *arguments):
        subprocess.run(["tmux", "-u", "-S", self.socket, "-f", "/dev/null", *arguments], check=True,
                       env=self.environment, cwd=self.directory, timeout=30)

    def _reply(self):
        lines = []
        begun = None
        while True:
            line = self.control.stdout.readline()
            if not line:
                raise TmuxCrashed("tmux ended")
            line = line.rstrip(b"\n")
            if begun is None:
                if line.startswith(b"%begin "):
                    begun = line[7:]
                continue
            if line == b"%end " + begun:
                return lines
            if line == b"%error " + begun:
                raise RuntimeError(b"\n".join(lines).decode())
            lines.append(line)

    def ask(self, command):
        try:
            self.control.stdin.write(command.encode() + b"\n")
            self.control.stdin.flush()
        except BrokenPipeError:
            raise TmuxCrashed("tmux ended") from None
        return self._reply()

    def feed(self, data):
        self.feeder.sendall(struct.pack(">I", len(data)) + data)
        if self.feeder.recv(1) != b"k":
            raise TmuxCrashed("tmux ended")

    def resize(self, columns, rows):
        if (columns, rows) != self.size:
            self.ask(f"resize-window -t s -x {columns} -y {rows}")
            self.size = (columns, rows)

    def state(self, wrapped=True):
        capture = [line.decode("utf-8", "replace") for line in self.ask("capture-pane -p -e -N -t s")]
        x, y, visible, alternate = self.ask(
            "display-message -p -t s '#{cursor_x} #{cursor_y} #{cursor_flag} #{alternate_on}'")[0].split()
        answer = {"rows": parse_capture(capture), "cursor": [int(x), int(y)], "visible": visible == b"1",
                  "alternate": alternate == b"1"}
        if wrapped:
            joined = [line.decode("utf-8", "replace") for line in self.ask("capture-pane -p -J -t s")]
            answer["joined"] = joined
        return answer

    def show(self, columns, rows, steps, wrapped=True):
        self.resize(columns, rows)
        self.feed(CLEAN)
        for step in steps:
            if isinstance(step, bytes):
                self.feed(step)
            else:
                self.resize(*step)
        return self.state(wrapped)

    def close(self):
        try:
            self.control.communicate(timeout=10)
        except BrokenPipeError:
            self.control.wait(10)
        self.feeder.close()
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def show(self, columns, rows, steps):
        sent = [base64.b64encode(CLEAN).decode()]
        for step in steps:
            # The feeder in tmux ends each piece this way.
            sent.append(base64.b64encode(step + b"\x18\x1b\\").decode() if isinstance(step, bytes) else list(step))
        request = {"columns": columns, "rows": rows, "steps": sent}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("screen_dump ended")
        answer = json.loads(line)
        # As capture-pane -J writes it.
        text = "".join("".join(run[1] for run in runs) + ("" if wrapped else "\n")
                       for runs, wrapped in zip(answer["rows"], answer["wrapped"]))
        answer["joined"] = text.removesuffix("\n").split("\n")
        return answer

    def close(self):
        self.process.communicate(timeout=10)


def comparable(runs):
    """A row without the colour of underlines that are not drawn: tmux does not write a character for its sake."""
    made = []
    for style, text in runs:
        attributes, fg, bg, us = style.split()
        style = f"{attributes} {fg} {bg} {us if int(attributes, 16) >> 8 else '-'}"
        if made and made[-1][0] == style:
            made[-1][1] += text
        else:
            made.append([style, text])
    return made


def differences(theirs, ours):
    """One line for each row or property that differs."""
    found = []
    for y, (a, b) in enumerate(zip(theirs["rows"], ours["rows"])):
        a, b = comparable(a), comparable(b)
        if a != b:
            found.append(f"row {y}: tmux {a!r}\n       ours {b!r}")
    if len(theirs["rows"]) != len(ours["rows"]):
        found.append(f"rows: tmux {len(theirs['rows'])}, ours {len(ours['rows'])}")
    for key in ("cursor", "visible", "alternate"):
        if theirs[key] != ours[key]:
            found.append(f"{key}: tmux {theirs[key]}, ours {ours[key]}")
    if not found and "joined" in theirs:
        if len(theirs["joined"]) != len(ours["joined"]):
            found.append(f"wrapping: tmux {theirs['joined']!r}\n       ours {ours['joined']!r}")
    return found
