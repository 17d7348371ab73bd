"""What every end-to-end test needs: the programs, where they are pointed at, and how they ended.

Standard library only. Programs run in an environment of their own (a temporary HOME, store and
keys), so a test never touches the user's recordings. Everything waits for conditions with
deadlines; nothing sleeps. Each test file can run alone:

    python3 tests/e2e/test_exec.py                        # the fake API server
    python3 tests/cluster/test_exec.py Modern.test_exit_codes
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from dataclasses import dataclass

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SANITIZED = os.environ.get("SECURE_EXEC_SANITIZE", "")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
# Sanitizers make a program two to twenty times slower.
SLOWER = 6 if SANITIZED else 1


def _bin_directory():
    chosen = os.environ.get("SECURE_EXEC_BIN")
    if chosen:
        return chosen
    builds = glob.glob(os.path.join(REPOSITORY, "build", "*", "bin", "kubectl-secure_exec"))
    if not builds:
        sys.exit("no build found: run scripts/build, or set SECURE_EXEC_BIN to a build's bin directory")
    return os.path.dirname(max(builds, key=os.path.getmtime))


BIN = _bin_directory()
TOOLS = os.path.join(os.path.dirname(BIN), "tests")  # measure, stallfs
PROGRAM = os.path.join(BIN, "kubectl-secure_exec")
REPLAY = os.path.join(BIN, "kubectl-secure_replay")
MEASURE = os.path.join(TOOLS, "measure")


# What is said of the command in the container, behind why the session ended.
LEFT_BEHIND = re.compile(
    r"secure-exec: (the command in the container may still run|nothing was signalled in the container: .*"
    r"|it is not known what still runs in the container: .*|still running in the container: .*"
    r"|no process of the session was found in the container)(; to end it: kubectl secure-exec --reap \S.*)?$")


def reason(errors):
    """What was said on stderr but of what became of the command in the container."""
    return "".join(line for line in errors.splitlines(keepends=True) if not LEFT_BEHIND.match(line))


def deadline(seconds):
    return time.monotonic() + seconds * SLOWER


def wait_for(what, condition, seconds=40):
    """Polls `condition` until it is true; returns its value."""
    end = deadline(seconds)
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        pause.wait(0.01)


def has_open(directory):
    """Whether any process has a file below `directory` open."""
    prefix = os.path.realpath(directory) + "/"
    for link in glob.iglob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link).startswith(prefix):
                return True
        except OSError:  # it has closed it, or ended
            pass
    return False


@dataclass
class Finished:
    """How a program ended. `code` is negative for a signal, as subprocess has it."""

    code: int
    stdout: bytes
    stderr: bytes
    usage: dict = None  # with measure=True: wall, cpu (s), rss, others_rss (KiB)

    @property
    def text(self):
        return self.stdout.decode("utf-8", "replace")

    @property
    def errors(self):
        return self.stderr.decode("utf-8", "replace")


class Measured:
    """Wraps a command in tests/measure, which reports time and memory of its whole process tree."""

    def __init__(self, argv):
        self.reader, self.writer = os.pipe()
        self.argv = [MEASURE, str(self.writer), *argv]

    def started(self):
        os.close(self.writer)

    def usage(self):
        with os.fdopen(self.reader) as pipe:
            words = pipe.read().split()
        if len(words) != 5:
            raise AssertionError(f"measure reported {words}")
        wall_ns, user_us, system_us, rss, others = map(int, words)
        return {"wall": wall_ns / 1e9, "cpu": (user_us + system_us) / 1e6, "rss": rss, "others_rss": others}


def whole_lines(path, errors="strict"):
    """Of a log that is being written: its last line may be half there."""
    with open(path, "rb") as file:
        return [line.decode("utf-8", errors) for line in file if line.endswith(b"\n")]


def run(argv, stdin=b"", env=None, seconds=60, measure=False, cwd=None):
    """Runs a program to its end with pipes. `stdin`: bytes, or an open file."""
    wrapped = Measured(argv) if measure else None
    feed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    if wrapped:
        process = subprocess.Popen(wrapped.argv, stdin=feed.get("stdin", subprocess.PIPE), cwd=cwd, env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[wrapped.writer])
        wrapped.started()
    else:
        process = subprocess.Popen(argv, stdin=feed.get("stdin", subprocess.PIPE), cwd=cwd, env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(feed.get("input"), timeout=seconds * SLOWER)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {seconds} s: {argv}\nstdout: {out[-2000:]}\nstderr: {err[-2000:]}")
    return Finished(process.returncode, out, err, wrapped.usage() if wrapped else None)


class Scratch:
    """A temporary HOME with a store in it, and the environment that goes with it."""

    def __init__(self, kubeconfig, directory=None):
        self.path = tempfile.mkdtemp(prefix="secure-exec-test-", dir=directory)
        self.store = os.path.join(self.path, "store")
        self.kubeconfig = kubeconfig
        self.env = {k: v for k, v in os.environ.items()
                    if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")}
        self.env.update(HOME=self.path, XDG_DATA_HOME=os.path.join(self.path, "data"), TERM="xterm-256color",
                        LANG="C.UTF-8", SECURE_EXEC_STORE=self.store, KUBECONFIG=kubeconfig)

    def recordings(self):
        found = [path for suffix in (".cast.zst", ".cast.zst.age")
                 for path in glob.glob(os.path.join(glob.escape(self.store), "**", "*" + suffix), recursive=True)]
        return sorted(found, key=os.path.basename)  # UUIDv7: oldest first

    def recording(self):
        found = self.recordings()
        if not found:
            raise AssertionError(f"no recording in {self.store}")
        return found[-1]

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Case(unittest.TestCase):
    """A test with a Scratch and a place to exec into: `kubeconfig`, `context`, `pod`."""

    kubeconfig = None
    context = None
    pod = "shell"
    namespace = None
    protocol = None  # --protocol, or what the program chooses
    maxDiff = 4000

    def setUp(self):
        self.scratch = Scratch(self.kubeconfig)
        self.addCleanup(self.scratch.remove)

    def argv(self, *arguments, pod=None, program=PROGRAM, context=None):
        """The plugin's command line: flags, then '--' and the command where there is one."""
        arguments = list(arguments)
        flags = arguments[:arguments.index("--")] if "--" in arguments else arguments
        rest = arguments[len(flags):]
        where = ["--context", context or self.context]
        if self.namespace:
            where += ["-n", self.namespace]
        if self.protocol and program == PROGRAM:
            where += ["--protocol", self.protocol]
        return [program, *where, *flags, pod or self.pod, *rest]

    def exec(self, *arguments, stdin=b"", seconds=60, measure=False, pod=None, context=None, env=None):
        return run(self.argv(*arguments, pod=pod, context=context), stdin=stdin, env=env or self.scratch.env,
                   seconds=seconds, measure=measure)

    # A command that outlives its session can be told from others by this in its environment.
    mark = f"SECURE_EXEC_TEST={os.getpid()}"

    def marked(self, *command):
        return ("env", self.mark, *command)

    def end_what_was_left(self):
        """Ends the marked commands whose sessions are gone; nothing that a client does ends them."""

    def kubectl(self, *arguments, stdin=b"", seconds=60, pod=None):
        """The real kubectl's `exec` with the same arguments."""
        argv = self.argv(*arguments, pod=pod, program="kubectl")
        argv[0:1] = [find_kubectl(), "exec"]
        env = {**self.scratch.env, "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": str(self.protocol != "spdy").lower()}
        return run(argv, stdin=stdin, env=env, seconds=seconds)

    def replay(self, *arguments, seconds=60, measure=False):
        return run([REPLAY, *arguments], env=self.scratch.env, seconds=seconds, measure=measure)

    def assert_replays(self, channel, expected, recording="last"):
        back = self.replay("cat", "--raw", "--channel", channel, recording)
        self.assertEqual((back.code, back.errors), (0, ""))
        self.assertEqual(back.stdout, expected)

    def assert_kubectls_line_and_ours(self, finished, code, theirs, *words):
        """kubectl's line, and behind it one of ours that has all `words`; this exit code."""
        self.assertEqual((finished.stdout, finished.errors.count("\n")), (b"", 2), finished.errors)
        line, ours, _ = finished.errors.split("\n")
        self.assertEqual(line, theirs)
        self.assertTrue(ours.startswith("secure-exec: "), ours)
        for word in words:
            self.assertIn(word, ours)
        self.assertEqual(finished.code, code, finished.errors)

    def assert_one_line(self, finished, code, *words):
        """One clear line on stderr that has all `words`, nothing on stdout, and this exit code."""
        self.assertEqual(finished.stdout, b"")
        self.assertEqual(finished.errors.count("\n"), 1, finished.errors)
        for word in words:
            self.assertIn(word, finished.errors)
        self.assertEqual(finished.code, code, finished.errors)


def need_root(why):
    """For setUpModule(): the test goes on as root, by sudo where that asks for nothing."""
    if os.geteuid() == 0:
        return
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0:
        os.execvp("sudo", ["sudo", "-nE", sys.executable, "-B", *sys.argv])
    print(f"root is needed: {why}", file=sys.stderr)
    sys.exit(1 if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else SKIPPED)


def find_kubectl():
    """kubectl: SECURE_EXEC_TEST_KUBECTL, beside the cluster's kubeconfig, or on PATH."""
    beside = os.path.join(os.path.dirname(os.environ.get("SECURE_EXEC_TEST_KUBECONFIG", "")), "bin", "kubectl")
    for path in (os.environ.get("SECURE_EXEC_TEST_KUBECTL"), beside, shutil.which("kubectl")):
        if path and os.access(path, os.X_OK):
            return path
    why = "kubectl not found: put it on PATH or set SECURE_EXEC_TEST_KUBECTL"
    raise AssertionError(why) if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else unittest.SkipTest(why)


def server_of(kubeconfig, context):
    """Host and port of a context's API server."""
    view = run([find_kubectl(), "config", "view", "-o", "json", "--kubeconfig", kubeconfig, "--context", context,
                "--minify"])
    if view.code != 0:
        raise AssertionError(view.errors)
    host, port = json.loads(view.stdout)["clusters"][0]["cluster"]["server"].removeprefix("https://").rsplit(":", 1)
    return host, int(port)


def main():
    # A test that hangs must fail, not sit there: ctest's own limit would lose its output.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    unittest.main(module="__main__", verbosity=2)
