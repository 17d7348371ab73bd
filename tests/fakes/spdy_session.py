"""One exec over SPDY/3.1: a stream for each channel, which the client opens."""

import select
import struct
import time

import spdy
from exec_session import Over, Session
from wire import Gone

STREAM_SECONDS = 30  # for all streams to be there
_CHANNELS = {0: "stdin", 1: "stdout", 2: "stderr", 3: "error", 4: "resize"}


class SpdySession(Session):
    """As Session. What the client did wrong ends it with GOAWAY and a protocol error."""

    violation = spdy.Violation

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.headers_in, self.headers_out = spdy.HeaderReader(), spdy.HeaderWriter()
        self.streams = {}  # name -> id
        self.last_stream = 0
        self.ended = set()  # ids on which the client sends no more
        self.pings_sent = 0

    def make_reader(self):
        return spdy.FrameReader()

    # What behaviours use.

    def message(self, channel, data, size=spdy.MAX_CHUNK):
        # A channel that nobody knows becomes a stream that nobody opened.
        self.wire.send(spdy.data_frames(self.streams.get(_CHANNELS.get(channel), 1001), data, size))

    def ping(self, payload):
        self.pings_sent += 2  # a server's are even
        self.wire.send(spdy.ping(self.pings_sent))

    def pong(self, payload):
        self.wire.send(spdy.ping(payload))

    def close(self, code=1000):
        for name in ("stdout", "stderr", "error"):
            if name in self.streams:
                self.wire.send(spdy.data(self.streams[name], b"", spdy.FIN))
        self.wire.send(spdy.go_away(self.last_stream, 0 if code == 1000 else spdy.PROTOCOL_ERROR))
        self.hang_up()

    # The session.

    def wanted(self):
        request = self.request
        return {"error", *(name for name, wanted in (("stdin", request.stdin), ("stdout", request.stdout),
                                                     ("stderr", request.stderr), ("resize", request.tty)) if wanted)}

    def greet(self):
        self._frames()
        end = time.monotonic() + STREAM_SECONDS
        poll = select.poll()
        poll.register(self.wire, select.POLLIN | select.POLLRDHUP)
        self.wire.flush()
        while set(self.streams) != self.wanted():
            left = end - time.monotonic()
            if left <= 0:
                raise spdy.Violation(f"only the streams {sorted(self.streams)} in {STREAM_SECONDS} s")
            if poll.poll(left * 1000):
                self._receive()
            self.wire.flush()

    def _frames(self):
        try:
            self._take_frames()
        except struct.error:
            raise spdy.Violation("a control frame that is cut") from None

    def _take_frames(self):
        for kind, stream, flags, payload in self.reader:
            self.counts["largest_frame"] = max(self.counts["largest_frame"], len(payload))
            if kind is None:
                self._data(stream, flags, payload)
            elif kind == spdy.SYN_STREAM:
                self._open(flags, payload)
            elif kind == spdy.PING:
                self._ping(payload)
            elif kind == spdy.RST_STREAM:
                self.ended.add(struct.unpack(">II", payload)[0])
            elif kind not in (spdy.GOAWAY, spdy.SETTINGS, spdy.WINDOW_UPDATE):
                raise spdy.Violation(f"a control frame of type {kind}")

    def _ping(self, payload):
        (number,) = struct.unpack(">I", payload)
        if number % 2:
            self.counts["pings"] += 1
            self.behaviour.ping(self, number)
        elif number <= self.pings_sent:
            self.counts["pongs"] += 1
        else:
            raise spdy.Violation(f"a ping with the server's number {number}")

    def _open(self, flags, payload):
        if len(payload) < 10:
            raise spdy.Violation("a SYN_STREAM that is cut")
        stream = struct.unpack_from(">I", payload)[0]
        if stream % 2 == 0 or stream <= self.last_stream:
            raise spdy.Violation(f"a stream with the number {stream} behind {self.last_stream}")
        headers = dict(self.headers_in.headers(payload[10:]))
        name = headers.get("streamtype", "")
        if name not in self.wanted() or name in self.streams:
            raise spdy.Violation(f"a stream {name!r} that was not asked for, or twice")
        self.streams[name] = self.last_stream = stream
        if flags & spdy.FIN:
            self.ended.add(stream)
        self.behaviour.reply(self, name, stream)

    def reply(self, stream):
        self.wire.send(spdy.control(spdy.SYN_REPLY, struct.pack(">I", stream) + self.headers_out.block([])))

    def _data(self, stream, flags, payload):
        name = next((name for name, one in self.streams.items() if one == stream), None)
        if name is None or stream in self.ended:
            raise spdy.Violation(f"data on the stream {stream}, which is not open")
        if set(self.streams) != self.wanted():
            raise spdy.Violation(f"data on {name!r} before all streams are open")
        if payload:
            self.counts["frames"] += 1
            if name == "stdin":
                self.take_stdin(payload)
            elif name == "resize":
                self._resize(payload)
            else:
                raise spdy.Violation(f"data on {name!r}")
        if flags & spdy.FIN:
            self.ended.add(stream)
            if name == "stdin":
                self.end_stdin()

    def _refuse(self, code):
        try:
            self.wire.send(spdy.go_away(self.last_stream, spdy.PROTOCOL_ERROR))
            self.hang_up()
        except (Over, Gone):
            pass
