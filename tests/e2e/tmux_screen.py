"""A program in a tmux of its own: a real terminal emulator, asked what is on its screen."""

import os
import re
import shlex
import subprocess
import tempfile
import time

from harness import deadline, wait_for


class TmuxScreen:
    """Runs `argv` in one pane; the pane stays when it has ended, and so does its screen."""

    def __init__(self, argv, env, rows=24, columns=80):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-tmux-")
        self.env = dict(env)
        self.code_file = os.path.join(self.directory, "code")
        # screen-256color is in every terminfo; PATH and the rest come from the server's environment.
        command = f"TERM=screen-256color {shlex.join(argv)}; echo $? >{shlex.quote(self.code_file)}"
        self("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c",
             "stty -a >/dev/null; read -r go; " + command + "; exec sleep 1000")
        self("set-option", "-g", "remain-on-exit", "on")
        # Options first, the program then.
        self("send-keys", "Enter")

    def __call__(self, *arguments):
        done = subprocess.run(["tmux", "-S", os.path.join(self.directory, "socket"), *arguments], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
        if done.returncode != 0:
            raise AssertionError(f"tmux {arguments}: {done.stderr}")
        return done.stdout

    def keys(self, *keys):
        """Names of tmux's ("Enter", "C-c"), or text."""
        self("send-keys", *keys)

    def type(self, line):
        """Types it at a shell's prompt, as often as it takes: busybox's forgets what is typed before the terminal
        has told it where the cursor is."""
        end = deadline(20)
        while True:
            self("send-keys", "-l", line)
            try:
                return self.wait_text(re.escape(line) + "$", 2)
            except AssertionError:
                if time.monotonic() > end:
                    raise
            self("send-keys", "C-u")

    def text(self):
        return self("capture-pane", "-p")

    def everything(self):
        """The cells with their colours, and where the cursor is: what a person sees."""
        return self("capture-pane", "-p", "-e") + self(
            "display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag} #{alternate_on} #{insert_flag} "
            "#{scroll_region_upper} #{scroll_region_lower} #{keypad_flag} #{mouse_any_flag}")

    def title(self):
        return self("display-message", "-p", "#{pane_title}").rstrip("\n")

    def wait_text(self, pattern, seconds=40):
        return wait_for(f"{pattern!r} on the screen; it has:\n{self.text()}",
                        lambda: re.search(pattern, self.text(), re.MULTILINE), seconds)

    def wait_title(self, pattern, seconds=40):
        return wait_for(f"the title {pattern!r}", lambda: re.search(pattern, self.title()), seconds)

    def settled(self):
        """everything(), once it no longer changes."""
        seen = [None]

        def same():
            before, seen[0] = seen[0], self.everything()
            return before == seen[0]
        wait_for("a screen that stands still", same)
        return seen[0]

    def code(self):
        def read():
            try:
                with open(self.code_file, encoding="ascii") as file:
                    return file.read().strip()
            except FileNotFoundError:
                return ""
        return int(wait_for("the program to end", read, 30))

    def close(self):
        subprocess.run(["tmux", "-S", os.path.join(self.directory, "socket"), "kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", self.directory], check=True)
