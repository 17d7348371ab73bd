"""A shell in tmux whose Tab key is pressed: bash, with and without the package bash-completion, zsh, fish."""

import os
import re
import time

from harness import deadline
from tmux_screen import TmuxScreen

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
SHELLS = ("bash", "bash-plain", "zsh", "fish")


class ShellScreen(TmuxScreen):
    """`lines`: what its start-up file has besides a prompt, "$ ". `home` is HOME."""

    def __init__(self, shell, home, env, lines=()):
        self.shell = shell.partition("-")[0]
        rc = os.path.join(home, {"bash": "rc.bash", "zsh": ".zshrc", "fish": "rc.fish"}[self.shell])
        start = {"bash": ["PS1='$ '", "bind 'set enable-bracketed-paste off'", "bind 'set page-completions off'",
                          "bind 'set completion-query-items 1000'"],
                 "zsh": ["PS1='$ '", "unsetopt beep", "LISTMAX=1000"],
                 "fish": ["function fish_prompt; echo -n '$ '; end", "set -g fish_greeting",
                          "set -g fish_autosuggestion_enabled 0"]}[self.shell]
        if shell == "bash":
            start.append(f". {BASH_COMPLETION}")
        with open(rc, "w", encoding="utf-8") as file:
            file.write("\n".join([*start, *lines]) + "\n")
        argv = {"bash": ["bash", "--noprofile", "--rcfile", rc, "-i"], "zsh": ["zsh", "-d", "-i"],
                "fish": ["fish", "-i", "-C", f"source {rc}"]}[self.shell]
        super().__init__(argv, dict(env, HOME=home, ZDOTDIR=home), rows=50, columns=150)
        self.wait_text(r"^\$ *$")

    def tab(self, line, pattern, tabs=1, seconds=40):
        """Types `line` and Tab until `pattern` is on the screen: an answer that a busy machine makes late is none.
        bash lists at the second Tab, or at the third where the first one adds to the line."""
        end = deadline(seconds)
        while True:
            self.keys("-l", line)
            self.wait_text(re.escape(line.rstrip()))
            for _ in range(tabs):
                self.keys("Tab")
            try:
                return self.wait_text(pattern, 4)
            except AssertionError:
                if time.monotonic() > end:
                    raise
            self.clear()

    def clear(self):
        """An empty line on an empty screen."""
        self.keys("Escape" if self.shell == "fish" else "C-g")
        self.keys("C-e", "C-u")
        self.keys("C-l")
        self.wait_text(r"\A\$ *\n\s*\Z")
