"""The fake API server, met by a client of its own (and by kubectl where there is one).

    python3 tests/fakes/apiserver_test.py
"""

import collections
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import quote_plus

HERE = os.path.dirname(os.path.abspath(__file__))
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
KUBECTL = os.environ.get("SECURE_EXEC_TEST_KUBECTL") or shutil.which("kubectl")
SECONDS = 30

Frame = collections.namedtuple("Frame", "first opcode payload")


class FakeServer:
    """The server as a process. `stop()` waits for it."""

    def __init__(self, *arguments):
        self.directory = tempfile.mkdtemp(prefix="fake-apiserver-test-")
        self.log_path = os.path.join(self.directory, "log")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "apiserver.py"), "--with-parent", "--state", self.directory, "--log",
             self.log_path, *arguments], stdout=subprocess.PIPE, text=True)
        word, _, self.kubeconfig = self.process.stdout.readline().strip().partition(" ")
        assert word == "ready", word
        with open(self.kubeconfig, encoding="ascii") as file:
            self.port, self.port_v4 = map(int, re.findall(r"127\.0\.0\.1:(\d+)\n", file.read())[:2])

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()
        shutil.rmtree(self.directory)

    def log(self, event):
        with open(self.log_path, encoding="utf-8") as file:
            return [entry for entry in map(json.loads, file) if entry["event"] == event]

    def wait_log(self, event, pod):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for entry in self.log(event):
                if entry.get("pod") == pod:
                    return entry
            time.sleep(0.01)
        raise AssertionError(f"no {event} of {pod} in the log")


class Client:
    """One connection. A reader of frames of its own, not the server's."""

    def __init__(self, server, port=None, certificate=None):
        context = ssl.create_default_context(cafile=os.path.join(server.directory, "ca.crt"))
        if certificate:
            context.load_cert_chain(*(os.path.join(server.directory, f"{certificate}.{k}") for k in ("crt", "key")))
        raw = socket.create_connection(("127.0.0.1", port or server.port), timeout=SECONDS)
        # Python hides a reset or an end without close_notify unless asked not to.
        self.sock = context.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        self.buffer = b""
        self.end = None

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, ssl.SSLError) as error:
            self.end = "reset" if isinstance(error, ConnectionResetError) else "cut"
            return False
        if not data:
            self.end = "end"
            return False
        self.buffer += data
        return True

    def get(self, path, *headers, token="admin-token", method="GET", body=""):
        lines = [f"{method} {path} HTTP/1.1", "Host: fake", *headers, f"Content-Length: {len(body)}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        code = int(head.split(b" ")[1])
        length = int(self.headers.get("Content-Length", "0"))
        while len(self.buffer) < length and self._more():
            pass
        self.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return code

    def exec(self, *command, pod="shell", flags="stdout", offer=f"{V5}, {V4}", namespace="default", token="admin-token"):
        query = [f"command={quote_plus(word)}" for word in command] + [f"{flag}=true" for flag in flags.split()]
        return self.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{'&'.join(query)}", "Connection: Upgrade",
                        "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Protocol: {offer}",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", token=token)

    def send(self, payload, opcode=2, first=0x80, masked=True):
        length = struct.pack(">B", len(payload) | 0x80 * masked) if len(payload) < 126 else \
            struct.pack(">BH", 126 | 0x80 * masked, len(payload))
        key = b"\x11\x22\x33\x44"
        data = bytes(b ^ key[i % 4] for i, b in enumerate(payload))
        self.sock.sendall(bytes((first | opcode,)) + length + (key + data if masked else payload))

    def frame(self):
        """The next one; None at the end."""
        need = 2
        while True:
            if len(self.buffer) >= 2:
                size, at = self.buffer[1], 2
                if size == 126:
                    size, at = int.from_bytes(self.buffer[2:4], "big"), 4
                elif size == 127:
                    size, at = int.from_bytes(self.buffer[2:10], "big"), 10
                need = at + size
                if len(self.buffer) >= need:
                    frame = Frame(self.buffer[0], self.buffer[0] & 15, self.buffer[at:need])
                    self.buffer = self.buffer[need:]
                    return frame
            if not self._more():
                return None

    def rest(self):
        """Everything up to the end: {channel: bytes}, close code."""
        channels, code = collections.defaultdict(bytes), None
        self.frames = []
        while (frame := self.frame()) is not None:
            self.frames.append(frame)
            if frame.opcode == 8:
                code = int.from_bytes(frame.payload[:2], "big")
            elif frame.payload and frame.opcode == 2:
                channels[frame.payload[0]] += frame.payload[1:]
        return channels, code

    def until(self, pattern):
        """Reads output until it matches; returns the match."""
        seen = b""
        while not (match := re.search(pattern, seen)):
            frame = self.frame()
            if frame is None:
                raise AssertionError(f"{pattern!r} never came: {seen!r}")
            seen += frame.payload[1:]
        return match

    def shell_pid(self):
        """Starts a shell on a TTY."""
        self.exec("sh", flags="stdin stdout tty")
        self.send(b"\x00echo pid $$.\n")
        return int(self.until(rb"pid (\d+)\.\r").group(1))


def exit_code(status):
    status = json.loads(status)
    return 0 if status["status"] == "Success" else int(status["details"]["causes"][0]["message"])


class Case(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = FakeServer(*cls.arguments)
        cls.addClassCleanup(cls.server.stop)

    def client(self, **options):
        client = Client(self.server, **options)
        self.addCleanup(client.sock.close)
        return client

    def run_command(self, *command, **options):
        client = self.client()
        self.assertEqual(client.exec(*command, **options), 101)
        return client.rest()


class Exec(Case):
    def test_channels_status_and_close(self):
        channels, code = self.run_command("sh", "-c", "echo out; echo err >&2; exit 7", flags="stderr stdout")
        self.assertEqual((channels[1], channels[2], exit_code(channels[3]), code), (b"out\n", b"err\n", 7, 1000))

    def test_killed_by_a_signal(self):
        self.assertEqual(exit_code(self.run_command("sh", "-c", "kill -9 $$")[0][3]), 137)

    def test_program_not_found_comes_on_channel_3(self):
        self.assertIn(b"executable file not found", self.run_command("no-such-program")[0][3])

    def test_stdin_and_its_end(self):
        client = self.client()
        client.exec("cat", flags="stdin stdout")
        client.send(b"\x00hello ")
        client.send(b"\x00world")
        client.send(b"\xff\x00")
        self.assertEqual(client.rest()[0][1], b"hello world")

    def test_every_byte_comes_back(self):
        client = self.client()
        client.exec("cat", flags="stdin stdout")
        everything = bytes(range(256)) * 200
        client.send(b"\x00" + everything)
        client.send(b"\xff\x00")
        self.assertEqual(client.rest()[0][1], everything)

    def test_terminal(self):
        client = self.client()
        client.exec("sh", flags="stdin stdout tty")
        client.send(b'\x04{"Width":99,"Height":33}\n')
        client.send(b"\x00stty size; tty; echo $TERM\n")
        client.until(rb"33 99\r\n/dev/pts/\d+\r\nxterm\r\n")
        client.send(b'\x04{"Width":10,"Height":20}\n')
        client.send(b"\x00stty size\n")
        client.until(rb"20 10\r\n")
        client.send(b"\x00sh -c 'echo now; exec sleep 1000'\n")
        client.until(rb"now\r\n")
        client.send(b"\x00\x03")
        client.until(rb"\^C")
        client.send(b"\x00exit 5\n")
        self.assertEqual(exit_code(client.rest()[0][3]), 5)

    def test_job_control(self):
        client = self.client()
        client.exec("bash", flags="stdin stdout tty")
        client.send(b"\x00set -o | grep monitor\n")
        client.until(rb"monitor +\ton\r\n")

    def test_protocols(self):
        for port, offer, expected in ((self.server.port, f"{V5}, {V4}", V5), (self.server.port, V4, V4),
                                      (self.server.port_v4, f"{V5}, {V4}", V4)):
            with self.subTest(offer=offer, port=port):
                client = self.client(port=port)
                self.assertEqual(client.exec("true", offer=offer), 101)
                self.assertEqual(client.headers["Sec-WebSocket-Protocol"], expected)
                self.assertEqual(client.headers["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")

    def test_v4_server_refuses_v5_with_an_empty_403(self):
        client = self.client(port=self.server.port_v4)
        self.assertEqual((client.exec("true", offer=V5), client.body), (403, b""))

    def test_ping_is_answered(self):
        client = self.client()
        client.exec("cat", flags="stdin stdout")
        client.frame()
        client.send(b"are you there", opcode=9)
        self.assertEqual(client.frame()[1:], (10, b"are you there"))

    def test_large_output_in_frames_as_kubernetes_makes_them(self):
        client = self.client()
        client.exec("head", "-c", "20000000", "/dev/zero")
        self.assertEqual(len(client.rest()[0][1]), 20000000)
        self.assertLessEqual(max(len(frame.payload) for frame in client.frames), 32769)

    def test_sessions_at_once(self):
        clients = [self.client() for _ in range(8)]
        for client in clients:
            client.exec("cat", flags="stdin stdout")
        for number, client in enumerate(clients):
            client.send(b"\x00%d" % number)
            client.send(b"\xff\x00")
        self.assertEqual([client.rest()[0][1] for client in clients], [b"%d" % n for n in range(8)])

    def test_pod_without_a_shell(self):
        self.assertIn(b"not found", self.run_command("sh", pod="bare")[0][3])
        self.assertEqual(self.run_command("echo", "hi", pod="bare")[0][1], b"hi\n")

    def test_completed_pod(self):
        self.assertIn(b"container not found", self.run_command("true", pod="finished")[0][3])


class Violations(Case):
    """What a client must not do closes with 1002 and stands in the log."""

    def expect(self, pod, words, act, flags="stdin stdout", offer=V5):
        client = self.client()
        client.exec("sleep", "1000", pod=pod, flags=flags, offer=offer)
        act(client)
        self.assertEqual(client.rest()[1], 1002)
        self.assertIn(words, " ".join(self.server.wait_log("end", pod)["violations"]))

    # Any pod of the table's does; its name finds the log's line.
    def test_unmasked(self):
        self.expect("x-small-1", "unmasked", lambda c: c.send(b"\x00hi", masked=False))

    def test_fragmented(self):
        self.expect("x-small-2", "fragmented", lambda c: c.send(b"\x00hi", first=0))

    def test_text(self):
        self.expect("x-small-3", "text", lambda c: c.send(b"\x00hi", opcode=1))

    def test_stdin_that_was_not_asked_for(self):
        self.expect("x-small-4", "without stdin", lambda c: c.send(b"\x00hi"), flags="stdout")

    def test_resize_without_a_terminal(self):
        self.expect("x-small-5", "without a TTY", lambda c: c.send(b'\x04{"Width":1,"Height":1}\n'))

    def test_odd_resize(self):
        self.expect("x-small-6", "a resize that reads", lambda c: c.send(b'\x04{"width":1,"height":1}\n'),
                    flags="stdin stdout tty")

    def test_long_close_signal(self):
        self.expect("x-small-7", "close signal", lambda c: c.send(b"\xff\x00\x00"))

    def test_close_signal_on_v4(self):
        self.expect("x-small-8", "channel 255", lambda c: c.send(b"\xff\x00"), offer=V4)

    def test_stdin_after_its_end(self):
        def act(client):
            client.send(b"\xff\x00")
            client.send(b"\x00late")
        self.expect("x-small-9", "after its end", act)

    def test_queries(self):
        for query in ("stdout=maybe&tty=true", "bogus=1", "stdout=true&command=a", "command=%zz&stdout=true", "stdout",
                      "stdout=true&stdout=true", "container=a&container=a"):
            with self.subTest(query=query):
                self.assertEqual(self.client().get(f"/api/v1/namespaces/default/pods/shell/exec?{query}",
                                                   "Connection: Upgrade", "Upgrade: websocket"), 400)


class Rest(Case):
    def status(self, path, code, reason, **options):
        client = self.client(**{k: options.pop(k) for k in ("certificate",) if k in options})
        self.assertEqual(client.get(path, **options), code)
        self.assertEqual(json.loads(client.body)["reason"], reason)
        return json.loads(client.body)["message"]

    def test_pod(self):
        client = self.client()
        self.assertEqual(client.get("/api/v1/namespaces/default/pods/multi"), 200)
        pod = json.loads(client.body)
        self.assertEqual(pod["metadata"]["annotations"], {"kubectl.kubernetes.io/default-container": "second"})
        self.assertEqual([c["name"] for c in pod["spec"]["initContainers"] + pod["spec"]["containers"]],
                         ["setup", "first", "second"])
        self.assertIn("GMT", client.headers["Date"])

    def test_several_requests_on_one_connection(self):
        client = self.client()
        self.assertEqual([client.get(path) for path in ("/version", "/api", "/apis", "/nope")], [200, 200, 200, 404])

    def test_refusals(self):
        shell = "/api/v1/namespaces/default/pods/shell"
        self.assertEqual(self.status("/api/v1/namespaces/default/pods/nope", 404, "NotFound"), 'pods "nope" not found')
        self.status(shell, 401, "Unauthorized", token="wrong")
        self.assertIn('User "mallory" cannot get', self.status(shell, 403, "Forbidden", token="mallory-token"))
        self.assertIn("system:anonymous", self.status(shell, 403, "Forbidden", token=None))
        self.assertIn('User "alice"', self.status(shell, 403, "Forbidden", token=None, certificate="alice"))
        self.assertIn('"pods/exec"', self.status(shell + "/exec?command=a", 403, "Forbidden", token="creator-token"))

    def test_exec_without_an_upgrade_answers_400(self):
        self.assertEqual(self.status("/api/v1/namespaces/default/pods/shell/exec?container=main", 400, "BadRequest"),
                         "Upgrade request required")

    def test_certificate_user(self):
        client = self.client(certificate="alice")
        self.assertEqual(client.exec("true", namespace="dev", token=None), 101)

    def test_who_am_i(self):
        client = self.client()
        client.get("/apis/authentication.k8s.io/v1/selfsubjectreviews", method="POST", body="{}")
        self.assertEqual(json.loads(client.body)["status"]["userInfo"]["username"], "admin")

    def test_headers_are_in_the_log(self):
        self.client().get("/version", "Audit-ID: 1234", "User-Agent: me")
        headers = [dict(entry["headers"]) for entry in self.server.log("request")]
        self.assertIn(("1234", "me"), [(h.get("Audit-ID"), h.get("User-Agent")) for h in headers])


class Misbehaviour(Case):
    arguments = ("--behave", "multi=drop-0")

    def stream(self, pod, *command, flags="stdout"):
        client = self.client()
        self.assertEqual(client.exec(*(command or ("echo", "hello")), pod=pod, flags=flags), 101)
        channels, code = client.rest()
        return client, channels, code

    def test_drop_after_exactly_so_many_bytes(self):
        client, channels, code = self.stream("x-drop-100000", "seq", "100000")
        self.assertEqual((len(channels[1]), channels[3], code, client.end), (100000, b"", None, "reset"))

    def test_fin(self):
        client, channels, code = self.stream("x-fin-3")
        self.assertEqual((channels[1], channels[3], code, client.end), (b"hel", b"", None, "end"))

    def test_cut(self):
        client, channels, code = self.stream("x-cut-4")
        self.assertEqual((channels[1], channels[3], code, client.end), (b"hell", b"", None, "cut"))

    def test_close_without_a_status(self):
        for pod, expected in (("x-close", 1000), ("x-close-4000", 4000), ("x-away-2", 1001), ("x-close-empty", 0)):
            with self.subTest(pod=pod):
                _, channels, code = self.stream(pod)
                self.assertEqual((channels[3], code), (b"", expected))

    def test_by_option(self):
        self.assertEqual(self.client().exec("true", pod="multi", flags="stdout"), 101)
        client = self.client()
        client.get("/api/v1/namespaces/default/pods/multi/exec?command=true&container=first&stdout=true",
                   "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                   f"Sec-WebSocket-Protocol: {V5}", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        client.rest()
        self.assertEqual(client.end, "reset")

    def test_statuses(self):
        split = self.stream("x-status-split-3", "sh", "-c", "exit 9")
        self.assertEqual(exit_code(split[1][3]), 9)
        self.assertEqual(sum(frame.payload[:1] == b"\x03" for frame in split[0].frames if frame.opcode == 2), 3)
        self.assertEqual(exit_code(self.stream("x-status-code-300")[1][3]), 300)
        self.assertEqual(len(self.stream("x-status-huge-2")[1][3]) >> 20, 2)

    def test_frames_that_are_valid(self):
        expected = "".join(f"{n}\n" for n in range(1, 2001)).encode()
        for pod in ("x-small-7", "x-bytewise", "x-channel", "x-empty", "x-pings-3"):
            with self.subTest(pod=pod):
                _, channels, code = self.stream(pod, "seq", "2000")
                self.assertEqual((channels[1], exit_code(channels[3]), code), (expected, 0, 1000))

    def test_fragments(self):
        client, _, code = self.stream("x-fragmented")
        parts = [frame for frame in client.frames if frame.opcode in (0, 2) and frame.payload[:1] != b"\x03"][1:]
        self.assertEqual(b"".join(part.payload for part in parts), b"\x01hello\n")
        self.assertEqual([part.first for part in parts], [0x02, 0x00, 0x80])
        self.assertEqual(code, 1000)

    def test_frames_that_are_not_valid(self):
        for pod, start in (("x-masked", b"\x82\x87mask"), ("x-oversized", b"\x82\x7f\0\0\x01\0"),
                           ("x-oversized-63", b"\x82\x7f\x80"), ("x-rsv", b"\xc2\x07"), ("x-opcode-11", b"\x8b\x07"),
                           ("x-long-ping", b"\x89\x7e\0\xc8"), ("x-split-ping", b"\x09"), ("x-continuation", b"\x80"),
                           ("x-long-form", b"\x82\x7f\0\0\0\0\0\0\0\x07"), ("x-close-short", b"\x88\x01\x03")):
            with self.subTest(pod=pod):
                client = self.client()
                self.assertEqual(client.exec("cat", pod=pod, flags="stdin stdout"), 101)
                self.assertEqual(client.frame().payload, b"\x01")
                while len(client.buffer) < len(start) and client._more():
                    pass
                self.assertTrue(client.buffer.startswith(start), client.buffer[:20])

    def test_handshakes(self):
        for pod, name in (("x-accept-missing", "Sec-WebSocket-Accept"), ("x-protocol-missing", "Sec-WebSocket-Protocol"),
                          ("x-upgrade-missing", "Upgrade")):
            with self.subTest(pod=pod):
                client = self.client()
                self.assertEqual(client.exec("true", pod=pod), 101)
                self.assertNotIn(name, client.headers)
        self.assertEqual(self.client().exec("true", pod="x-http-502"), 502)
        self.assertIsNone(self.client().exec("true", pod="x-http-empty"))
        client = self.client()
        self.assertEqual((client.exec("true", pod="x-http-403"), client.body), (403, b""))

    def test_slow_reader_takes_so_much_and_no_more(self):
        client = self.client()
        client.exec("cat", pod="x-slow-reader-10", flags="stdin stdout")
        client.send(b"\x00" + b"a" * 10)
        client.until(rb"a{10}")
        client.sock.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            while True:
                client.send(b"\x00" + b"b" * 1000)

    def test_no_pong(self):
        client = self.client()
        client.exec("cat", pod="x-no-pong", flags="stdin stdout")
        client.send(b"x", opcode=9)
        client.send(b"\x00hi")
        client.send(b"\xff\x00")
        channels, code = client.rest()
        self.assertEqual((channels[1], code, [f.opcode for f in client.frames if f.opcode > 8]), (b"hi", 1000, []))

    def test_stall_ends_with_its_client(self):
        for pod in ("x-stall", "x-mute"):
            client = self.client()
            self.assertEqual(client.exec("cat", pod=pod, flags="stdin stdout"), 101)
            client.sock.close()
            self.assertIn("gone", self.server.wait_log("end", pod)["outcome"])

    def test_flood(self):
        self.assertEqual(len(self.stream("x-flood-5000000")[1][1]), 5000000)

    def test_unknown_behaviour_is_an_unknown_pod(self):
        self.assertEqual(self.client().exec("true", pod="x-nothing"), 404)


def alive(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    return False


class Ends(unittest.TestCase):
    def start(self, *arguments):
        server = FakeServer(*arguments)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        client = Client(server)
        self.addCleanup(client.sock.close)
        return server, client

    def wait_dead(self, pid):
        end = time.monotonic() + SECONDS
        while alive(pid):
            self.assertLess(time.monotonic(), end, f"{pid} lives on")
            time.sleep(0.01)

    def test_nothing_is_left_behind(self):
        server, client = self.start()
        client.exec("bash", flags="stdin stdout tty")
        client.send(b"\x00trap '' HUP; sleep 987 & echo job $!.; setsid sh -c 'echo daemon $$.; exec sleep 987' &\n")
        pids = [int(client.until(rb"daemon (\d+)\.").group(1))]
        client.send(b"\x00echo shell $$.; jobs -p | sed 's/$/./'\n")
        pids += map(int, client.until(rb"shell (\d+)\.\s+(\d+)\.").groups())
        for pid in pids:
            self.assertTrue(alive(pid), pid)
        server.stop()
        for pid in pids:
            self.wait_dead(pid)

    def test_a_terminal_command_outlives_its_connection(self):
        server, client = self.start()
        pid = client.shell_pid()
        client.sock.close()
        server.wait_log("end", "shell")
        self.assertTrue(alive(pid))
        server.stop()
        self.wait_dead(pid)

    def test_hang_up(self):
        _, client = self.start("--hang-up")
        pid = client.shell_pid()
        client.sock.close()
        self.wait_dead(pid)

    def test_kill_of_the_server_ends_its_connections(self):
        server, client = self.start()
        pid = client.shell_pid()
        server.process.send_signal(signal.SIGKILL)
        self.wait_dead(pid)
        server.stop()


@unittest.skipUnless(KUBECTL, "kubectl is not on PATH, and SECURE_EXEC_TEST_KUBECTL is not set")
class Kubectl(Case):
    """kubectl agrees that this is an API server."""

    def kubectl(self, *arguments, stdin=b""):
        done = subprocess.run([KUBECTL, "--kubeconfig", self.server.kubeconfig, "--cache-dir",
                               os.path.join(self.server.directory, "cache"), *arguments], input=stdin,
                              capture_output=True, timeout=SECONDS, check=False)
        return done.returncode, done.stdout, done.stderr.decode()

    def test_exit_code(self):
        self.assertEqual(self.kubectl("exec", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 7"),
                         (7, b"out\n", "err\ncommand terminated with exit code 7\n"))

    def test_stdin(self):
        data = bytes(range(256)) * 4000
        self.assertEqual(self.kubectl("exec", "-i", "shell", "--", "cat", stdin=data), (0, data, ""))

    def test_containers(self):
        self.assertEqual(self.kubectl("exec", "multi", "-c", "setup", "--", "echo", "hi"), (0, b"hi\n", ""))
        self.assertIn("is not valid for pod", self.kubectl("exec", "multi", "-c", "none", "--", "true")[2])

    def test_refusals(self):
        for context, words in (("fake-nobody", "Error from server (Forbidden): "),
                               ("fake-expired", "error: You must be logged in to the server (Unauthorized)"),
                               ("fake-v4", "error: unable to upgrade connection")):
            with self.subTest(context=context):
                code, _, errors = self.kubectl("--context", context, "exec", "shell", "--", "true")
                self.assertEqual(code, 1)
                self.assertIn(words, errors)

    def test_path_prefix(self):
        self.assertEqual(self.kubectl("--context", "fake-prefix", "exec", "shell", "--", "echo", "hi"), (0, b"hi\n", ""))

    def test_close_without_a_status_is_success_to_kubectl(self):
        self.assertEqual(self.kubectl("exec", "x-close", "--", "false"), (0, b"", ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
