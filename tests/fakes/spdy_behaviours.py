"""Misbehaviour over SPDY alone: streams that do not open, frames that are none. Over WebSocket these pods
are as any other."""

import os
import struct

import spdy
from behaviours import Behaviour, named
from spdy_session import SpdySession


@named("no-spdy")
class NoSpdy(Behaviour):
    """a server that speaks WebSocket alone"""

    spdy = False


@named("spdy-refused")
class Refused(Behaviour):
    """resets the stream stdout in place of a SYN_REPLY"""

    def reply(self, session, name, stream):
        if name == "stdout":
            session.wire.send(spdy.reset(stream, spdy.REFUSED_STREAM))
        else:
            session.reply(stream)


@named("spdy-no-reply")
class NoReply(Behaviour):
    """never answers the opening of the stream error"""

    def reply(self, session, name, stream):
        if name != "error":
            session.reply(stream)


@named("spdy-resets")
class Resets(Behaviour):
    """ends by resetting every stream and GOAWAY (valid: as the kubelet's)"""

    def finish(self, session, text):
        session.message(3, text.encode())
        for stream in session.streams.values():
            session.wire.send(spdy.reset(stream))
        session.wire.send(spdy.go_away(session.last_stream))
        session.hang_up()


@named("spdy-early-goaway")
class EarlyGoAway(Behaviour):
    """GOAWAY ahead of the output; what is open goes on (valid)"""

    def opened(self, session):
        if isinstance(session, SpdySession):
            session.wire.send(spdy.go_away(session.last_stream))


@named("spdy-windows")
class Windows(Behaviour):
    """SETTINGS, WINDOW_UPDATE, HEADERS and an unknown type between the output (valid)"""

    def output(self, session, channel, data):
        if isinstance(session, SpdySession):
            stream = session.streams["error"]
            session.wire.send(
                spdy.control(spdy.SETTINGS, struct.pack(">III", 1, 4, 100))
                + spdy.control(spdy.WINDOW_UPDATE, struct.pack(">II", stream, 1 << 20))
                + spdy.control(spdy.HEADERS, struct.pack(">I", stream) + session.headers_out.block([("a", "b")]))
                + spdy.control(77, b"nobody knows this one"))
        session.output(channel, data)


class Broken(Behaviour):
    def bytes_of(self, session):
        raise NotImplementedError

    def opened(self, session):
        if isinstance(session, SpdySession):
            session.wire.send(self.bytes_of(session))


def _broken(name, text, make):
    named(name)(type(name, (Broken,), {"__doc__": text, "bytes_of": lambda self, session: make(session)}))


def _reply_with(session, plain):
    return spdy.control(spdy.HEADERS, struct.pack(">I", session.streams["error"]) + session.headers_out.compress(plain))


_broken("spdy-version", "a control frame of SPDY/2", lambda _: spdy.control(spdy.PING, b"\0\0\0\2", version=2))
_broken("spdy-oversized", "a control frame that announces 16 MiB", lambda _: b"\x80\x03\0\x02\0\xff\xff\xff" + b"x" * 99)
_broken("spdy-opens", "a stream that the server opens", lambda session: spdy.control(
    spdy.SYN_STREAM, struct.pack(">IIH", 2, 0, 0) + session.headers_out.block([("streamtype", "stdin")])))
_broken("spdy-cut-ping", "a ping of three bytes", lambda _: spdy.control(spdy.PING, b"\0\0\2"))
_broken("spdy-cut-reset", "a RST_STREAM of four bytes", lambda _: spdy.control(spdy.RST_STREAM, b"\0\0\0\1"))
_broken("spdy-headers-garbage", "a header block that does not inflate", lambda session: spdy.control(
    spdy.HEADERS, struct.pack(">I", session.streams["error"]) + os.urandom(16).replace(b"\0", b"\1") + b"\xff" * 64))
_broken("spdy-headers-bomb", "a header block of 16 MiB once inflated", lambda session: _reply_with(
    session, struct.pack(">II", 1, 16 << 20) + b"\0" * (16 << 20)))
_broken("spdy-headers-count", "a header block of 2^32-1 headers", lambda session: _reply_with(session, b"\xff" * 4))
_broken("spdy-headers-long", "a header whose name is 2^32-1 bytes long", lambda session: _reply_with(
    session, struct.pack(">I", 1) + b"\xff" * 4))
_broken("spdy-garbage", "bytes that are no frames", lambda _: b"HTTP/1.1 500 Oops\r\n\r\n" * 20)
