"""Misbehaviour behind the 101: how the stream ends, statuses, frames, time and flow."""

import json
import select

import websocket
from behaviours import Behaviour, named
from wire import GONE, Gone


# How the stream ends.

class Ending(Behaviour):
    """Ends after `argument` bytes of output; without one when the command has ended."""

    def end(self, session):
        raise NotImplementedError

    def opened(self, session):
        if self.argument == 0:
            self.end(session)

    def output(self, session, channel, data):
        if self.argument is None:
            session.output(channel, data)
            return
        left = self.argument - session.output_bytes()
        session.output(channel, data[:left])
        if len(data) >= left:
            self.end(session)

    def finish(self, session, text):
        self.end(session)


@named("drop")
class Drop(Ending):
    """TCP reset after this many bytes of output (without: after all of it), no status"""

    def end(self, session):
        session.wire.wait_delivered()
        session.wire.reset()
        raise Gone("dropped, as told")


@named("fin")
class Fin(Ending):
    """TCP end without a close frame after this many bytes of output, no status"""

    def end(self, session):
        session.hang_up()


@named("cut")
class Cut(Ending):
    """the same without TLS's close_notify"""

    def end(self, session):
        session.hang_up(notify=False)


@named("away")
class Away(Ending):
    """close 1001 after this many bytes of output, no status"""

    def end(self, session):
        session.close(1001)


@named("close", 1000)
class Close(Behaviour):
    """a close frame with this code after all output, no status"""

    def finish(self, session, text):
        session.close(self.argument)


@named("close-empty")
class CloseEmpty(Behaviour):
    """a close frame without a code after all output, no status"""

    def finish(self, session, text):
        session.close(None)


@named("close-hostile")
class CloseHostile(Behaviour):
    """close 1011 whose reason holds escape sequences and invalid UTF-8, no status"""

    def finish(self, session, text):
        session.wire.send(websocket.close_frame(1011, b"\x1b]0;owned\x07\xff\xfe\r\nbye"))
        session.hang_up()


# What comes on channel 3.

class StatusText(Behaviour):
    def finish(self, session, text):
        for part in self.parts(text.encode()):
            session.message(3, part)
        session.close()


@named("status-split", 2)
class StatusSplit(StatusText):
    """the status in this many messages"""

    def parts(self, text):
        step = -(-len(text) // self.argument)
        return [text[at:at + step] for at in range(0, len(text), step)]


@named("status-huge", 64)
class StatusHuge(StatusText):
    """a status of this many MiB"""

    def parts(self, text):
        return [b'{"status":"Failure","message":"', *[b"x" * (1 << 20)] * self.argument, b'"}']


def _status(name, text, *parts):
    named(name)(type(name, (StatusText,), {"__doc__": text, "parts": lambda self, _: list(parts)}))


def _exit_code(value):
    return json.dumps({"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "message": "as told",
                       "details": {"causes": [{"reason": "ExitCode", "message": value}]}}).encode()


@named("status-code", 300)
class StatusCode(StatusText):
    """a status whose exit code reads as this number ("300")"""

    def parts(self, text):
        return [_exit_code(str(self.argument))]


_status("status-negative", "exit code \"-1\"", _exit_code("-1"))
_status("status-word", "exit code \"1 \"", _exit_code("1 "))
_status("status-no-cause", "NonZeroExitCode without a cause",
        b'{"metadata":{},"status":"Failure","message":"as told","reason":"NonZeroExitCode"}')
_status("status-empty", "an empty message as the status", b"")
_status("status-garbage", "a status that is no JSON", b"\x1b[2Jnot { json\xff\0")
_status("status-list", "a status that is a JSON list", b'[{"status":"Success"}]')
_status("status-unknown", "a status that is neither Success nor Failure", b'{"metadata":{},"status":"Perhaps"}')
_status("status-hostile", "a Failure whose message holds escape sequences", json.dumps(
    {"metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
     "message": "no \x1b]0;owned\x07\x1b[2J\r\ncommand terminated"}).encode())
_status("status-twice", "Success two times in one stream", *[b'{"metadata":{},"status":"Success"}'] * 2)


@named("status-early")
class StatusEarly(Behaviour):
    """the status Success before the command starts, its output behind it"""

    def opened(self, session):
        session.message(3, b'{"metadata":{},"status":"Success"}')

    def finish(self, session, text):
        session.close()


# Frames.

@named("text")
class Text(Behaviour):
    """output in TEXT frames"""

    def output(self, session, channel, data):
        session.wire.send(websocket.frame(websocket.TEXT, bytes((channel,)) + data))


@named("fragmented", 3)
class Fragmented(Behaviour):
    """every output message in this many fragments, a ping between them (valid)"""

    def output(self, session, channel, data):
        message = bytes((channel,)) + data
        step = -(-len(message) // self.argument)
        for at in range(0, len(message), step):
            opcode = websocket.CONTINUATION if at else websocket.BINARY
            session.wire.send(websocket.frame(opcode, message[at:at + step], fin=at + step >= len(message)))
            session.wire.send(websocket.frame(websocket.PING, b"between"))


@named("bytewise")
class Bytewise(Behaviour):
    """one byte per TLS record and TCP segment (valid)"""

    def opened(self, session):
        session.wire.bytewise = True


@named("small", 1)
class Small(Behaviour):
    """frames of this many bytes of output (valid)"""

    def output(self, session, channel, data):
        session.counts["stdout_bytes"] += len(data)
        session.message(channel, data, self.argument)


@named("large", 4)
class Large(Behaviour):
    """one frame of this many MiB on stdout ahead of the command's output (valid)"""

    def opened(self, session):
        session.message(1, b"L" * (self.argument << 20), self.argument << 20)


@named("channel", 9)
class OtherChannel(Behaviour):
    """a message on this channel ahead of each of the command's (to be ignored)"""

    def output(self, session, channel, data):
        session.message(self.argument, b"nobody knows this channel")
        session.output(channel, data)


@named("empty")
class Empty(Behaviour):
    """messages that are a channel alone between the output (valid)"""

    def output(self, session, channel, data):
        session.message(channel, b"")
        session.output(channel, data)
        session.message(channel, b"")


@named("no-channel")
class NoChannel(Behaviour):
    """a message without a byte, so without a channel, ahead of the output"""

    def opened(self, session):
        session.wire.send(websocket.frame(websocket.BINARY, b""))


@named("pings", 1)
class Pings(Behaviour):
    """this many pings ahead of each output message (valid)"""

    def output(self, session, channel, data):
        for _ in range(self.argument):
            session.ping(b"p" * 125)
        session.output(channel, data)


class BadFrame(Behaviour):
    data = b""

    def opened(self, session):
        session.wire.send(self.data)


def _bad(name, text, data):
    named(name)(type(name, (BadFrame,), {"__doc__": text, "data": data}))


_hello = b"\x01hello\n"
_bad("masked", "a masked frame", websocket.frame(websocket.BINARY, _hello, mask=b"mask"))
_bad("oversized", "a frame that announces 2^40 bytes", websocket.header(websocket.BINARY, 1 << 40) + _hello)
_bad("oversized-63", "a frame length with its highest bit set",
     websocket.header(websocket.BINARY, (1 << 63) + 7, wide=True) + _hello)
_bad("long-form", "a 64-bit length for seven bytes",
     websocket.header(websocket.BINARY, len(_hello), wide=True) + _hello)
_bad("rsv", "a reserved bit set", websocket.frame(websocket.BINARY, _hello, rsv=4))
_bad("long-ping", "a ping of 200 bytes", websocket.frame(websocket.PING, b"p" * 200))
_bad("split-ping", "a fragmented ping", websocket.frame(websocket.PING, b"p", fin=False))
_bad("continuation", "a continuation of nothing", websocket.frame(websocket.CONTINUATION, _hello))
_bad("nested", "a message begun inside another",
     websocket.frame(websocket.BINARY, _hello, fin=False) + websocket.frame(websocket.BINARY, _hello))
_bad("close-short", "a close frame of one byte", websocket.frame(websocket.CLOSE, b"\x03"))


@named("opcode", 3)
class Opcode(Behaviour):
    """a frame with this unknown opcode"""

    def opened(self, session):
        session.wire.send(websocket.frame(self.argument & 15, _hello))


# Time and flow.

@named("flood")
class Flood(Behaviour):
    """runs no command: output without an end, or this many bytes of it"""

    def argv(self, argv):
        line = b"0123456789abcdefghijklmnopqrstuvwxyz " * 16
        if self.argument is None:
            return [b"yes", line]
        return [b"sh", b"-c", b'yes "$0" | head -c %d' % self.argument, line]


@named("slow-reader", 0)
class SlowReader(Behaviour):
    """reads this many bytes of stdin and no more"""

    def reads(self, session):
        return session.counts["stdin_bytes"] < self.argument


@named("no-pong")
class NoPong(Behaviour):
    """never answers a ping"""

    def ping(self, session, payload):
        pass


@named("stall")
class Stall(Behaviour):
    """101, then silence: reads nothing, answers nothing, runs nothing"""

    def opened(self, session):
        session.wire.flush()
        poll = select.poll()
        poll.register(session.wire, select.POLLRDHUP)
        while not any(events & GONE for _, events in poll.poll()):
            pass
        raise Gone("closed by the client")


@named("mute")
class Mute(Behaviour):
    """101, then reads everything and answers nothing, pings neither"""

    def opened(self, session):
        session.wire.flush()
        poll = select.poll()
        poll.register(session.wire, select.POLLIN | select.POLLRDHUP)
        while True:
            poll.poll()
            session.wire.receive()


@named("deaf-end")
class DeafEnd(Behaviour):
    """stops reading when the command ends, sends the status, leaves the connection open"""

    def finish(self, session, text):
        session.message(3, text.encode())
        session.wire.drain()
        poll = select.poll()
        poll.register(session.wire, select.POLLRDHUP)
        poll.poll()
        raise Gone("closed by the client")


@named("bare-stdin")
class BareStdin(Behaviour):
    """the status comes at once, stdin is read by nobody (as containerd loses it)"""

    def argv(self, argv):
        return [b"true"]
