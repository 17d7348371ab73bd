"""A client of its own for the tests of the fake API server: its TLS, its reader of frames."""

import collections
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from urllib.parse import quote_plus

from spdy import DICTIONARY

HERE = os.path.dirname(os.path.abspath(__file__))
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
SECONDS = 30
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455's example

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
            lines = [line for line in file if line.endswith("\n")]  # the last may be half written
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def wait_log(self, event, pod):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for entry in self.log(event):
                if entry.get("pod") == pod:
                    return entry
            time.sleep(0.01)
        raise AssertionError(f"no {event} of {pod} in the log")


class Tls:
    """TLS over memory, so that an end, an end without close_notify and a reset can be told apart."""

    def __init__(self, context, raw):
        self.raw = raw
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="127.0.0.1")
        self.settimeout, self.close = raw.settimeout, raw.close
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self.incoming.write(raw.recv(65536))
        self._flush()

    def _flush(self):
        if self.outgoing.pending:
            self.raw.sendall(self.outgoing.read())

    def sendall(self, data):
        self.tls.write(data)
        self._flush()

    def recv(self):
        """Bytes; at the end how it came."""
        while True:
            try:
                return self.tls.read(65536) or "end"
            except ssl.SSLZeroReturnError:
                return "end"
            except ssl.SSLWantReadError:
                pass
            try:
                data = self.raw.recv(65536)
            except ConnectionResetError:
                return "reset"
            if not data:
                return "cut"
            self.incoming.write(data)


class Client:
    """One connection. A reader of frames of its own, not the server's."""

    def __init__(self, server, port=None, certificate=None):
        context = ssl.create_default_context(cafile=os.path.join(server.directory, "ca.crt"))
        if certificate:
            context.load_cert_chain(*(os.path.join(server.directory, f"{certificate}.{k}") for k in ("crt", "key")))
        self.sock = Tls(context, socket.create_connection(("127.0.0.1", port or server.port), timeout=SECONDS))
        self.buffer = b""
        self.end = None

    def _more(self):
        data = self.sock.recv()
        if isinstance(data, str):
            self.end = data
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

    def exec(self, *command, pod="shell", flags="stdout", offer=f"{V5}, {V4}", namespace="default",
             token="admin-token"):
        query = [f"command={quote_plus(word)}" for word in command] + [f"{flag}=true" for flag in flags.split()]
        return self.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{'&'.join(query)}", "Connection: Upgrade",
                        "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Protocol: {offer}",
                        f"Sec-WebSocket-Key: {KEY}", token=token)

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
        """Everything up to the end: {channel: bytearray}, close code."""
        channels, code = collections.defaultdict(bytearray), None
        self.frames = []
        while (frame := self.frame()) is not None:
            self.frames.append(frame)
            if frame.opcode == 8:
                code = int.from_bytes(frame.payload[:2], "big")
            elif frame.payload and frame.opcode == 2:
                channels[frame.payload[0]] += frame.payload[1:]
        self.sock.close()  # the server waits a second for that before it logs the end
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


class SpdyClient(Client):
    """The same over SPDY/3.1; of the server's code it shares the dictionary alone, which kubectl judges."""

    def exec(self, *command, pod="shell", flags="stdout", offer=(V4,), namespace="default", token="admin-token"):
        query = [f"command={quote_plus(word)}" for word in command] + [f"{flag}=true" for flag in flags.split()]
        self.deflate, self.inflate = zlib.compressobj(zdict=DICTIONARY), zlib.decompressobj(zdict=DICTIONARY)
        self.names, self.replies, self.resets, self.pings, self.away = {}, [], {}, [], None
        self.channels, self.ended = collections.defaultdict(bytearray), set()
        return self.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{'&'.join(query)}", "Connection: Upgrade",
                        "Upgrade: SPDY/3.1", *(f"X-Stream-Protocol-Version: {one}" for one in offer), token=token,
                        method="POST")

    def open(self, *names):
        """Streams 1, 3, 5 …, each with its streamtype."""
        for name in names:
            stream = 2 * len(self.names) + 1
            self.names[stream] = name
            plain = b"\0\0\0\1\0\0\0\x0astreamtype" + struct.pack(">I", len(name)) + name.encode()
            block = self.deflate.compress(plain) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
            self.control(1, struct.pack(">IIH", stream, 0, 0) + block)

    def control(self, kind, payload, version=3):
        self.sock.sendall(struct.pack(">HHI", 0x8000 + version, kind, len(payload)) + payload)

    def data(self, name, payload, fin=False):
        stream = next(number for number, one in self.names.items() if one == name)
        self.sock.sendall(struct.pack(">II", stream, fin << 24 | len(payload)) + payload)

    def frame(self):
        """Takes the next one in; False at the end."""
        while len(self.buffer) < 8:
            if not self._more():
                return False
        size = int.from_bytes(self.buffer[5:8], "big")
        while len(self.buffer) < 8 + size:
            if not self._more():
                return False
        head, payload, self.buffer = self.buffer[:8], self.buffer[8:8 + size], self.buffer[8 + size:]
        number = int.from_bytes(payload[:4], "big")
        if head[0] < 0x80:
            stream = int.from_bytes(head[:4], "big")
            self.channels[self.names.get(stream)] += payload
            if head[4] & 1:
                self.ended.add(self.names.get(stream))
        elif head[3] == 2:
            assert self.inflate.decompress(payload[4:]) == b"\0\0\0\0"
            self.replies.append(self.names[number])
        elif head[3] == 3:
            self.resets[self.names[number]] = int.from_bytes(payload[4:], "big")
        elif head[3] == 6:
            self.pings.append(number)
        elif head[3] == 7:
            self.away = int.from_bytes(payload[4:], "big")
        return True

    def rest(self):
        while self.frame():
            pass
        self.sock.close()
        return self.channels

    def until(self, condition):
        while not condition():
            if not self.frame():
                raise AssertionError(f"the end came first: {dict(self.channels)}")


def exit_code(status):
    status = json.loads(status)
    return 0 if status["status"] == "Success" else int(status["details"]["causes"][0]["message"])


class Case(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = FakeServer(*cls.arguments)
        cls.addClassCleanup(cls.server.stop)

    def client(self, kind=Client, **options):
        client = kind(self.server, **options)
        self.addCleanup(client.sock.close)
        return client

    def run_command(self, *command, **options):
        client = self.client()
        self.assertEqual(client.exec(*command, **options), 101)
        return client.rest()
