"""One exec over WebSocket: a single poll loop between the connection and the command. spdy_session.py
has SPDY's.

What the client did wrong is collected in `violations` and ends the session with close code 1002.
"""

import collections
import json
import os
import select
import signal
import struct
import time

import pods
import websocket
from command import Command, StartError, find_processes, signal_all
from wire import GONE, Gone

QUEUE_BYTES = 1 << 20         # of output waiting for the socket
STDIN_QUEUE_BYTES = 256 << 10  # of stdin waiting for the command
AFTER_EXIT_S = 0.2            # for output of a command that has ended while others hold its pipes
FIRST_SIZE_S = 0.2            # a TTY's command waits this long for the window's size
V5 = "v5.channel.k8s.io"


def status_text(code):
    if code == 0:
        return '{"metadata":{},"status":"Success"}'
    return json.dumps({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}, separators=(",", ":"))


def error_text(message):
    return json.dumps({
        "metadata": {}, "status": "Failure", "message": f"Internal error occurred: {message}",
        "reason": "InternalError", "details": {"causes": [{"message": message}]}, "code": 500},
        separators=(",", ":"))


class Over(Exception):
    """A behaviour ended the session its own way."""


class Session:
    """`early`: bytes that came behind the request. `wake`: readable when a child has changed."""

    violation = websocket.Violation

    def __init__(self, wire, request, behaviour, early, wake, environment, directory):
        self.wire, self.request, self.behaviour = wire, request, behaviour
        self.wake, self.environment, self.directory = wake, environment, directory
        self.reader = self.make_reader()
        self.reader.feed(early)
        self.command = None
        self.stdin = collections.deque()
        self.stdin_waiting = 0
        self.stdin_ends = False
        self.size = None
        self.violations = []
        self.counts = {"stdin_bytes": 0, "stdout_bytes": 0, "stderr_bytes": 0, "frames": 0, "empty_frames": 0,
                       "largest_frame": 0, "pings": 0, "pongs": 0, "resizes": 0}
        self.refusal = None  # a status in place of the command
        self.outcome = "unfinished"

    def report(self):
        return {"outcome": self.outcome, "code": self.command.code if self.command else None,
                "stdin_closed": self.stdin_ends, "size": self.size, "violations": self.violations, **self.counts}

    def make_reader(self):
        return websocket.FrameReader()

    # What behaviours use.

    def message(self, channel, data, size=websocket.MAX_CHUNK):
        self.wire.send(websocket.channel_frames(channel, data, size))

    def ping(self, payload):
        self.wire.send(websocket.frame(websocket.PING, payload))

    def pong(self, payload):
        self.wire.send(websocket.frame(websocket.PONG, payload))

    def output(self, channel, data):
        self.counts["stdout_bytes" if channel == 1 else "stderr_bytes"] += len(data)
        self.message(channel, data)

    def close(self, code=1000):
        self.wire.send(websocket.close_frame(code))
        self.hang_up()

    def hang_up(self, notify=True):
        self.wire.drain()
        self.wire.close(notify)
        raise Over

    def output_bytes(self):
        return self.counts["stdout_bytes"] + self.counts["stderr_bytes"]

    # The session.

    def run(self):
        """To its end. The command may live on: see rest()."""
        try:
            self.greet()
            self.behaviour.opened(self)
            self.serve()
        except Over:
            self.outcome = "ended"
        except Gone as gone:
            self.outcome = f"client gone: {gone}"
            self.wire.sock.close()
        except self.violation as violation:
            self.violations.append(str(violation))
            self.outcome = "violation"
            self._refuse(1002)

    def greet(self):
        channels = self.request.channels()
        self.message(channels[0] if channels else 3, b"")

    def _refuse(self, code):
        try:
            self.close(code)
        except (Over, Gone):
            pass

    def serve(self):
        self._frames()
        if self.refusal:
            self.finish(self.refusal)
        if not self.request.command:
            self.finish(error_text("error executing command in container: failed to exec in container: "
                                   "OCI runtime exec failed: exec failed: args must not be empty: unknown"))
        if self.request.tty and self.size is None:
            self._wait_for_size()
        try:
            if self.request.pod == "bare" and self.request.command[0].decode("latin-1") not in pods.BARE_COMMANDS:
                raise StartError("executable file not found in $PATH")
            self.command = Command(self.behaviour.argv(self.request.command), self.environment, self.directory,
                                   self.request.tty, self.request.stdin, self.request.stdout, self.request.stderr)
        except StartError as error:
            name = self.request.command[0].decode("utf-8", "replace")
            self.finish(error_text(
                "error executing command in container: failed to exec in container: OCI runtime exec failed: "
                f'exec failed: unable to start container process: exec: "{name}": {error}: unknown'))
        if self.size:
            self.command.resize(*self.size)
        if self.stdin_ends and not self.stdin:
            self.command.close_stdin()
        last_output = None
        while True:
            self._reap()
            if self.command.code is not None:
                now = time.monotonic()
                last_output = last_output or now
                if not self.command.outputs or now - last_output > AFTER_EXIT_S:
                    self.finish(status_text(self.command.code))
            if self._turn():
                last_output = None

    def finish(self, text):
        """The command's last words; what is queued goes out first."""
        self.behaviour.finish(self, text)
        raise Over

    def _wait_for_size(self):
        end = time.monotonic() + FIRST_SIZE_S
        poll = select.poll()
        poll.register(self.wire, select.POLLIN | select.POLLRDHUP)
        self.wire.flush()
        while self.size is None and (left := end - time.monotonic()) > 0 and self.behaviour.reads(self):
            if poll.poll(left * 1000):
                self._receive()

    def _turn(self):
        """One wait; true if output of the command came, or has to wait."""
        command, wire = self.command, self.wire
        poll = select.poll()
        reads = self.behaviour.reads(self) and self.stdin_waiting < STDIN_QUEUE_BYTES
        poll.register(wire, (select.POLLIN if reads else 0) | (select.POLLOUT if wire.queue else 0) | select.POLLRDHUP)
        poll.register(self.wake, select.POLLIN)
        full = wire.queued >= QUEUE_BYTES
        events_of = {} if full else dict.fromkeys(command.outputs, select.POLLIN)
        if self.stdin and command.stdin is not None:
            events_of[command.stdin] = events_of.get(command.stdin, 0) | select.POLLOUT
        for fd, events in events_of.items():
            poll.register(fd, events)
        ready = dict(poll.poll(AFTER_EXIT_S * 500 if command.code is not None else None))
        if self.wake in ready:
            os.read(self.wake, 4096)
        came = full
        for fd in [fd for fd in events_of if fd in ready and fd in command.outputs]:
            came = self._read_output(fd) or came
        if command.stdin in ready:
            self._write_stdin()
        events = ready.get(wire.fileno(), 0)
        if events & (select.POLLIN | GONE) and reads:
            self._receive()
        elif events & GONE:
            raise Gone("closed by the client, unread")
        wire.flush()
        return came

    def _read_output(self, fd):
        channel = self.command.outputs[fd]
        data = self.command.read(fd)
        if data and channel in self.request.channels():
            self.behaviour.output(self, channel, data)
        return bool(data)

    def _write_stdin(self):
        while self.stdin:
            taken = self.command.write(self.stdin[0])
            if taken is None:  # nobody reads it any more
                self.stdin.clear()
                self.stdin_waiting = 0
                return
            if taken == 0:
                return
            self.stdin_waiting -= taken
            if taken == len(self.stdin[0]):
                self.stdin.popleft()
            else:
                self.stdin[0] = memoryview(self.stdin[0])[taken:]
        if self.stdin_ends:
            self.command.close_stdin()

    def _receive(self):
        data = self.wire.receive()
        if data:
            self.reader.feed(data)
            self._frames()

    def _frames(self):
        for opcode, payload in self.reader:
            self.counts["largest_frame"] = max(self.counts["largest_frame"], len(payload))
            if opcode == websocket.BINARY:
                self._message(payload)
            elif opcode == websocket.PING:
                self.counts["pings"] += 1
                self.behaviour.ping(self, payload)
            elif opcode == websocket.PONG:
                self.counts["pongs"] += 1
            elif opcode == websocket.CLOSE:
                # A real server goes on reading the command's output for ever after this one.
                ended = self.command is None or self.command.code is not None
                if not ended:
                    self.violations.append("a close frame while the command runs")
                self.close(1000)
            else:
                raise websocket.Violation("a text message")

    def _message(self, payload):
        self.counts["frames"] += 1
        if not payload:
            self.counts["empty_frames"] += 1
            return
        channel, data = payload[0], payload[1:]
        if channel == 0:
            if not self.request.stdin:
                raise websocket.Violation("stdin for a command without stdin")
            if self.stdin_ends:
                raise websocket.Violation("stdin after its end")
            self.take_stdin(data)
        elif channel == 4:
            if not self.request.tty:
                raise websocket.Violation("a resize without a TTY")
            self._resize(data)
        elif channel == 255 and self.request.protocol == V5:
            if len(data) != 1:
                raise websocket.Violation(f"a close signal of {len(payload)} bytes")
            if data[0] == 0:
                if not self.request.stdin or self.stdin_ends:
                    raise websocket.Violation("an end of stdin that is not open")
                self.end_stdin()
        else:
            raise websocket.Violation(f"a message on channel {channel}")

    def take_stdin(self, data):
        self.counts["stdin_bytes"] += len(data)
        if data and (self.command is None or self.command.stdin is not None):
            self.stdin.append(data)
            self.stdin_waiting += len(data)

    def end_stdin(self):
        self.stdin_ends = True
        if not self.stdin and self.command:
            self.command.close_stdin()

    def _resize(self, data):
        try:
            size = json.loads(data)
            width, height = size.pop("Width"), size.pop("Height")
            struct.pack("HH", width, height)
            if size or not data.endswith(b"\n"):
                raise ValueError
        except (ValueError, KeyError, AttributeError, TypeError, struct.error):
            raise self.violation(f"a resize that reads {data[:80]!r}") from None
        self.counts["resizes"] += 1
        self.size = (width, height)
        if self.command:
            self.command.resize(width, height)

    def _reap(self):
        reap(self.command)

    # After the stream.

    def rest(self, hang_up):
        """The stream's end ends nothing in a container: a command on a TTY lives on, one on pipes
        meets their end. `hang_up`: ends it all instead."""
        command = self.command
        if command is None:
            return
        if hang_up and command.code is None:
            end_session(command.pid, command)
        if hang_up or not command.tty:
            command.close()
        while command.code is None:
            select.select([self.wake], [], [])
            os.read(self.wake, 4096)
            reap(command)
        command.close()


def reap(command):
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if command and pid == command.pid:
            command.reaped(status)


def end_session(pid, command=None):
    """Hangs up everything in the session that `pid` leads; what stays is killed."""
    signal_all(find_processes(session=pid), signal.SIGHUP, signal.SIGCONT)
    end = time.monotonic() + 0.3
    while (left := find_processes(session=pid)) and time.monotonic() < end:
        reap(command)
        select.select([], [], [], 0.01)
    signal_all(left, signal.SIGKILL)
