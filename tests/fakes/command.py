"""A command that really runs: on a pty or on pipes, in a session of its own."""

import ctypes
import errno
import fcntl
import os
import pty
import signal
import struct
import termios

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
PIPE_BYTES = 1 << 20


def die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def set_process_name(name):
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


class StartError(Exception):
    """The program could not be executed."""


class Command:
    """`outputs` maps a descriptor to read to its channel; `stdin` is a descriptor or None."""

    def __init__(self, argv, environment, directory, tty, stdin, stdout, stderr):
        self.argv, self.tty = argv, tty
        self.outputs = {}
        self.stdin = None
        self.code = None  # once it has ended
        theirs = self._open(tty, stdin, stdout, stderr)
        failure, failed = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._become(argv, environment, directory, theirs, failed)
        os.close(failed)
        for fd in set(theirs):
            os.close(fd)
        with os.fdopen(failure, "rb") as pipe:
            why = pipe.read()
        if why:
            os.waitpid(self.pid, 0)
            self.close()
            raise StartError(why.decode())
        for fd in (self.stdin, *self.outputs):
            if fd is not None:
                os.set_blocking(fd, False)

    def _open(self, tty, stdin, stdout, stderr):
        """Makes our ends; returns the command's stdin, stdout and stderr."""
        if tty:
            master, slave = pty.openpty()
            self.outputs[master] = 1
            if stdin:
                self.stdin = master
            return slave, slave, slave
        theirs = [os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC) for _ in range(3)]
        for at, wanted in enumerate((stdin, stdout, stderr)):
            if not wanted:
                continue
            reader, writer = os.pipe()
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            os.close(theirs[at])
            if at == 0:
                theirs[at], self.stdin = reader, writer
            else:
                theirs[at] = writer
                self.outputs[reader] = at
        return tuple(theirs)

    def _become(self, argv, environment, directory, theirs, failed):
        why = "?"
        try:
            # Free numbers 0 to 2 first: the server may have been started without them.
            theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in theirs]
            os.setsid()
            if self.tty:
                fcntl.ioctl(theirs[0], termios.TIOCSCTTY, 0)
            for number, fd in enumerate(theirs):
                os.dup2(fd, number)
            for one in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
                signal.signal(one, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
            os.chdir(directory)
            os.execvpe(argv[0], argv, environment)
        except FileNotFoundError:
            why = "no such file or directory" if b"/" in argv[0] else "executable file not found in $PATH"
        except PermissionError:
            why = "permission denied"
        except BaseException as error:
            why = str(error)
        finally:
            os.write(failed, why.encode())
            os._exit(127)

    def read(self, fd):
        """Bytes; empty at the end, then the descriptor is closed. None: nothing now."""
        try:
            data = os.read(fd, PIPE_BYTES // 4)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno != errno.EIO:  # nobody has the pty open any more
                raise
            data = b""
        if not data:
            del self.outputs[fd]
            if fd == self.stdin:
                self.stdin = None
            os.close(fd)
        return data

    def write(self, data):
        """How much was taken; None once nobody reads."""
        try:
            return os.write(self.stdin, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close_stdin()
            return None

    def close_stdin(self):
        """A pty has no half-close: as in Kubernetes, nothing happens there."""
        if self.stdin is not None and not self.tty:
            os.close(self.stdin)
        self.stdin = None

    def resize(self, width, height):
        for fd in self.outputs:
            if self.tty:
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def reaped(self, status):
        code = os.waitstatus_to_exitcode(status)
        self.code = code if code >= 0 else 128 - code

    def close(self):
        """Our ends: stdin's readers see the end, a terminal hangs up."""
        fds = set(self.outputs)
        if self.stdin is not None:
            fds.add(self.stdin)
        self.outputs, self.stdin = {}, None
        for fd in fds:
            os.close(fd)


def _stat_fields(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def _has_mark(pid, mark):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark in file.read().split(b"\0")
    except OSError:
        return False


def find_processes(session=None, mark=None):
    """Pids in a session, or with `mark` ("NAME=value") in their environment."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        fields = _stat_fields(name)
        if fields is None or fields[0] == b"Z":
            continue
        if (session and int(fields[3]) == session) or (mark and _has_mark(name, mark.encode())):
            found.append(int(name))
    return found


def signal_all(pids, *numbers):
    for number in numbers:
        for pid in pids:
            try:
                os.kill(pid, number)
            except OSError:
                pass
