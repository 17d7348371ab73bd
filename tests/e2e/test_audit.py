"""Audit events: what they say, to a file and to a real rsyslog, whole whatever happens to either."""

import glob
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

import audit_events
import castfile
import private_mounts
import rsyslog
from audit_events import action, at
from audit_scenarios import AuditScenarios
from fake_server import FakeCase, FakeV4Case, FakeSpdyCase
from harness import REPOSITORY, main, wait_for, whole_lines
from pty_session import PtySession
from tcp_proxy import TcpProxy

FULL = "/dev/full"  # takes nothing, as a disk does that is full


def setUpModule():
    private_mounts.enter()


class Modern(AuditScenarios, FakeCase):
    pass


class V4(AuditScenarios, FakeV4Case):
    pass


class Spdy(AuditScenarios, FakeSpdyCase):
    pass


class FileCase(FakeCase):
    def setUp(self):
        super().setUp()
        self.audit = os.path.join(self.scratch.path, "audit.json")

    def events(self, path=None):
        return audit_events.read(path or self.audit)

    def execs(self):
        """How many exec requests the server has had."""
        return sum("/exec?" in request.get("target", "") for request in self.fake.requests())

    def popen(self, *arguments, **keywords):
        process = subprocess.Popen(self.argv(*arguments), env=self.scratch.env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **keywords)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for pipe in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(pipe.close)
        return process


class Denied(FileCase):
    def denied(self, *arguments, **keywords):
        done = self.exec("--audit-file", self.audit, *arguments, **keywords)
        self.assertNotEqual(done.code, 0)
        event = self.events()[-1]
        self.assertEqual((action(event), event["event"]["outcome"]), ("denied", "failure"))
        self.assertEqual(at(event, "secure_exec.exit.code"), done.code)
        return event

    def test_who_may_not_see_the_pod(self):
        event = self.denied("--", "true", context="fake-nobody")
        self.assertIn("cannot get resource", at(event, "error.message"))
        self.assertEqual(at(event, "secure_exec.user.kubeconfig"), "mallory")

    def test_who_may_not_exec(self):
        event = self.denied("--", "true", context="fake-look")
        # The session was announced: what became of it follows, under the same recording.
        start, _ = self.events()
        self.assertEqual(action(start), "started")
        self.assertEqual(at(event, "secure_exec.recording.id"), at(start, "secure_exec.recording.id"))
        self.assertIn("pods/exec", at(event, "error.message"))

    def test_whose_credentials_are_not_taken(self):
        self.assertIn("logged in", at(self.denied("--", "true", context="fake-expired"), "error.message"))

    def test_a_pod_that_has_ended(self):
        self.assertIn("completed pod", at(self.denied("--", "true", pod="finished"), "error.message"))

    def test_a_context_that_is_not_there(self):
        event = self.denied("-n", "dev", "-c", "app", "--", "true", context="no-such-context")
        self.assertEqual(at(event, "error.code"), "configuration")
        self.assertEqual(at(event, "secure_exec.context"), "no-such-context")
        self.assertEqual(at(event, "orchestrator.namespace"), "dev")
        self.assertEqual(at(event, "container.name"), "app")

    def test_a_type_and_name(self):
        event = self.denied("--", "true", pod="deploy/web")
        self.assertEqual(at(event, "orchestrator.resource"), {"type": "deploy", "name": "web"})

    def test_a_store_that_takes_no_recording(self):
        with open(self.scratch.store, "w", encoding="ascii"):
            pass
        event = self.denied("--", "true")
        self.assertEqual(at(event, "error.code"), "recording-failed")
        self.assertEqual(at(event, "orchestrator.resource.name"), "shell")

    def test_escape_sequences_of_the_server_stay_out(self):
        with open(self.audit, "w", encoding="ascii"):
            pass
        event = self.denied("--", "true", pod="x-http-hostile")
        self.assertTrue(at(event, "error.message"))
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(event)):
            self.assertFalse(any(ord(c) < 32 or c in "\x7f\u202e" for c in json.loads(f'"{text}"')), text)

    def test_what_was_typed_wrongly_is_not_told(self):
        self.assertEqual(self.exec("--audit-file", self.audit).code, 1)
        self.assertFalse(os.path.exists(self.audit))


class Ends(FileCase):
    def test_a_signal(self):
        process = self.popen("--audit-file", self.audit, "--", "sh", "-c", "echo ready; sleep 60")
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        start, end = self.events()
        self.assertEqual(action(end), "ended")
        self.assertEqual(at(end, "secure_exec.exit"), {"code": 143, "origin": "client", "kind": "signal"})
        self.assertEqual(at(end, "event.outcome"), "failure")
        self.assertEqual(at(end, "secure_exec.bytes.stdout"), 6)

    def test_a_connection_that_is_lost(self):
        proxy = TcpProxy(self.server())
        self.addCleanup(proxy.close)
        process = self.popen("--audit-file", self.audit, "--server", proxy.url, "--", "sh", "-c",
                             "echo ready; sleep 60")
        process.stdout.readline()
        proxy.drop()
        self.assertEqual(process.wait(20), 122)
        end = self.events()[-1]
        self.assertEqual(at(end, "error.code"), "connection-lost")
        self.assertTrue(at(end, "error.message"))

    def test_a_terminal(self):
        session = PtySession(self.argv("-it", "--audit-file", self.audit, "--", "sh"), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(r"[#$] ")
        session.send("exit 3\r")
        self.assertEqual(session.wait(), 3)
        self.assertEqual([at(event, "process.interactive") for event in self.events()], [True, True])

    def test_an_encrypted_recording(self):
        keys = subprocess.run(["age-keygen"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        recipient = re.search("age1[0-9a-z]+", keys.stdout)[0]
        self.exec("--audit-file", self.audit, "--recipient", recipient, "--", "true")
        for event in self.events():
            self.assertTrue(at(event, "secure_exec.recording.encrypted"))


class Stalls(FileCase):
    """On the real clock: disks that hang for seconds."""

    def test_an_audit_file_that_hangs_does_not_hang_the_session(self):
        mount = os.path.join(self.scratch.path, "mount")
        disk = private_mounts.StallingDisk(self.scratch.path, mount)
        self.addCleanup(disk.close)
        path = os.path.join(mount, "audit.json")
        self.assertEqual(self.exec("--audit-file", path, "--", "true").code, 0)
        disk.stall()
        start = time.monotonic()
        done = self.exec("--audit-file", path, "--", "echo", "hi")
        self.assertEqual((done.code, done.text), (0, "hi\n"))
        self.assertEqual(done.errors,
                         f"warning: an audit event was not delivered: {path}: did not take it in time\n" * 2)
        self.assertLess(time.monotonic() - start, 19, "the end waited, too")
        done = self.exec("--audit-required", "--audit-file", path, "--", "echo", "hi")
        self.assert_one_line(done, 121, path, "did not take it in time")
        disk.go_on()
        self.assertEqual(self.exec("--audit-file", path, "--", "true").code, 0)

    def test_a_recording_that_hangs_is_a_notice(self):
        disk = private_mounts.StallingDisk(self.scratch.path, self.scratch.store)
        self.addCleanup(disk.close)
        # Ends with stdin alone: before it, that stdin was still open would be a notice too.
        process = self.popen("--audit-file", self.audit, "-i", "--", "sh", "-c", "echo ready; read x; echo late; cat")
        process.stdout.readline()
        disk.stall()
        process.stdin.write("go\n")
        process.stdin.flush()
        wait_for("the notice", lambda: len(self.events()) == 2, 20)
        disk.go_on()
        process.communicate(timeout=20)
        events = self.events()
        self.assertEqual([action(event) for event in events], ["started", "notice", "ended"], events)
        notice = events[1]
        self.assertEqual((at(notice, "secure_exec.notice"), at(notice, "message")),
                         ("recording-stalled", f"the disk takes nothing: {self.scratch.recording()}"))


class Secrets(FileCase):
    """What is in hand while an event is written, and must not be in it."""

    def test_none_is_in_an_event(self):
        server = rsyslog.Rsyslog()
        self.addCleanup(server.remove)
        secrets = ["admin-token", "p4ss-of-the-proxy", "s3cret-of-the-environment", "s3cret-on-stdin", "url-p4ss"]
        with open(self.kubeconfig, encoding="ascii") as file:
            text = file.read()
        self.assertIn("admin-token", text)
        key = re.search("client-key-data: (.{60})", text)
        if key:
            secrets.append(key[1])
        env = {**self.scratch.env, "SECRET": "s3cret-of-the-environment",
               "HTTP_PROXY": "http://u:p4ss-of-the-proxy@x:1"}
        self.exec("--audit-file", self.audit, "--audit-syslog", server.tcp, "-i", "--", "cat", stdin=b"s3cret-on-stdin",
                  env=env)
        self.exec("--audit-file", self.audit, "--audit-syslog", server.tcp, "--", "true", pod="no-such-pod", env=env)
        host, port = self.server()
        done = self.exec("--audit-file", self.audit, "--server", f"https://user:url-p4ss@{host}:{port}", "--", "true",
                         env=env)
        self.assertIn(done.code, (0, 1))
        self.exec("--audit-file", self.audit, "--token", "t0ken-on-the-command-line", "--", "true", env=env)
        secrets.append("t0ken-on-the-command-line")
        server.stop()
        with open(self.audit, "rb") as file, open(server.output, "rb") as received:
            raw = file.read() + received.read()
        self.assertEqual(raw.count(b"\n"), 8)
        for secret in secrets:
            self.assertNotIn(secret.encode(), raw)


class Rotation(FileCase):
    def test_nothing_is_lost(self):
        """Sessions all the time, the file renamed under them as logrotate does, a new one made or not."""
        stop = threading.Event()
        codes = []

        def sessions():
            while not stop.is_set():
                codes.append(self.exec("--audit-file", self.audit, "--", "true").code)
        threads = [threading.Thread(target=sessions) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(8):
            wait_for("sessions", lambda: len(codes) >= 3 * (number + 1) and os.path.exists(self.audit), 60)
            os.rename(self.audit, f"{self.audit}.{number}")
            if number % 2:
                os.close(os.open(self.audit, os.O_CREAT | os.O_WRONLY, 0o640))
        stop.set()
        for thread in threads:
            thread.join()
        events = [event for path in glob.glob(self.audit + "*") for event in self.events(path)]
        self.assertEqual(set(codes), {0})
        sessions = audit_events.by_session(events)
        self.assertEqual(len(sessions), len(codes))
        for found in sessions.values():
            self.assertEqual(sorted(event["event"]["sequence"] for event in found), [1, 2])

    def test_a_session_is_told_of_in_two_files(self):
        process = self.popen("--audit-file", self.audit, "-i", "--", "sh", "-c", "echo ready; cat")
        process.stdout.readline()
        os.rename(self.audit, self.audit + ".1")
        process.communicate("", timeout=20)
        self.assertEqual([action(event) for event in self.events(self.audit + ".1")], ["started"])
        self.assertEqual([action(event) for event in self.events()], ["ended"])
        self.assertEqual(os.stat(self.audit).st_mode & 0o7777, 0o600)


class Together(FileCase):
    def test_lines_of_several_sessions_do_not_mix(self):
        server = rsyslog.Rsyslog()
        self.addCleanup(server.remove)
        long = "x" * 5000
        addresses = server.addresses * 3
        processes = [self.popen("--audit-file", self.audit, "--audit-syslog", address, "--", "true", long)
                     for address in addresses]
        for process in processes:
            self.assertEqual(process.wait(60), 0)
        for events in (self.events(), received(server, 2 * len(addresses))):
            sessions = audit_events.by_session(events)
            self.assertEqual(len(sessions), len(addresses))
            for found in sessions.values():
                self.assertEqual(sorted(event["event"]["sequence"] for event in found), [1, 2])


class Required(FileCase):
    def refused(self, *arguments, words=()):
        before = self.execs()
        done = self.exec("--audit-required", *arguments, "--", "touch", "/tmp/never")
        self.assert_one_line(done, 121, "the audit event cannot be delivered", *words)
        self.assertEqual(self.execs(), before, "the command was asked for")

    def test_a_disk_that_is_full(self):
        self.refused("--audit-file", FULL, words=(FULL, "No space left on device"))

    def test_a_link(self):
        os.symlink(os.path.join(self.scratch.path, "target"), self.audit)
        self.refused("--audit-file", self.audit, words=(self.audit, "symbolic link"))
        self.assertFalse(os.path.exists(os.path.join(self.scratch.path, "target")))

    def test_a_directory_that_is_not_there(self):
        self.refused("--audit-file", os.path.join(self.scratch.path, "none", "audit"), words=("No such file",))

    def test_a_syslog_that_is_not_there(self):
        port = rsyslog.free_port(socket.SOCK_STREAM)
        self.refused("--audit-syslog", f"tcp:localhost:{port}", words=("Connection refused",))
        self.refused("--audit-syslog", "unix:" + os.path.join(self.scratch.path, "log"), words=("No such file",))

    def test_one_of_two(self):
        self.refused("--audit-file", self.audit, "--audit-syslog", "unix:/nowhere", words=("unix:/nowhere",))
        start, denied = self.events()
        self.assertEqual([action(start), action(denied)], ["started", "denied"])
        self.assertEqual(at(denied, "error.code"), "policy")

    def test_a_syslog_that_reads_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            start = time.monotonic()
            self.refused("--audit-syslog", f"tcp:127.0.0.1:{server.getsockname()[1]}", words=("timed out",))
            self.assertLess(time.monotonic() - start, 30)

    def test_udp_cannot_be_required(self):
        done = self.exec("--audit-required", "--audit-syslog", "udp:localhost:514", "--", "true")
        self.assert_one_line(done, 1, "udp:localhost:514", "tcp:")

    def test_nor_can_nothing(self):
        self.assert_one_line(self.exec("--audit-required", "--", "true"), 1, "--audit-file", "--audit-syslog")

    def test_what_breaks_later_is_told(self):
        process = self.popen("--audit-required", "--audit-file", self.audit, "-i", "--", "sh", "-c",
                             "echo ready; read x; exit 5")
        process.stdout.readline()
        os.rename(self.audit, self.audit + ".1")
        os.mkdir(self.audit)
        # Ends with unsent input, which is a notice; then the end.
        _, errors = process.communicate("one\n" + "more\n" * 3_000_000, timeout=20)
        self.assertEqual(process.returncode, 5)
        warnings = [line for line in errors.splitlines() if "audit event" in line]
        self.assertEqual(warnings, ["warning: an audit event was not delivered: "
                                    f"{self.audit}: Is a directory"] * 2, errors)
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["5", "remote", "exit"])
        # The end's own failure comes after the seal, which it tells of.
        self.assertEqual([data for _, code, data in events if code == "m" and "audit event" in data],
                         [f"secure-exec: {warnings[0]}"])

    def test_all_well(self):
        server = rsyslog.Rsyslog()
        self.addCleanup(server.remove)
        for address in (server.unix, server.stream, server.tcp):
            done = self.exec("--audit-required", "--audit-file", self.audit, "--audit-syslog", address, "--", "true")
            self.assertEqual((done.code, done.errors), (0, ""))
        self.assertEqual(len(received(server, 6)), 6)
        self.assertEqual(len(self.events()), 6)


def received(server, count):
    """The events of an rsyslog, when it has written so many."""
    def lines():
        if not os.path.exists(server.output):
            return None
        found = whole_lines(server.output)
        return found if len(found) >= count else None
    return [audit_events.parse(json.loads(line)["message"].strip()) for line in wait_for("the events", lines, 20)]


class Syslog(FileCase):
    def setUp(self):
        super().setUp()
        self.server_ = rsyslog.Rsyslog()
        self.addCleanup(self.server_.remove)

    def test_every_transport(self):
        for address, source in zip(self.server_.addresses, ("imuxsock", "imptcp", "imudp", "imtcp")):
            done = self.exec("--audit-syslog", address, "--reason", "\u00fcber \u2713", "--", "sh", "-c", "exit 3")
            self.assertEqual((done.code, done.errors), (3, "command terminated with exit code 3\n"))
        events = received(self.server_, 8)
        with open(self.server_.output, encoding="utf-8") as file:
            messages = [json.loads(line) for line in file]
        for source in ("imuxsock", "imptcp", "imudp", "imtcp"):
            with self.subTest(source):
                mine = [message for message in messages if message["input"] == source]
                self.assertEqual([message["msgid"] for message in mine], ["start", "end"])
                for number, message in enumerate(mine, 1):
                    self.assertEqual((message["facility"], message["severity"]), ("authpriv", "notice"))
                    self.assertEqual(message["app"], "kubectl-secure_exec")
                    self.assertEqual(message["host"], socket.gethostname())
                    self.assertTrue(message["procid"].isdecimal())
                    self.assertIn(f'[meta sequenceId="{number}"]', message["data"])
        for event in events:
            self.assertEqual(at(event, "event.reason"), "\u00fcber \u2713")

    def test_a_huge_command_is_cut_for_each(self):
        for address in self.server_.addresses:
            script = "true #" + "\u00e9" * 3_000
            self.assertEqual(self.exec("--audit-syslog", address, "--", "sh", "-c", script).code, 0)
        for event in received(self.server_, 8):
            self.assertIn("process.command_line", at(event, "secure_exec.truncated"))
            self.assertTrue(at(event, "process.command_line").startswith("sh -c true #\u00e9\u00e9"))

    def test_what_was_refused_is_a_warning(self):
        self.exec("--audit-syslog", self.server_.tcp, "--", "true", pod="no-such-pod")
        received(self.server_, 1)
        with open(self.server_.output, encoding="utf-8") as file:
            [message] = [json.loads(line) for line in file]
        self.assertEqual((message["msgid"], message["severity"]), ("denied", "warning"))

    def test_a_syslog_that_restarts_in_the_middle(self):
        for address in (self.server_.tcp, self.server_.unix, self.server_.stream):
            process = self.popen("--audit-syslog", address, "-i", "--", "sh", "-c", "echo ready; cat")
            process.stdout.readline()
            self.server_.stop()
            self.server_.start()
            _, errors = process.communicate("", timeout=20)
            self.assertEqual((process.returncode, errors), (0, ""), address)
        self.assertEqual(len(received(self.server_, 6)), 6)


def documented():
    """The configuration of rsyslog in docs/audit-events.md, in its parts."""
    with open(os.path.join(REPOSITORY, "docs", "audit-events.md"), encoding="utf-8") as file:
        return re.findall(r"^```rsyslog\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


class Documentation(unittest.TestCase):
    def test_rsyslog_takes_its_configuration(self):
        blocks = documented()
        self.assertEqual(sum("omkafka" in block for block in blocks), 1)
        self.assertEqual(sum("omelasticsearch" in block for block in blocks), 1)
        server = rsyslog.Rsyslog()
        self.addCleanup(server.remove)
        path = os.path.join(server.directory, "documented.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(blocks).replace("/var/spool/rsyslog", server.directory))
        taken, said = rsyslog.check(path)
        self.assertTrue(taken, said)
        self.assertNotIn("warning", said)
        # It would say so.
        with open(path, "a", encoding="utf-8") as file:
            file.write('action(type="omkafka" topics="x")\n')
        self.assertFalse(rsyslog.check(path)[0])


class Elasticsearch(FileCase):
    """rsyslog as docs/audit-events.md has it hands the events on as documents, to a bulk API."""

    def test_events_arrive_as_documents(self):
        bulks = []

        class Bulk(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                bulks.append((self.path, body))
                count = body.count('{"create"') + body.count('{"index"')
                answer = json.dumps({"took": 1, "errors": False,
                                     "items": [{"create": {"status": 201}}] * count}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_HEAD(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD

            def log_message(self, *_):
                pass
        database = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bulk)
        self.addCleanup(database.server_close)
        threading.Thread(target=database.serve_forever, daemon=True).start()
        self.addCleanup(database.shutdown)
        blocks = documented()
        [block] = [block for block in blocks if "omelasticsearch" in block]
        [shared] = [block for block in blocks if "template(" in block and "omelasticsearch" not in block]
        block = block.replace("https://es.example.com:9200", f"http://127.0.0.1:{database.server_port}")
        server = rsyslog.Rsyslog(shared + block)
        self.addCleanup(server.remove)
        self.assertEqual(self.exec("--audit-syslog", server.tcp, "--", "true").code, 0)
        wait_for("the documents", lambda: sum(body.count("\n") for _, body in bulks) >= 4, 30)
        for path, _ in bulks:
            self.assertEqual(path.split("?")[0], "/_bulk")
        lines = "".join(body for _, body in bulks).splitlines()
        documents = [audit_events.parse(line) for line in lines[1::2]]
        self.assertEqual([action(event) for event in documents], ["started", "ended"])
        for command, document in zip(lines[::2], documents):
            [(operation, fields)] = json.loads(command).items()
            self.assertEqual(operation, "create")
            self.assertEqual(fields["_index"], "logs-secure_exec.audit-default")
            self.assertEqual(fields.get("_id"), document["event"]["id"])  # twice is once


if __name__ == "__main__":
    main()
