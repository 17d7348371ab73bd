"""A TCP proxy between a program and its server: counts, delays and cuts connections.

Delay: every chunk leaves `delay` seconds after it came, in order, without slowing the flow. The
connection's own handshake is not delayed (the proxy accepts at once), the TLS handshake is.
"""

import collections
import select
import socket
import struct
import threading
import time


class _Pipe:
    """One direction of one connection."""

    def __init__(self, source, sink, proxy, from_client):
        self.source, self.sink, self.proxy, self.from_client = source, sink, proxy, from_client
        self.waiting = collections.deque()
        self.ready = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._write, daemon=True).start()

    def _put(self, data):
        with self.ready:
            # Bounded, so that back-pressure reaches the sender as it would on a real link.
            self.ready.wait_for(lambda: len(self.waiting) < 256)
            self.waiting.append((time.monotonic() + self.proxy.delay, data))
            self.ready.notify_all()

    def _read(self):
        while True:
            try:
                data = self.source.recv(65536)
            except OSError:
                data = b""
            if data:
                self.proxy._count(self.source, self.sink, self.from_client, len(data))
            self._put(data)
            if not data:
                return

    def _write(self):
        while True:
            with self.ready:
                self.ready.wait_for(lambda: self.waiting)
                due, data = self.waiting[0]
            left = due - time.monotonic()
            if left > 0:
                select.select([], [], [], left)
            with self.ready:
                self.waiting.popleft()
                self.ready.notify_all()
            try:
                if not data:
                    if not self.proxy.has_dropped(self.sink):  # an end of our own making, which nobody is to see
                        self.sink.shutdown(socket.SHUT_WR)
                    return
                self.sink.sendall(data)
            except OSError:
                # The peer is gone; read on so that the other side sees it.
                try:
                    self.source.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                return


class TcpProxy:
    """Listens on `host`:`port` and forwards to `server`, a (host, port)."""

    def __init__(self, server, delay=0.0, host="127.0.0.1"):
        self.server = server
        self.host = host
        self.delay = delay
        self.connections = 0
        self.turns = 0            # times a client spoke after its server had: round trips waited for
        self.to_client = 0        # bytes
        self._spoke = {}          # client socket -> True while the server spoke last (or nobody did)
        self._pairs = []
        self._changed = threading.Condition()
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"https://{self.host}:{self.port}"

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                upstream = socket.create_connection(self.server, timeout=10)
                upstream.settimeout(None)
            except OSError:
                client.close()
                continue
            for one in (client, upstream):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                self._spoke[client] = True
                self._pairs.append((client, upstream))
            _Pipe(client, upstream, self, True)
            _Pipe(upstream, client, self, False)

    def _count(self, source, sink, from_client, size):
        with self._changed:
            if from_client:
                if self._spoke.get(source):
                    self.turns += 1
                self._spoke[source] = False
            else:
                self._spoke[sink] = True
                self.to_client += size
            self._changed.notify_all()

    def wait_for_bytes(self, size, seconds=20):
        """Until `size` bytes have gone to clients."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.to_client >= size, seconds):
                raise AssertionError(f"only {self.to_client} of {size} bytes came in {seconds} s")

    def has_dropped(self, connection):
        with self._changed:
            return all(connection not in pair for pair in self._pairs)

    def drop(self):
        """Resets every connection, as a firewall that forgot them does."""
        with self._changed:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                try:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # shutdown() wakes the threads that are inside recv(); close() alone does not.
                    one.shutdown(socket.SHUT_RD)
                except OSError:
                    pass
                one.close()

    def close(self):
        self._listener.close()
        self.drop()
