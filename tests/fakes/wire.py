"""One TLS connection, non-blocking, with a queue of bytes to send."""

import collections
import fcntl
import select
import socket
import ssl
import struct
import termios
import time

RECEIVE_BYTES = 256 << 10
GONE = select.POLLERR | select.POLLHUP | select.POLLRDHUP | select.POLLNVAL


class Gone(Exception):
    """The peer closed or broke the connection."""


class Wire:
    def __init__(self, sock):
        self.sock = sock
        self.queue = collections.deque()
        self.queued = 0
        self.bytewise = False  # one byte per TLS record, each in a TCP segment of its own
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self):
        return self.sock.fileno()

    def send(self, data):
        if not data:
            return
        if self.bytewise:
            self.queue.extend(bytes((byte,)) for byte in data)
        else:
            self.queue.append(data)
        self.queued += len(data)

    def flush(self):
        """Sends what the socket takes now."""
        while self.queue:
            head = self.queue[0]
            try:
                sent = self.sock.send(head)
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            except (OSError, ValueError) as error:
                raise Gone(str(error)) from None
            self.queued -= sent
            if sent == len(head):
                self.queue.popleft()
            else:
                self.queue[0] = memoryview(head)[sent:]

    def receive(self):
        """What has come; empty if nothing has."""
        parts, size = [], 0
        while size < RECEIVE_BYTES:
            try:
                data = self.sock.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except (OSError, ValueError) as error:
                data, why = b"", str(error)
            else:
                why = "closed by the client"
            if not data:
                if parts:
                    break  # the next call reports it
                raise Gone(why)
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def drain(self, seconds=60):
        """Until everything is with the kernel. What the peer sends meanwhile is thrown away."""
        end = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self, select.POLLIN | select.POLLOUT)
        self.flush()
        while self.queue:
            left = end - time.monotonic()
            if left <= 0:
                raise Gone("the client does not read")
            for _, events in poll.poll(left * 1000):
                if events & (select.POLLIN | GONE):
                    self.receive()
            self.flush()

    def wait_delivered(self, seconds=10):
        """Until the peer's kernel has everything: what it was sent before a reset stays readable."""
        self.drain(seconds)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            unsent = fcntl.ioctl(self.sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
            if struct.unpack("i", unsent)[0] == 0:
                return
            select.select([], [], [], 0.001)

    def reset(self):
        """TCP RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self, notify=True, seconds=1):
        """TLS's close_notify and FIN; then reads on a little, because closing on unread bytes would
        send RST instead."""
        try:
            if notify:
                self.sock.unwrap()
        except (OSError, ValueError):
            pass
        try:
            raw = socket.socket(fileno=self.sock.detach())
        except OSError:
            return
        end = time.monotonic() + seconds
        try:
            raw.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                raw.settimeout(left)
                if not raw.recv(65536):
                    break
        except OSError:
            pass
        raw.close()
