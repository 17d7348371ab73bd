"""What a session leaves in its container when we end it, on the real cluster.

All happens in one pod, beside 20 sessions of somebody else's that must live on; over v5, v4 and
SPDY at once. What belongs to whom is told by the seconds that each `sleep` sleeps."""

import concurrent.futures
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time

from cluster import ClusterCase, main

import castfile
import harness
from pty_session import PtySession
from tcp_proxy import TcpProxy

PROMPT = r"[#$] (\x1b\[\d*n|\x1b\[[0-9;?]*[a-zA-Z])*$"
PROTOCOLS = (("modern", "v5"), ("legacy", "v4"), ("modern", "spdy"), ("legacy", "spdy"))
ENDED_WITHIN = 10  # seconds, promised
FOREIGN = 20

# As nohup does it, which busybox's pod has not.
IGNORES_HUP = """sh -c 'trap "" HUP; exec sleep %d' &"""
COMMAND_LINES = """for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null; echo; done"""


class Session:
    """A session of ours: `numbers` of seconds to sleep that nobody else uses."""

    lock = threading.Lock()  # so that no two are of one age, which would be refused
    counter = itertools.count(1)

    def __init__(self, case, context, protocol, *flags, pod=None, tty=True, command=("sh",)):
        self.case, self.tty = case, tty
        self.scratch = harness.Scratch(case.kubeconfig)
        case.addCleanup(self.scratch.remove)
        base = 10_000 + 100 * next(self.counter)
        self.numbers = range(base, base + 100)
        command = [word.replace("NUMBER", str(base)) for word in command]
        where = ["--context", context] if context else []
        argv = [harness.PROGRAM, *where, "--protocol", protocol, *(["-it"] if tty else []), *flags,
                pod or case.busy, "--", *command]
        with self.lock:
            if tty:
                self.pty = PtySession(argv, self.scratch.env)
                case.addCleanup(self.pty.close)
                self.pty.expect(PROMPT, 30)
                self.process = self.pty.process
            else:
                self.process = subprocess.Popen(argv, env=self.scratch.env, stdin=subprocess.DEVNULL,
                                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                case.addCleanup(self.process.communicate)
                case.addCleanup(self.process.kill)
                assert self.process.stdout.readline() == b"ready\n", self.process.stderr.read()
            # A list that takes its time leaves the ages unsure by as much.
            threading.Event().wait(1.2)

    def type(self, line):
        self.pty.send(line + "\r")
        self.pty.expect(PROMPT)

    def start_jobs(self, *jobs):
        """Types each, and waits for all the sleeps of theirs."""
        for job in jobs:
            self.type(job)
        wanted = {int(seconds) for seconds in re.findall(r"sleep (\d+)", " ".join(jobs))}
        harness.wait_for("the jobs", lambda: wanted <= set(self.left()))

    def start_all_sorts(self):
        """What a session can leave, and the seconds of those that are not to be ended."""
        base = self.numbers[0]
        self.type(f"sh -c 'kill -STOP $$; sleep {base + 3}' &")
        self.start_jobs(f"sleep {base} &", f"sh -c 'trap \"\" HUP; sleep {base + 1}; :' &", IGNORES_HUP % (base + 2),
                        f"su -s /bin/sh somebody -c 'sleep {base + 4}' &", f"(sleep {base + 5} & sleep {base + 6}) &",
                        f"setsid sleep {base + 50} &")
        self.pty.send("vi /tmp/x\r")
        self.pty.expect(r"/tmp/x")
        return [base + 50]

    def left(self):
        return [number for number in self.case.sleeping(self.case.busy) if number in self.numbers]

    def end(self, number):
        """Its exit code, what it said on the terminal or stderr, and how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.wait(began)

    def wait(self, began=None):
        began = began or time.monotonic()
        if self.tty:
            code = self.pty.wait(30)
            text = self.pty.seen.decode("utf-8", "replace")
        else:
            _, errors = self.process.communicate(timeout=30 * harness.SLOWER)
            code, text = self.process.returncode, errors.decode()
        return code, text, time.monotonic() - began

    def markers(self):
        _, events = castfile.read(self.scratch.recording())
        mark = "secure-exec: leash: "
        return [data[len(mark):] for _, code, data in events if code == "m" and data.startswith(mark)]

    def id(self):
        return os.path.basename(self.scratch.recording())[:36]

    def reap(self, *flags):
        return harness.run([harness.PROGRAM, "--reap", *flags], env=self.scratch.env)


class LeashCase(ClusterCase):
    """The pod `busy`, with the foreign sessions in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.busy = f"leash-{os.getpid()}"
        pod, container = cls.like_shell()
        container["command"] = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"]
        cls.admin("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": cls.busy, "namespace": "default"},
             "spec": {**pod, "containers": [container]}}).encode())
        cls.addClassCleanup(lambda: cls.admin("delete", "pod", cls.busy, "--grace-period=0", "--force",
                                              "--wait=false"))
        harness.wait_for("the pod", lambda: "true" in cls.admin(
            "get", "pod", cls.busy, "-o", "jsonpath={.status.containerStatuses[0].ready}"), 60)
        cls.admin("exec", cls.busy, "--", "sh", "-c", "echo 'somebody:x:1000:1000::/:/bin/sh' >>/etc/passwd")
        cls.start_foreign()

    @classmethod
    def start_foreign(cls):
        base = [harness.find_kubectl(), "--kubeconfig", cls.kubeconfig, "--context", "legacy", "exec", cls.busy]
        for number in range(7000, 7000 + FOREIGN):
            tty = number % 2 == 1
            # Some have jobs in the background.
            command = f"sleep {number} & wait" if number % 3 == 0 else f"exec sleep {number}"
            argv = [*base, "-it" if tty else "-i", "--", "sh", "-c", command]
            if tty:
                argv = ["script", "-qefc", shlex.join(argv), "/dev/null"]
            process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            cls.addClassCleanup(process.wait)
            cls.addClassCleanup(process.kill)
            cls.addClassCleanup(process.stdin.close)
        cls.foreign = list(range(7000, 7000 + FOREIGN))
        harness.wait_for("the foreign sessions", lambda: cls.foreign_now() == cls.foreign, 60)
        threading.Event().wait(1)

    @classmethod
    def sleeping(cls, pod):
        """The seconds of every `sleep` in the pod."""
        text = cls.admin("exec", pod, "--", "sh", "-c", COMMAND_LINES)
        return sorted(int(seconds) for seconds in re.findall(r"^(?:/bin/)?sleep (\d{4,}) $", text, re.M))

    @classmethod
    def foreign_now(cls):
        return [number for number in cls.sleeping(cls.busy) if number in range(7000, 7000 + FOREIGN)]

    def tearDown(self):
        self.assertEqual(self.foreign_now(), self.foreign, "somebody else's sessions were touched")

    def over_all_protocols(self, scenario):
        with concurrent.futures.ThreadPoolExecutor(len(PROTOCOLS)) as pool:
            done = [pool.submit(scenario, context, protocol) for context, protocol in PROTOCOLS]
        for (context, protocol), one in zip(PROTOCOLS, done):
            with self.subTest(context=context, protocol=protocol):
                one.result()


class EndedByUs(LeashCase):
    def kills_all(self, session, number):
        daemons = session.start_all_sorts()
        code, text, took = session.end(number)
        self.assertEqual(code, 1, text)
        self.assertLess(took, ENDED_WITHIN * harness.SLOWER)
        self.assertEqual(session.left(), daemons, text)
        self.assertIn("not signalled, for each is in a session of its own", text)
        self.assertTrue(castfile.sealed(session.scratch.recording()))
        markers = session.markers()
        self.assertRegex(markers[0], r"^kill, root \d+$")
        self.assertRegex(markers[1], r"^signalled \d+: \d+ sh, ")
        self.assertTrue(any(marker.startswith("killed ") for marker in markers), markers)
        self.assertTrue(any(re.match(r"apart \d+: .*sleep", marker) for marker in markers), markers)
        self.assertFalse(any(marker.startswith("left ") for marker in markers), markers)
        self.assertIn("status: exit 129", markers, "the real status arrived")

    def test_sigterm_with_kill_leaves_nothing(self):
        self.over_all_protocols(lambda context, protocol: self.kills_all(
            Session(self, context, protocol, "--leash", "kill"), signal.SIGTERM))

    def test_sighup_with_kill_leaves_nothing(self):
        self.over_all_protocols(lambda context, protocol: self.kills_all(
            Session(self, context, protocol, "--leash", "kill"), signal.SIGHUP))

    def test_hangup_names_what_ignores_it_and_reap_ends_it(self):
        def scenario(context, protocol):
            session = Session(self, context, protocol)
            base = session.numbers[0]
            session.start_jobs(f"sleep {base} &", IGNORES_HUP % (base + 1))
            code, text, took = session.end(signal.SIGTERM)
            self.assertEqual(code, 1, text)
            self.assertLess(took, ENDED_WITHIN * harness.SLOWER)
            self.assertEqual(session.left(), [base + 1], text)
            named = re.search(r"still running in the container: \d+ sleep, which did not end when hung up; to end it: "
                              r"kubectl secure-exec (--reap [0-9a-f-]{36} --leash kill)[;\r\n]", text)
            self.assertTrue(named, text)
            self.assertTrue(any(re.match(r"left 1: \d+ sleep$", marker) for marker in session.markers()))
            # The command that was printed, after the session's first process is gone.
            reaped = harness.run([harness.PROGRAM, *named[1].split(" ")], env=session.scratch.env)
            self.assertEqual((reaped.code, session.left()), (0, []), reaped.text + reaped.errors)
            again = session.reap(session.id())
            self.assertEqual((again.code, again.text[:15]), (0, "nothing to end:"), again.errors)

        self.over_all_protocols(scenario)

    def test_without_a_terminal(self):
        command = ("sh", "-c", "trap 'echo last words; exit 5' HUP; echo ready; sleep NUMBER & wait")
        # One after the other: what lists processes has no terminal either, and might be of one age with them.
        sessions = [Session(self, *where, tty=False, command=command) for where in PROTOCOLS]
        for where, session in zip(PROTOCOLS, sessions):
            with self.subTest(where):
                code, text, took = session.end(signal.SIGTERM)
                self.assertEqual((code, text), (-signal.SIGTERM, ""), "as kubectl, and nothing to tell")
                self.assertLess(took, ENDED_WITHIN * harness.SLOWER)
                self.assertEqual(session.left(), [])
                _, events = castfile.read(session.scratch.recording())
                self.assertEqual(castfile.channel(events, "o"), b"ready\nlast words\n", "the last output is recorded")
                self.assertIn("status: exit 5", session.markers())

    def test_our_terminal_is_gone(self):
        session = Session(self, *PROTOCOLS[0], "--leash", "kill")
        daemons = session.start_all_sorts()
        session.pty.hang_up()
        session.process.send_signal(signal.SIGHUP)
        harness.wait_for("the end", lambda: session.process.poll() is not None, 20)
        self.assertEqual(session.left(), daemons)
        self.assertTrue(castfile.sealed(session.scratch.recording()))

    def test_off_leaves_it(self):
        session = Session(self, *PROTOCOLS[0], "--leash", "off")
        session.start_jobs(IGNORES_HUP % session.numbers[0])
        _, text, took = session.end(signal.SIGTERM)
        self.assertIn("the command in the container may still run; to end it: kubectl secure-exec --reap", text)
        self.assertEqual(session.left(), [session.numbers[0]])
        self.assertLess(took, 3 * harness.SLOWER)
        reaped = session.reap(session.id()[:30], "--leash", "kill")  # by its age, from the header
        self.assertEqual((reaped.code, session.left()), (0, []), reaped.text + reaped.errors)

    def test_kubectl_leaves_it_all(self):
        """What kubectl does, for comparison: everything lives on."""
        self.assertEqual(self.foreign_now(), self.foreign)
        number = 9_999
        argv = [harness.find_kubectl(), "--kubeconfig", self.kubeconfig, "--context", "modern", "exec", "-it", self.busy,
                "--", "sh"]
        with Session.lock:
            kubectl = PtySession(argv, dict(os.environ))
            self.addCleanup(kubectl.close)
            kubectl.expect(PROMPT)
            kubectl.send(f"sleep {number} &\r")
            kubectl.expect(PROMPT)
            harness.wait_for("its job", lambda: number in self.sleeping(self.busy))
        kubectl.kill(signal.SIGTERM)
        kubectl.wait()
        threading.Event().wait(ENDED_WITHIN)
        self.assertIn(number, self.sleeping(self.busy), "kubectl ended it: then we need no leash")
        self.admin("exec", self.busy, "--", "sh", "-c", "for p in /proc/[0-9]*; do grep -qs '[9]999' $p/cmdline && kill -9 ${p#/proc/}; done; :")


class NothingIsSignalled(LeashCase):
    def assert_one_line(self, text, *words):
        lines = [line for line in text.splitlines() if "nothing was signalled in the container: " in line]
        self.assertEqual(len(lines), 1, text)
        for word in words:
            self.assertIn(word, lines[0])

    def test_sessions_of_one_age(self):
        lock, Session.lock = Session.lock, threading.Semaphore(8)
        self.addCleanup(lambda: setattr(Session, "lock", lock))
        # One at least of several that are started at once is of the age of another.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            sessions = list(pool.map(lambda _: Session(self, *PROTOCOLS[0]), range(4)))
        for session in sessions:
            session.start_jobs(f"sleep {session.numbers[0]} &")
        refused = 0
        for session in sessions:
            code, text, _ = session.end(signal.SIGTERM)
            self.assertEqual(code, 1)
            if "cannot be told" not in text:
                self.assertEqual(session.left(), [], text)
                continue
            refused += 1
            self.assert_one_line(text, "started then", "--reap")
            self.assertEqual(session.left(), [session.numbers[0]], "it was signalled all the same")
            self.assertTrue(any(marker.startswith("problem: ") for marker in session.markers()))
        self.assertGreater(refused, 0, "no two were of one age")

    def test_no_shell(self):
        session = harness.Scratch(self.kubeconfig)
        self.addCleanup(session.remove)
        argv = [harness.PROGRAM, "--context", "modern", "bare", "--", "/busybox", "seq", "99999999"]
        process = subprocess.Popen(argv, env=session.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        process.stdout.read(1)
        process.terminate()
        _, errors = process.communicate(timeout=30 * harness.SLOWER)
        self.assert_one_line(errors.decode(), "there is no shell in it", "--reap")
        self.assertEqual(errors.count(b"\n"), 1, errors)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertTrue(castfile.sealed(session.recording()))

    def test_rights_that_are_gone(self):
        name = f"leash-{os.getpid()}"
        rules = ["--verb=get", "--verb=create", "--resource=pods,pods/exec"]
        self.admin("create", "role", name, *rules)
        self.addCleanup(lambda: self.admin("delete", "role", name))
        self.admin("create", "rolebinding", name, f"--role={name}", f"--user={name}")
        session = Session(self, "legacy", "v4", "--as", name)
        session.start_jobs(f"sleep {session.numbers[0]} &")
        self.admin("delete", "rolebinding", name)
        harness.wait_for("the right to be gone", lambda: harness.run(
            [harness.find_kubectl(), "--kubeconfig", self.kubeconfig, "--context", "legacy", "--as", name, "auth",
             "can-i", "get", "pods/exec"], env=dict(os.environ)).text.startswith("no"))
        _, text, _ = session.end(signal.SIGTERM)
        self.assert_one_line(text, "forbidden", "--reap")
        self.assertEqual(session.left(), [session.numbers[0]])
        # Who still may ends it.
        reaped = session.reap(session.id(), "--leash", "kill")
        self.assertEqual((reaped.code, session.left()), (0, []), reaped.text + reaped.errors)


class Afterwards(LeashCase):
    def test_a_lost_connection_is_told_and_reaped(self):
        proxy = TcpProxy(self.server())
        self.addCleanup(proxy.close)
        session = Session(self, "modern", "v5", "--server", proxy.url)
        base = session.numbers[0]
        session.start_jobs(f"sleep {base} &")
        proxy.drop()
        code, text, _ = session.wait()
        self.assertEqual(code, 122, text)
        self.assertRegex(text, r"still running in the container: \d+ sh, \d+ sleep; to end it: kubectl secure-exec --reap ")
        self.assertEqual(session.left(), [base], "a lost connection ends nothing")
        markers = session.markers()
        self.assertRegex(markers[0], r"^ask, root \d+$")
        self.assertRegex(markers[1], r"^left 2: \d+ sh, \d+ sleep$")
        reaped = session.reap(session.id())
        self.assertEqual((reaped.code, session.left()), (0, []), reaped.text + reaped.errors)
        self.assertIn("2 processes in the container hung up", reaped.text)

    def test_what_a_killed_client_left_is_reaped(self):
        key = harness.run(["age-keygen"]).text.split()[-1]
        recipient = harness.run(["age-keygen", "-y"], stdin=key.encode()).text.strip()
        for flags in ((), ("--recipient", recipient)):
            with self.subTest(flags=flags[:1]):
                session = Session(self, "modern", "v5", *flags)
                session.start_jobs(f"sleep {session.numbers[0]} &")
                session.end(signal.SIGKILL)
                self.assertEqual(session.left(), [session.numbers[0]])
                reaped = session.reap(session.id())
                self.assertEqual((reaped.code, session.left()), (0, []), reaped.text + reaped.errors)
                again = session.reap(session.id())
                self.assertEqual((again.code, again.text[:15]), (0, "nothing to end:"), again.errors)

    def test_reap_of_what_is_no_more(self):
        session = Session(self, "modern", "v5", tty=False, command=("sh", "-c", "echo ready"))
        self.assertEqual(session.wait()[0], 0)
        done = session.reap(session.id())
        self.assertEqual((done.code, done.errors), (0, ""))
        self.assertTrue(done.text.startswith("nothing to end: its session ended in order"), done.text)

    def test_reap_does_not_know_where_the_first_process_is_gone(self):
        session = Session(self, "modern", "v5", tty=False,
                          command=("sh", "-c", "setsid sleep NUMBER </dev/null >/dev/null 2>&1 & echo ready; exec sleep 0008"))
        session.end(signal.SIGKILL)
        harness.wait_for("the first process to sleep", lambda: 8 in self.sleeping(self.busy))
        harness.wait_for("its end", lambda: 8 not in self.sleeping(self.busy), 20)
        done = session.reap(session.id())
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("no process in the container is of the session's age", done.errors)
        self.assertEqual(session.left(), [session.numbers[0]], "nothing was signalled")

    def test_reap_says_what_it_wants(self):
        session = Session(self, "modern", "v5", tty=False, command=("sh", "-c", "echo ready; exec sleep NUMBER"))
        session.end(signal.SIGKILL)
        for arguments, words in (((session.id(), "shell"), "neither a pod nor a command"),
                                 (("00000000",), "no recording"),
                                 ((session.id(), "--leash", "off"), "--leash off leaves it"),
                                 ((session.id(), "--context", "nowhere"), "nowhere")):
            done = session.reap(*arguments)
            self.assertEqual((done.code, done.text, done.errors.count("\n")), (1, "", 1), done.errors)
            self.assertIn(words, done.errors)


class EndsByItself(LeashCase):
    """The same, where the session ends by itself or by ~."""

    def assert_ended(self, session, code, spared=()):
        ended, text, _ = session.wait()
        self.assertEqual(ended, code, text)
        self.assertEqual(session.left(), list(spared))
        self.assertRegex(session.markers()[0], r"^kill, root \d+$")
        return text

    def test_idle(self):
        def idle(context, protocol):
            session = Session(self, context, protocol, "--leash", "kill", "--idle-timeout", "12s")
            base = session.numbers[0]
            session.start_jobs(f"sleep {base} &", IGNORES_HUP % (base + 1))
            self.assertIn("idle for", self.assert_ended(session, 119))
        self.over_all_protocols(idle)

    def test_limit(self):
        def limit(context, protocol):
            session = Session(self, context, protocol, "--leash", "kill", "--max-duration", "20s")
            spared = session.start_all_sorts()
            self.assertIn("the session lasted", self.assert_ended(session, 119, spared))
        self.over_all_protocols(limit)

    def test_the_escape(self):
        def escape(context, protocol):
            session = Session(self, context, protocol, "--leash", "kill", "--escape", "always")
            spared = session.start_all_sorts()
            session.pty.send("\r~.")
            self.assertIn("ended with ~.", self.assert_ended(session, 122, spared))
        self.over_all_protocols(escape)

    def test_a_job_in_the_foreground_keeps_an_idle_session(self):
        def job(context, protocol):
            session = Session(self, context, protocol, "--leash", "kill", "--idle-timeout", "6s")
            began = time.monotonic()
            session.pty.send("sleep 20\r")
            self.assert_ended(session, 119)
            self.assertGreater(time.monotonic() - began, 20)
            _, events = castfile.read(session.scratch.recording())
            marks = [data for _, code, data in events if code == "m"]
            self.assertTrue(any("goes on for a job in its foreground" in mark for mark in marks), marks)
        self.over_all_protocols(job)


if __name__ == "__main__":
    main()
