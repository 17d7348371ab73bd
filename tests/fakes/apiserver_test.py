"""The fake API server, met by a client of its own (and by kubectl where there is one).

    python3 tests/fakes/apiserver_test.py
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from fake_client import ACCEPT, SECONDS, V4, V5, Case, Client, FakeServer, SpdyClient, exit_code

KUBECTL = os.environ.get("SECURE_EXEC_TEST_KUBECTL") or shutil.which("kubectl")


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
                self.assertEqual(client.headers["Sec-WebSocket-Accept"], ACCEPT)

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


class Spdy(Case):
    def start(self, *command, pod="shell", flags="stdout", streams=None):
        client = self.client(SpdyClient)
        self.assertEqual(client.exec(*command, pod=pod, flags=flags), 101)
        self.assertEqual(client.headers["X-Stream-Protocol-Version"], V4)
        client.open(*(streams or ["error", *(flag for flag in flags.split() if flag != "tty")]))
        return client

    def test_streams_status_and_end(self):
        client = self.start("sh", "-c", "echo out; echo err >&2; exit 7", flags="stderr stdout")
        channels = client.rest()
        self.assertEqual((channels["stdout"], channels["stderr"], exit_code(channels["error"])), (b"out\n", b"err\n", 7))
        self.assertEqual(client.replies, ["error", "stderr", "stdout"])
        self.assertEqual((client.ended, client.away, client.end), ({"error", "stdout", "stderr"}, 0, "end"))

    def test_half_close(self):
        client = self.start("sha256sum", pod="x-small-32768", flags="stdin stdout")
        everything = bytes(range(256)) * 4000
        client.until(lambda: len(client.replies) == 3)
        for at in range(0, len(everything), 32768):
            client.data("stdin", everything[at:at + 32768])
        client.data("stdin", b"", fin=True)
        self.assertEqual(client.rest()["stdout"].split()[0].decode(), hashlib.sha256(everything).hexdigest())
        end = self.server.wait_log("end", "x-small-32768")
        self.assertEqual((end["stdin_bytes"], end["stdin_closed"], end["violations"]), (len(everything), True, []))

    def test_terminal_and_resize(self):
        client = self.start("sh", flags="stdin stdout tty", streams=["error", "stdin", "stdout", "resize"])
        client.until(lambda: len(client.replies) == 4)
        client.data("resize", b'{"Width":99,"Height":33}\n')
        client.data("stdin", b"stty size\n")
        client.until(lambda: b"33 99\r\n" in client.channels["stdout"])
        client.data("stdin", b"exit 5\n")
        self.assertEqual(exit_code(client.rest()["error"]), 5)

    def test_nothing_starts_before_all_streams_are_there(self):
        client = self.start("echo", "hi", flags="stderr stdout", streams=["error", "stdout"])
        client.control(6, b"\0\0\0\1")
        client.until(lambda: client.pings == [1])
        self.assertEqual(client.channels["stdout"], b"")
        client.open("stderr")
        self.assertEqual(client.rest()["stdout"], b"hi\n")

    def test_refusals(self):
        client = self.client(SpdyClient)
        self.assertEqual(client.exec("true", offer=("v9.channel.k8s.io",)), 403)
        self.assertEqual(client.headers["X-Accepted-Stream-Protocol-Versions"], V4)
        client = self.client(SpdyClient)
        self.assertEqual(client.exec("true", token="getter-token"), 403)
        self.assertIn('cannot create resource \\"pods/exec', client.body.decode())
        self.assertEqual(self.client(SpdyClient).exec("true", token="creator-token"), 101)
        self.assertEqual(self.client(SpdyClient).exec("true", pod="finished"), 500)
        self.assertEqual(self.client(SpdyClient).exec("true", pod="x-no-spdy"), 400)


class SpdyViolations(Case):
    def expect(self, pod, words, act, streams=("error", "stdin", "stdout")):
        client = self.client(SpdyClient)
        self.assertEqual(client.exec("sleep", "1000", pod=pod, flags="stdin stdout"), 101)
        client.open(*streams)
        client.until(lambda: len(client.replies) == len(streams))
        act(client)
        client.rest()
        self.assertEqual(client.away, 1)
        self.assertIn(words, " ".join(self.server.wait_log("end", pod)["violations"]))

    def test_stdin_after_its_end(self):
        def act(client):
            client.data("stdin", b"", fin=True)
            client.data("stdin", b"late")
        self.expect("x-small-1", "not open", act)

    def test_data_before_all_streams_are_open(self):
        self.expect("x-small-2", "before all streams", lambda c: c.data("stdin", b"early"), streams=("error", "stdin"))

    def test_stream_that_was_not_asked_for(self):
        self.expect("x-small-3", "not asked for", lambda c: c.open("resize"))

    def test_stream_twice(self):
        self.expect("x-small-4", "or twice", lambda c: c.open("stdin"))

    def test_even_stream(self):
        self.expect("x-small-5", "the number 8", lambda c: c.control(1, b"\0\0\0\x08" + b"\0" * 6))

    def test_other_version(self):
        self.expect("x-small-6", "a control frame that starts", lambda c: c.control(6, b"\0\0\0\1", version=2))

    def test_headers_that_do_not_inflate(self):
        self.expect("x-small-7", "does not inflate", lambda c: c.control(1, b"\0\0\0\x09" + b"\0" * 6 + b"\xff" * 9))

    def test_cut_ping(self):
        self.expect("x-small-8", "is cut", lambda c: c.control(6, b"\1"))

    def test_output_stream(self):
        self.expect("x-small-9", "data on 'stdout'", lambda c: c.data("stdout", b"x"))


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

    websockets = "true"

    def kubectl(self, *arguments, stdin=b""):
        done = subprocess.run([KUBECTL, "--kubeconfig", self.server.kubeconfig, "--cache-dir",
                               os.path.join(self.server.directory, "cache"), *arguments], input=stdin,
                              env={**os.environ, "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": self.websockets},
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
                               ("fake-look", "cannot create resource \"pods/exec\"")):
            with self.subTest(context=context):
                code, _, errors = self.kubectl("--context", context, "exec", "shell", "--", "true")
                self.assertEqual(code, 1)
                self.assertIn(words, errors)

    def test_large_output(self):
        code, out, errors = self.kubectl("exec", "shell", "--", "head", "-c", "20000000", "/dev/zero")
        self.assertEqual((code, len(out), errors), (0, 20000000, ""))

    def test_old_server(self):
        self.assertEqual(self.kubectl("--context", "fake-v4", "exec", "-i", "shell", "--", "cat", stdin=b"hi"),
                         (0, b"hi", ""))

    def test_path_prefix(self):
        self.assertEqual(self.kubectl("--context", "fake-prefix", "exec", "shell", "--", "echo", "hi"),
                         (0, b"hi\n", ""))

    def test_close_without_a_status_is_success_to_kubectl(self):
        self.assertEqual(self.kubectl("exec", "x-close", "--", "false"), (0, b"", ""))


class KubectlOverSpdy(Kubectl):
    websockets = "false"

    def test_resets_are_an_end(self):
        self.assertEqual(self.kubectl("exec", "x-spdy-resets", "--", "sh", "-c", "echo hi; exit 3"),
                         (3, b"hi\n", "command terminated with exit code 3\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
