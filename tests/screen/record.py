#!/usr/bin/env python3
"""Records the captures of tests/captures: real programs, driven by scripts of keys on a pty, in a directory made
for it, with a host name, a process table and a home of their own, so that nothing of this machine gets into them.
Needs root, and the programs (apt-get install vim less htop nano mc dialog whiptail tmux screen tig ncdu w3m ...).

    record.py [NAME...]        all, or those named

A capture is an asciicast 2 with `m` events where the program had come to rest, compressed with xz.
"""

import fcntl
import json
import lzma
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.environ.get("SECURE_EXEC_CAPTURES_INTO", os.path.join(os.path.dirname(HERE), "captures"))
HOME = "/tmp/demo"
SCRIPT = "/tmp/record-session"  # what the recorded process lists show this program as
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": HOME, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
               "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "PS1": "\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\$ ",
               "LESS": "-R", "TZ": "UTC", "HISTFILE": "/dev/null", "GIT_PAGER": "less -R"}

ESC, UP, DOWN, RIGHT, LEFT, PGDN, PGUP = "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[6~", "\x1b[5~"
F = {1: "\x1bOP", 2: "\x1bOQ", 3: "\x1bOR", 4: "\x1bOS", 5: "\x1b[15~", 6: "\x1b[17~", 9: "\x1b[20~", 10: "\x1b[21~"}
BASH = ["bash", "--norc", "--noprofile", "-i"]

MENU = "dialog --title Services --menu 'Pick one' 15 50 5 1 nginx 2 postgres 3 redis 4 '日本語' 5 none"
PROGRESS = r'''
import sys, time
for n in range(0, 101, 2):
    sys.stdout.write("\r\x1b[K\x1b[32m%3d%%\x1b[0m [%-40s] %d/100 MiB" % (n, "#" * (n * 40 // 100), n)); sys.stdout.flush(); time.sleep(0.005)
print("\ndone")
for n in range(60):
    sys.stdout.write("\r" + "|/-\\"[n % 4] + " waiting for pod web-%d" % n); sys.stdout.flush(); time.sleep(0.003)
print()
'''
MULTI = r'''
import sys, time
names = ["redis", "postgres", "nginx", "busybox"]
print("\n" * len(names), end="")
for n in range(0, 101, 5):
    sys.stdout.write("\x1b[%dA" % len(names))
    for i, name in enumerate(names):
        done = min(100, n * (i + 2) // 3)
        sys.stdout.write("\r\x1b[2K%-12s \x1b[%dm%s\x1b[0m %3d%%\n" % (name, 31 + i, "█" * (done // 4) + "░" * (25 - done // 4), done))
    sys.stdout.flush(); time.sleep(0.005)
'''
COLOURS = r'''
for n in range(256): print("\x1b[48;5;%dm%4d\x1b[0m" % (n, n), end="\n" if n % 16 == 15 else "")
for n in range(0, 256, 4): print("\x1b[38;2;%d;%d;%dm█" % (n, 255 - n, 128), end="")
print("\x1b[0m")
for n in (1, 2, 3, 4, 5, 7, 8, 9, 21, 53): print("\x1b[%dmSGR %d\x1b[0m" % (n, n), end=" ")
for n in range(6): print("\x1b[4:%dmunder %d\x1b[0m" % (n, n), end=" ")
print("\n\x1b[58;5;196;4:3mred curls\x1b[59m plain curls\x1b[0m \x1b]8;;https://example.com/\x1b\\a link\x1b]8;;\x1b\\")
'''
EMOJI = r'''
print("😀😃😄 family 👨‍👩‍👧‍👦 flag 🇩🇪 skin 👍🏽 heart ❤️ keycap 1️⃣ zwj 👩‍💻 end")
print("|" + "🚀" * 45 + "|")
for n in range(70, 84): print("x" * n + "漢字かな")
print("한국어 텍스트와 ﾊﾝｶｸ ＺＥＮＫＡＫＵ e\u0301 o\u0308\u0323 नमस्ते สวัสดี مرحبا שלום")
'''
VTTEST = r'''
import sys
w = sys.stdout.write
w("\x1b[2J\x1b#8\x1b[9;10H\x1b[1J\x1b[18;60H\x1b[0J\x1b[1K\x1b[9;71H\x1b[0K")
for i in range(10, 17): w("\x1b[%d;10H\x1b[1K\x1b[%d;71H\x1b[0K" % (i, i))
w("\x1b[17;30H\x1b[2K")
for i in range(1, 81): w("\x1b[24;%df*\x1b[1;%df*" % (i, i))
w("\x1b[2;2H")
for i in range(2, 24): w("+\x1b[1D\x1bD")
w("\x1b[23;79H")
for i in range(23, 1, -1): w("+\x1b[1D\x1bM")
w("\x1b[2;1H")
for i in range(2, 24): w("*\x1b[%d;80H*\x1b[10D\x1bE" % i)
w("\x1b[2;10H\x1b[42D\x1b[2C")
for i in range(3, 79): w("+\x1b[0C\x1b[2D\x1b[1C")
w("\x1b[23;70H\x1b[42C\x1b[2D")
for i in range(78, 2, -1): w("+\x1b[1D\x1b[1C\x1b[0D\x08")
w("\x1b[10;12HThe screen should be cleared, and have an unbroken bor-")
w("\x1b[12;12Hder of *'s and +'s around the edge.\x1b[3;22r\x1b[?6h\x1b[1;1Htop of region\r\n")
for i in range(30): w("region line %d\r\n" % i)
w("\x1b[?6l\x1b[r\x1b[24;1Hdone\x1b[?7l" + "x" * 90 + "\x1b[?7h\x1b[4h\x1b[13;5Hinsert\x1b[4l\x1b[14;5H\x1b[3P\x1b[15;5H\x1b[4@\x1b[16;5H\x1b[2L\x1b[18;1H\x1b[M")
w("\x1b[3g\x1b[20;5H\x1bH\x1b[20;30H\x1bH\r\tA\tB\tC")
'''
LOG = "for i in $(seq 1 200); do echo \"2024-05-17T10:00:$i INFO [worker-$((i % 7))] request $i completed in $((i * 37 % 1000)) ms, and some more text\"; done"


def capture(name, command, *keys, columns=80, rows=24):
    return name, (columns, rows), command, keys


def sh(command, *keys, **size):
    """In bash: the command, then keys."""
    return BASH, (command + "\r", *keys, "exit\r"), size


def shell(name, command, *keys, **size):
    program, keys, size = sh(command, *keys, **size)
    return capture(name, program, *keys, **size)


CASES = [
    capture("vim-edit", ["vim", "-u", "NONE", "main.c"], "ihello world\x1b", "yyppp", ":set number\r", "/int\r", "G", "gg", "dd", "u", "Oнова строка\x1b", ":q!\r"),
    capture("vim-syntax", ["vim", "-N", "-u", "/usr/share/vim/vim90/defaults.vim", "main.c"], ":set hlsearch\r", "/return\r", "n", "n", ":split\r", "\x17w", "\x06", "\x02", ":vsplit\r", ":help\r", "\x06", ":qa!\r"),
    capture("vim-scroll", ["vim", "-u", "NONE", "long.txt"], *["\x05"] * 12, *["\x19"] * 5, *["\x04"] * 4, "50%", ":s/line/LINE/\r", "V5jd", "ZQ", columns=100, rows=30),
    capture("vim-resize", ["vim", "-u", "NONE", "long.txt"], "20G", (60, 20), "zt", (120, 40), "ihere\x1b", (80, 24), ":q!\r"),
    capture("vim-cjk", ["vim", "-u", "NONE", "cjk.txt"], "4x", "j", "i中間\x1b", "jdd", "A 終\x1b", "p", ":q!\r", columns=60, rows=15),
    capture("nvim", ["nvim", "-u", "NONE", "-i", "NONE", "main.c"], "ofoo bar\x1b", ":set nu\r", "/main\r", ":split\r", "G", ":qa!\r"),
    capture("emacs", ["emacs", "-nw", "-q", "main.c"], "hello", "\x0e\x0e", "\x0b", "\x182", "\x18o", "\x1b>", "\x18\x03", "n", "yes\r"),
    capture("less", ["less", "long.txt"], " ", " ", "b", "/line 150\r", "G", "g", "\x1b[B\x1b[B", "-S\r", "\x1b[C", "-N\r", "q"),
    capture("less-resize", ["less", "long.txt"], " ", (50, 12), " ", (100, 30), "G", (80, 24), "q"),
    capture("less-cjk", ["less", "cjk.txt"], " ", "/語\r", "q", columns=40, rows=10),
    capture("htop", ["htop", "-d", "2"], DOWN, DOWN, F[6], DOWN, "\r", F[5], F[2], DOWN, DOWN, ESC + ESC, "q"),
    capture("htop-resize", ["htop", "-d", "2"], (60, 15), DOWN, (130, 40), DOWN, (80, 24), "q"),
    capture("htop-long", ["htop", "-d", "1"], *[DOWN, UP] * 8, "q", columns=132, rows=43),
    capture("top", ["top", "-d", "0.3"], "1", "z", "x", "V", "c", "E", "q"),
    capture("top-resize", ["top", "-d", "0.3"], (60, 12), "1", (110, 30), "z", "q"),
    capture("nano", ["nano", "--syntax=c", "main.c"], "hello nano", "\x0b", "\x15", "\x15", "\x17return\r", "\x1b[6~", "\x07", "\x18", "\x18", "n"),
    capture("nano-resize", ["nano", "long.txt"], DOWN, PGDN, (50, 14), "abc", (90, 28), PGDN, "\x18", "n"),
    capture("mc", ["mc", "-u"], DOWN, DOWN, "\t", DOWN, F[9], RIGHT, DOWN, ESC + ESC, F[3], ESC + ESC, F[10], "\r"),
    capture("mc-view", ["mc", "-u"], DOWN, DOWN, DOWN, DOWN, F[3], PGDN, F[4], F[3], (100, 30), F[10], "\r"),
    capture("mc-colour", ["mc", "-u", "-S", "dark"], "\x0f", "ls\r", "\x0f", F[9], DOWN, DOWN, ESC + ESC, F[10], "\r", columns=120, rows=36),
    capture("man-ls", ["man", "ls"], " ", " ", "/sort\r", "n", "G", "q"),
    capture("man-bash", ["man", "bash"], *[" "] * 6, "b", "/readline\r", "q", columns=100, rows=40),
    shell("git-log", "git log --graph --all --decorate --color", " ", "q", "git log --stat --color | cat\r"),
    shell("git-diff", "git diff --color HEAD~3", " ", " ", "q", "git show --stat --color HEAD | cat\r", "git status\r"),
    capture("tig", ["tig"], DOWN, DOWN, "\r", DOWN, DOWN, "q", "q", columns=100, rows=30),
    shell("apt-list", "apt -o APT::Color=1 list 'lib*zstd*' 2>/dev/null", 5.0, "apt -o APT::Color=1 show bash 2>/dev/null | cat\r", 5.0),
    shell("apt-simulate", "apt-get -s -o APT::Color=1 install cowsay", 5.0, "apt -o APT::Color=1 search --names-only '^bash' 2>/dev/null\r", 5.0),
    capture("dialog-menu", ["sh", "-c", MENU], DOWN, DOWN, DOWN, UP, "\t", "\r"),
    capture("dialog-form", ["dialog", "--form", "Who", "14", "50", "3", "Name", "1", "1", "", "1", "10", "20", "0", "City", "2", "1", "東京", "2", "10", "20", "0"],
            "alice", DOWN, "bob", "\t", "\r"),
    capture("dialog-gauge", ["sh", "-c", "for i in $(seq 0 5 100); do echo $i; sleep 0.01; done | dialog --gauge Copying 8 50"], ),
    capture("dialog-checklist", ["dialog", "--checklist", "Choose", "15", "50", "6", "a", "alpha", "on", "b", "beta", "off", "c", "gamma", "off"], " ", DOWN, " ", (60, 20), "\r"),
    capture("whiptail", ["whiptail", "--title", "Question", "--yesno", "Really delete everything?", "10", "50"], "\t", "\t", "\r"),
    capture("whiptail-menu", ["whiptail", "--menu", "Pick", "15", "40", "4", "one", "first", "two", "second", "three", "third"], DOWN, DOWN, "\t", "\r"),
    capture("tmux-in-tmux", ["tmux", "-L", "demo", "-f", "/dev/null", "new", *BASH], "ls -l --color\r", "\x02\"", "cat main.c\r", "\x02%", "top -d 0.5\r", "\x02o", (100, 30), "\x02z", "\x02z",
            "\x02[", PGUP, "q", "\x02&", "y", "exit\r"),
    capture("tmux-windows", ["tmux", "-L", "demo", "-f", "/dev/null", "new", *BASH], "\x02c", "vim -u NONE main.c\r", "\x02n", "\x02w", "q", "\x02d"),
    capture("screen", ["screen", "-c", "/dev/null", *BASH], "ls\r", "\x01c", "echo second\r", "\x01S", "\x01\t", "\x01c", "echo third\r", "\x01\\", "y"),
    shell("progress", f"python3 -S -c '{PROGRESS}'".replace("\n", "\x16\n")),
    shell("progress-multi", "python3 -S multi.py"),
    shell("colours", "python3 -S colours.py"),
    shell("emoji", "python3 -S emoji.py"),
    shell("emoji-narrow", "python3 -S emoji.py", (33, 20), "echo back\r", (90, 24), columns=50, rows=20),
    shell("cjk-cat", "cat cjk.txt cjk.txt", "cat cjk.txt\r", columns=41, rows=12),
    capture("border", ["python3", "-S", "vttest.py"], ),
    shell("log", LOG),
    shell("log-resize", LOG, (50, 20), "seq 1 30\r", (120, 30), (33, 10), "echo wrapped wrapped wrapped wrapped wrapped wrapped\r", (80, 24)),
    capture("bash-edit", BASH, "echo one two three", "\x01", "X", "\x05", "\x17", "\x17", "\x19", "\x7f\x7f\x7f", "\r", UP, LEFT + LEFT + LEFT, "zz", "\x0b", "\r",
            "\x12one", "\x07", "echo " + "long " * 30, "\x01", "\x1b[3~" * 3, "\x05", "\x7f" * 40, "\x03", "ls src/\t\t", "\x15", "exit\r"),
    capture("bash-wrap", BASH, "x" * 77, "y" * 8, LEFT * 20, "inserted ", "\x01", "first ", "\x05", "\x7f" * 30, (40, 24), "more", (80, 24), "\x03", "exit\r"),
    shell("ls-colour", "ls -la --color=always --hyperlink=always", "ls --color=always -C /usr/share/zoneinfo\r", "grep --color=always -rn int .\r"),
    capture("watch", ["watch", "-n", "0.3", "-c", "ls -l --color=always; date +%S"], (60, 14), "q"),
    capture("ncdu", ["ncdu", "-0", HOME], DOWN, DOWN, "\r", LEFT, "i", "i", "q", "y"),
    capture("w3m", ["w3m", "page.html"], DOWN * 3, "\t", "\t", "/needle\r", "q", "y"),
    capture("lynx", ["lynx", "-nopause", "page.html"], DOWN, DOWN, " ", "q", "y"),
    shell("reset", "printf '\\e(0lqqk\\e(B\\e[7mleft\\n'; printf '\\e[?1049h\\e[5;10Halt'", "reset\r", "clear; echo clean\r", "tput smcup; tput cup 5 5; echo in; tput rmcup\r"),
]


def prepare():
    shutil.rmtree(HOME, ignore_errors=True)
    os.makedirs(f"{HOME}/src")

    def write(name, text):
        with open(f"{HOME}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    write("main.c", "#include <stdio.h>\n\n/* Prints what it is told. */\nint main(int argc, char **argv) {\n" +
          "".join(f"  if (argc > {n}) printf(\"%s\\n\", argv[{n}]);\n" for n in range(1, 25)) + "  return 0;\n}\n")
    write("long.txt", "".join(f"line {n}: " + "words and more words " * (n % 7) + "\n" for n in range(1, 300)))
    write("cjk.txt", "".join(f"{n} 日本語の文章です。中文字符测试，한국어도 있습니다。ABC漢字" + "テスト" * (n % 9) + "\n" for n in range(1, 30)))
    write("multi.py", MULTI)
    write("colours.py", COLOURS)
    write("emoji.py", EMOJI)
    write("vttest.py", VTTEST)
    write("page.html", "<html><head><title>Demo</title></head><body><h1>Heading</h1><p>Text with a <a href='a.html'>link</a> and a <b>needle</b>.</p>"
          "<table border=1><tr><td>a</td><td>日本</td></tr><tr><td>c</td><td>d</td></tr></table><ul>" +
          "".join(f"<li>item {n}" for n in range(30)) + "</ul></body></html>")
    for name in ("alpha", "beta", "gamma"):
        write(f"src/{name}.txt", name * 40 + "\n")
    git = {**ENVIRONMENT, "GIT_CONFIG_GLOBAL": "/dev/null"}

    def run(*command, n=0):
        when = f"2024-05-{n + 1:02}T10:00:00Z"
        subprocess.run(command, cwd=HOME, env={**git, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("git", "init", "-b", "main")
    run("git", "config", "user.name", "Alice Example")
    run("git", "config", "user.email", "alice@example.com")
    for n in range(20):
        write("src/alpha.txt", "".join(f"alpha {i} of {n}\n" for i in range(n, n + 12)))
        run("git", "add", "-A", n=n)
        run("git", "commit", "-m", f"src: Change alpha for the {n}. time, because 理由", n=n)
        if n == 8:
            run("git", "branch", "topic")
        if n == 12:
            run("git", "checkout", "topic")
            write("topic.txt", "topic\n")
            run("git", "add", "-A", n=n)
            run("git", "commit", "-m", "topic: Add it", n=n)
            run("git", "checkout", "main")
            run("git", "merge", "--no-ff", "-m", "Merge topic", "topic", n=n)


class Recording:
    ANSWERS = [(re.compile(rb"\x1b\[0?c"), b"\x1b[?64;1;2;6;22c"), (re.compile(rb"\x1b\[>0?c"), b"\x1b[>41;354;0c"),
               (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R")]

    def __init__(self, size, command):
        self.size = size
        self.events = []
        self.rest = b""
        self.closed = False
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(HOME)
            os.execvpe(command[0], command, ENVIRONMENT)
        self.set_size(size)

    def set_size(self, size):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def add(self, code, data):
        self.events.append([round(len(self.events) / 10, 1), code, data])

    def take(self, data, last=False):
        """Whole characters only: JSON."""
        data = self.rest + data
        end = len(data)
        if not last:
            for back in range(1, min(4, len(data)) + 1):
                byte = data[-back]
                if byte >= 0xC0:
                    if (byte >= 0xF0 and back < 4) or (0xE0 <= byte < 0xF0 and back < 3) or (byte < 0xE0 and back < 2):
                        end = len(data) - back
                    break
                if byte < 0x80:
                    break
        self.rest = data[end:]
        if data[:end]:
            self.add("o", data[:end].decode("utf-8", "surrogateescape"))

    def settle(self, quiet=0.25, most=2.0):
        end = time.monotonic() + most
        while not self.closed and (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], min(quiet, left))
            if not ready:
                break
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                self.closed = True
                break
            self.take(data)
            for query, answer in self.ANSWERS:
                for _ in query.findall(data):
                    os.write(self.master, answer)
        if not self.rest:
            self.add("m", "")

    def key(self, key):
        if self.closed:
            return
        if isinstance(key, tuple):
            self.add("r", f"{key[0]}x{key[1]}")
            self.set_size(key)
        else:
            try:
                os.write(self.master, key.encode())
            except OSError:
                self.closed = True

    def finish(self):
        self.take(b"", last=True)
        try:
            os.kill(self.pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.close(self.master)
        for _ in range(50):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def record(name, size, command, keys):
    recording = Recording(size, command)
    recording.settle(quiet=0.5)
    for key in keys:
        if isinstance(key, float):
            recording.settle(quiet=key, most=2 * key)
            continue
        recording.key(key)
        recording.settle()
    recording.finish()
    lines = [json.dumps({"version": 2, "width": size[0], "height": size[1]})]
    lines += [json.dumps(event, ensure_ascii=False) if not re.search("[\ud800-\udfff]", str(event[2])) else json.dumps(event)
              for event in recording.events]
    text = "\n".join(lines) + "\n"
    with open(os.path.join(CAPTURES, f"{name}.cast.xz"), "wb") as file:
        file.write(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{name}: {len(text)} bytes, {sum(e[1] == 'm' for e in recording.events)} rests", flush=True)


def main():
    if os.environ.get("SECURE_EXEC_RECORDING") != "inside":
        os.makedirs(CAPTURES, exist_ok=True)
        prepare()
        shutil.copy(__file__, SCRIPT)
        os.chdir("/tmp")
        os.execvpe("unshare", ["unshare", "--uts", "--pid", "--mount", "--fork", "--mount-proc", "bash", "-c",
                               'python=$1; shift; exec -a python3 "$python" "$@"', "bash", sys.executable,
                               os.path.basename(SCRIPT), *sys.argv[1:]],
                   {**os.environ, "SECURE_EXEC_RECORDING": "inside", "SECURE_EXEC_CAPTURES_INTO": CAPTURES})
    subprocess.run(["hostname", "demo"], check=True)
    helpers = [subprocess.Popen(["sleep", str(1000 + n)], env=ENVIRONMENT, cwd=HOME) for n in range(12)]
    try:
        for name, size, command, keys in CASES:
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                record(name, size, command, keys)
    finally:
        for helper in helpers:
            helper.kill()


if __name__ == "__main__":
    main()
