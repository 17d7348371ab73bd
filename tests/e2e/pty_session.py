"""A program on a terminal of its own: keys in, screen bytes out, sizes, signals, settings."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import deadline


class PtySession:
    """Runs `argv` as the foreground of a new terminal. The terminal outlives it, so that its settings
    can be compared. `seen` is everything the program wrote; `unread` what no expect() has used yet."""

    def __init__(self, argv, env, rows=24, columns=80, stderr=None):
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        self._set_size(rows, columns)
        # Settings that no program sets by accident: giving back *some* sane ones would show.
        odd = termios.tcgetattr(self.slave)
        odd[6][termios.VERASE] = b"\x05"
        odd[6][termios.VLNEXT] = b"\x06"
        odd[0] |= termios.IXANY
        termios.tcsetattr(self.slave, termios.TCSANOW, odd)
        self.settings_before = self.settings()
        self.seen = b""
        self.unread = b""
        self.code = None
        # setsid --ctty makes the terminal the controlling one and becomes the program (same pid).
        self.process = subprocess.Popen(["setsid", "--ctty", *argv], env=env, stdin=self.slave, stdout=self.slave,
                                        stderr=stderr if stderr is not None else self.slave)
        self.pid = self.process.pid

    def settings(self):
        return termios.tcgetattr(self.slave)

    def is_raw(self):
        return not self.settings()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def _set_size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        """As dragging a window's corner does: the kernel sends SIGWINCH."""
        self._set_size(rows, columns)

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        end = deadline(20)
        while data:
            select.select([self.master], [self.master], [], 0.1)
            self._drain()
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                pass
            if time.monotonic() > end:
                raise AssertionError(f"the terminal takes no more keys; {self._tail()}")

    def _drain(self):
        while True:
            try:
                got = os.read(self.master, 65536)
            except (BlockingIOError, OSError):
                return
            if not got:
                return
            self.seen += got
            self.unread += got

    def expect(self, pattern, seconds=40):
        """Reads until the regular expression matches what no expect() has used; returns the match."""
        if isinstance(pattern, str):
            pattern = pattern.encode()
        end = deadline(seconds)
        while True:
            self._drain()
            match = re.search(pattern, self.unread)
            if match:
                self.unread = self.unread[match.end():]
                return match
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {seconds} s for {pattern!r}; {self._tail()}")
            if self.process.poll() is not None:
                self._drain()
                if not re.search(pattern, self.unread):
                    raise AssertionError(f"ended with {self.process.returncode} before {pattern!r}; {self._tail()}")
                continue
            select.select([self.master], [], [], min(left, 0.2))

    def _tail(self):
        return f"the terminal had: {self.seen[-3000:]!r}"

    def kill(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=40):
        """Waits for the program to end and be reaped; its exit code (negative: signal)."""
        end = deadline(seconds)
        while self.process.poll() is None:
            self._drain()
            if time.monotonic() > end:
                raise AssertionError(f"still running after {seconds} s; {self._tail()}")
            select.select([self.master], [], [], 0.02)
        self._drain()
        self.code = self.process.returncode
        return self.code

    def hang_up(self):
        """Closes the terminal's other end, as closing a window does."""
        os.close(self.master)
        self.master = None

    def close(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait()
        for descriptor in (self.master, self.slave):
            if descriptor is not None:
                os.close(descriptor)
        self.master = self.slave = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
