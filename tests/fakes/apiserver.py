#!/usr/bin/python3
"""A fake Kubernetes API server with pods to exec into, for tests and for trying things out.

It serves what `kubectl exec` needs: pods, Status errors, and exec over WebSocket
(v5.channel.k8s.io; on a second port v4 alone) and SPDY/3.1. THE COMMANDS REALLY RUN, on this machine, as you,
in a directory of the pod's own. It prints one line, "ready KUBECONFIG", and serves until SIGTERM
or SIGINT; then it ends what was started through it.
"""

import argparse
import atexit
import json
import os
import select
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import time

import behaviours
import credentials
import exec_request
import http_behaviours
import pods
import spdy_behaviours
import stream_behaviours
import websocket
from command import die_with_parent, find_processes, set_process_name, signal_all
from exec_session import Session, end_session, error_text
from http_message import Answer, BadRequest, failure, forbidden, head, not_found, read_request
from spdy_session import SpdySession
from wire import Wire

V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
TABLES = (http_behaviours, stream_behaviours, spdy_behaviours)  # imported to fill behaviours.TABLE
MAX_CONNECTIONS = 256
REQUEST_SECONDS = 300  # a connection may stay idle this long

EPILOG = f"""contexts of the kubeconfig:
  fake          user admin (a token), all protocols        fake-v4      the server knows v4 alone
  fake-cert     user alice (a certificate), may use namespace dev alone
  fake-create   may create pods/exec, not get it           fake-nobody  may do nothing (403)
  fake-get      may get pods/exec, not create it           fake-look    may see pods, not exec
  fake-expired  an unknown token (401)                     fake-prefix  a server URL with a path

pods, in the namespaces {' and '.join(pods.NAMESPACES)}:
  shell         one container                              multi        two, an init container, an annotation
  finished      Succeeded                                  pending      has no node
  bare          no shell: runs echo alone                  x-NAME…      misbehaves:

{behaviours.help_text()}

A number behind the last dash is the argument, shown with its default: x-drop-4096, x-status-code-256.
The same for any pod and both namespaces: --behave shell=drop-4096.
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", metavar="DIR", help="keep certificates, kubeconfig and the pods' directories there "
                                                       "(default: a temporary directory, removed at the end)")
    parser.add_argument("--kubeconfig", metavar="FILE", help="where to write the kubeconfig (default: DIR/kubeconfig)")
    parser.add_argument("--log", metavar="FILE", help="append what came and how it ended, one JSON object per line")
    parser.add_argument("--behave", metavar="POD=BEHAVIOUR", action="append", default=[], help="may be repeated")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--port-v4", type=int, default=0, help="default: a free one")
    parser.add_argument("--date-offset", type=int, default=0, metavar="SECONDS", help="the server's clock is ahead")
    parser.add_argument("--minor", type=int, default=32, help="of the version it claims (default: 32)")
    parser.add_argument("--hang-up", action="store_true",
                        help="end a command with its connection (a real container lets it live on)")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    arguments = parser.parse_args()
    table = {}
    for text in arguments.behave:
        pod, equals, name = text.partition("=")
        if not equals or behaviours.find(name) is None:
            parser.error(f"--behave {text}: no such behaviour (see --help)")
        table[pod] = name
    arguments.behave = table
    return arguments


class Server:
    """What all connections share. Each connection is a process of its own, made by fork()."""

    def __init__(self, arguments, state):
        self.arguments, self.state = arguments, state
        self.mark = f"FAKE_APISERVER={state}"
        self.version = pods.version_object(arguments.minor)
        self.log_fd = None
        if arguments.log:
            self.log_fd = os.open(arguments.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(os.path.join(state, "server.crt"), os.path.join(state, "server.key"))
        self.tls.load_verify_locations(os.path.join(state, "ca.crt"))
        self.tls.verify_mode = ssl.CERT_OPTIONAL
        self.tls.set_alpn_protocols(["http/1.1"])

    def log(self, event, **fields):
        if self.log_fd is not None:
            line = json.dumps({"event": event, "time": round(time.time(), 3), **fields})
            os.write(self.log_fd, line.encode() + b"\n")

    def behaviour(self, pod):
        name = self.arguments.behave.get(pod, pod[2:] if pod.startswith("x-") else "")
        return behaviours.find(name) if name else behaviours.Behaviour()

    def pod_exists(self, namespace, pod):
        return namespace in pods.NAMESPACES and (
            pod in pods.PODS or pod in self.arguments.behave or
            (pod.startswith("x-") and self.behaviour(pod) is not None))

    def place(self, request):
        """The environment and the directory of a command."""
        home = os.path.join(self.state, "pods", f"{request.namespace}-{request.pod}".replace("/", "_"))
        if not os.path.isdir(home):
            os.makedirs(home, mode=0o700, exist_ok=True)
            with open(os.path.join(home, ".bashrc"), "w", encoding="ascii") as file:
                file.write(f"PS1='{request.pod}:\\w\\$ '\n")
        name, value = self.mark.split("=", 1)
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home,
                       "HOSTNAME": request.pod, "PS1": f"{request.pod}:$PWD$ ", name: value}
        if request.tty:
            environment["TERM"] = "xterm"
        return environment, home


class Connection:
    def __init__(self, server, sock, v4_only):
        self.server, self.sock, self.v4_only = server, sock, v4_only
        self.buffer = bytearray()
        self.session = None

    def serve(self, wake):
        self.sock.settimeout(REQUEST_SECONDS)
        while True:
            try:
                request = read_request(self.sock, self.buffer)
            except BadRequest as error:
                self.server.log("bad-request", what=str(error))
                self.sock.sendall(failure(400, str(error)).encode())
                return
            if request is None:
                return
            user = credentials.identify(self.sock.getpeercert(), request.header("authorization"))
            self.server.log("request", method=request.method, target=request.target, headers=request.headers,
                            user=user.name if user else None, v4_only=self.v4_only)
            if not self._respond(request, user, wake) or request.has_token("connection", "close"):
                return

    def _respond(self, request, user, wake):
        """False if the connection is over."""
        if user is None:
            self.sock.sendall(failure(401, "Unauthorized").encode())
            return True
        path = request.path.removeprefix(credentials.PATH_PREFIX)
        words = path.split("/")
        if len(words) == 8 and words[:4] == ["", "api", "v1", "namespaces"] and words[5::2] == ["pods", "exec"]:
            return self._exec(request, user, words[4], words[6], wake)
        if len(words) == 7 and words[5] == "pods" and self.server.pod_exists(words[4], words[6]):
            special = self.server.behaviour(words[6]).rest(user)
            if special is not None:
                self.sock.sendall(special)
                return False
        answer = pods.answer(request, path, user, self.server.version, self.server.pod_exists)
        self.sock.sendall(answer.encode())
        return True

    def _exec(self, http, user, namespace, pod, wake):
        verb = {"GET": "get", "POST": "create"}.get(http.method)
        refused = None
        if verb is None:
            refused = failure(405, "the server does not allow this method on the requested resource")
        elif verb not in user.verbs or not user.may_see(namespace):
            refused = forbidden(user.name, verb, "pods/exec", pod, namespace)
        elif http.header("upgrade") and self.server.arguments.minor >= 35 and "create" not in user.verbs:
            refused = forbidden(user.name, "create", "pods/exec", pod, namespace)
        elif not self.server.pod_exists(namespace, pod):
            refused = not_found(pod)
        if refused:
            self.sock.sendall(refused.encode())
            return True
        behaviour = self.server.behaviour(pod)
        protocol = http.header("upgrade").lower() if http.has_token("connection", "upgrade") else ""
        upgrading = protocol == "websocket" and http.method == "GET"
        if http.header("upgrade") and behaviour.answer(self.sock, pod, namespace, user):
            return False
        over_spdy = protocol == "spdy/3.1" and http.method == "POST" and behaviour.spdy
        if not over_spdy and (http.method == "POST" or (http.header("upgrade") and not upgrading)):
            self.sock.sendall(failure(400, "no protocol that this server speaks: WebSocket with GET"
                                           + (", SPDY/3.1 with POST" if behaviour.spdy else "")).encode())
            return True
        try:
            request = exec_request.parse(namespace, pod, http.query)
        except ValueError as error:
            self.server.log("bad-request", what=str(error))
            self.sock.sendall(failure(400, str(error)).encode())
            return True
        if over_spdy:
            return self._upgrade_spdy(http, request, behaviour, wake)
        return self._upgrade(http, request, behaviour, upgrading, wake)

    def _upgrade_spdy(self, http, request, behaviour, wake):
        """As the kubelet behind an API server: what it has against the request it says before the 101."""
        offered = [value for name, value in http.headers if name.lower() == "x-stream-protocol-version"]
        refused, complaint = exec_request.refusal(request), exec_request.complaint(request)
        if refused is None and complaint:
            refused = failure(*complaint)
        if refused is None and V4 not in offered:
            self.sock.sendall(head(403, [("X-Accepted-Stream-Protocol-Versions", V4), ("Content-Length", 0)]))
            return True
        if refused:
            self.sock.sendall(refused.encode())
            return True
        request.protocol = f"{V4} over SPDY/3.1"
        headers = {"Upgrade": "SPDY/3.1", "Connection": "Upgrade", "X-Stream-Protocol-Version": V4}
        behaviour.headers(headers)
        self._stream(SpdySession, request, behaviour, head(101, headers.items(), "Switching Protocols"), None, wake)
        return False

    def _upgrade(self, http, request, behaviour, upgrading, wake):
        offered = [part.strip() for part in http.header("sec-websocket-protocol").split(",")]
        served = [V4] if self.v4_only else [V5, V4]
        request.protocol = next((name for name in offered if name in served), "")
        key = http.header("sec-websocket-key")
        refused, complaint = exec_request.refusal(request), exec_request.complaint(request)
        if upgrading and request.protocol == V5 and refused:
            # The API server upgrades before it asks the kubelet.
            complaint, refused = (400, json.loads(refused.body)["message"]), None
        if refused is None and not upgrading:
            refused = failure(400, "Upgrade request required")
        if refused is None and (http.header("sec-websocket-version") != "13" or not key):
            refused = failure(400, "no WebSocket handshake: Sec-WebSocket-Key and -Version: 13 are needed")
        if refused is None and not request.protocol:
            self.sock.sendall(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
            return False
        if refused is None and complaint and request.protocol == V4:
            refused = Answer(complaint[0], complaint[1].encode(), "text/plain; charset=utf-8")
        if refused:
            self.sock.sendall(refused.encode())
            return True
        headers = {"Upgrade": "websocket", "Connection": "Upgrade",
                   "Sec-WebSocket-Accept": websocket.accept_key(key), "Sec-WebSocket-Protocol": request.protocol}
        behaviour.headers(headers)
        self._stream(Session, request, behaviour, head(101, headers.items(), "Switching Protocols"), complaint, wake)
        return False

    def _stream(self, kind, request, behaviour, answer, complaint, wake):
        environment, directory = self.server.place(request)
        wire = Wire(self.sock)
        wire.send(answer)
        command = [part.decode("utf-8", "backslashreplace") for part in request.command]
        where = {"namespace": request.namespace, "pod": request.pod}
        self.server.log("exec", command=command, container=request.container, protocol=request.protocol,
                        tty=request.tty, stdin=request.stdin, stdout=request.stdout, stderr=request.stderr, **where)
        self.session = kind(wire, request, behaviour, bytes(self.buffer), wake, environment, directory)
        if complaint:
            self.session.refusal = error_text(f"unable to upgrade connection: {complaint[1]}")
        self.session.run()
        self.server.log("end", **where, **self.session.report())
        self.session.rest(self.server.arguments.hang_up)


def connection_process(server, raw, v4_only):
    """The child's whole life. Its name is what the parent of a container's processes has."""
    die_with_parent()
    set_process_name("containerd-shim")
    wake, woken = os.pipe()
    for fd in (wake, woken):
        os.set_blocking(fd, False)
    connection = Connection(server, raw, v4_only)

    def terminate(*_):
        session = connection.session
        if session and session.command and session.command.code is None:
            end_session(session.command.pid)
        os._exit(0)

    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    try:
        raw.settimeout(30)
        connection.sock = server.tls.wrap_socket(raw, server_side=True)
        connection.serve(wake)
        connection.sock.close()
    except (ssl.SSLError, OSError) as error:
        server.log("broken", what=str(error))
    os._exit(0)


def serve(server, listeners):
    """Until SIGTERM or SIGINT. Single-threaded: it only accepts and forks."""
    children = set()
    wake, woken = os.pipe()
    for fd in (wake, woken):
        os.set_blocking(fd, False)
    ending = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.append(True))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    for listener in listeners:
        poll.register(listener, select.POLLIN)
    while not ending:
        for fd, _ in poll.poll():
            if fd == wake:
                os.read(wake, 4096)
                reap(children)
        for at, listener in enumerate(listeners):
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                continue
            if len(children) < MAX_CONNECTIONS:
                pid = os.fork()
                if pid == 0:
                    for one in listeners:
                        one.close()
                    connection_process(server, sock, v4_only=at == 1)
                children.add(pid)
            sock.close()
    signal_all(children, signal.SIGTERM)
    end = time.monotonic() + 2
    while children and time.monotonic() < end:
        reap(children)
        select.select([], [], [], 0.01)
    signal_all(children, signal.SIGKILL)
    # What left its session (setsid) still has the mark in its environment.
    signal_all(find_processes(mark=server.mark), signal.SIGKILL)


def reap(children):
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        children.discard(pid)


def main():
    arguments = parse_arguments()
    if arguments.with_parent:
        die_with_parent()
    if arguments.state:
        state = os.path.abspath(arguments.state)
        os.makedirs(state, mode=0o700, exist_ok=True)
    else:
        state = tempfile.mkdtemp(prefix="fake-apiserver-")
        owner = os.getpid()
        atexit.register(lambda: os.getpid() == owner and shutil.rmtree(state, ignore_errors=True))
    credentials.make_certificates(state)
    Answer.date_offset = arguments.date_offset
    server = Server(arguments, state)
    listeners = []
    for port in (arguments.port, arguments.port_v4):
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        listener.setblocking(False)
        listeners.append(listener)
    kubeconfig = os.path.abspath(arguments.kubeconfig or os.path.join(state, "kubeconfig"))
    credentials.write_kubeconfig(kubeconfig, state, *(one.getsockname()[1] for one in listeners))
    print(f"ready {kubeconfig}", flush=True)
    serve(server, listeners)


if __name__ == "__main__":
    sys.exit(main())
