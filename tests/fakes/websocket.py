"""WebSocket frames (RFC 6455), written apart from the C++ side so that the two check each other.

The server's half: what it sends is unmasked, what it reads must be masked, unfragmented (a
Kubernetes server takes every fragment for a message of its own) and without extensions.
"""

import base64
import hashlib
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAX_CLIENT_PAYLOAD = 32 << 20  # the server's own limit
MAX_CHUNK = 32 << 10           # what Kubernetes copies at once; a channel byte comes on top


class Violation(Exception):
    """The client broke the protocol."""


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()


def header(opcode, length, fin=True, rsv=0, masked=False, wide=False):
    """`wide`: the 64-bit length, whether or not it is needed."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if masked else 0
    if length > 0xFFFF or wide:
        return struct.pack(">BBQ", first, bit | 127, length)
    if length > 125:
        return struct.pack(">BBH", first, bit | 126, length)
    return struct.pack(">BB", first, bit | length)


def frame(opcode, payload, fin=True, rsv=0, mask=None):
    head = header(opcode, len(payload), fin, rsv, mask is not None)
    return head + payload if mask is None else head + mask + xor(payload, mask)


def close_frame(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


def channel_frames(channel, data, size=MAX_CHUNK):
    """`data` on a channel, as frames of at most `size` bytes behind the channel byte."""
    if len(data) <= size:
        return frame(BINARY, bytes((channel,)) + data)
    view = memoryview(data)
    start = header(BINARY, size + 1) + bytes((channel,))
    parts = []
    whole = len(data) // size * size
    for at in range(0, whole, size):
        parts += (start, view[at:at + size])
    if whole < len(data):
        parts += (header(BINARY, len(data) - whole + 1), bytes((channel,)), view[whole:])
    return b"".join(parts)


def xor(payload, mask):
    size = len(payload)
    pad = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


class FrameReader:
    """Bytes in, (opcode, payload) out."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer += data

    def __iter__(self):
        while True:
            message = self._next()
            if message is None:
                return
            yield message

    def _next(self):
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode, length, at = first & 15, second & 127, 2
        if first & 0x70:
            raise Violation(f"reserved bits in a frame: {first:#04x}")
        if opcode not in (TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation("a fragmented message" if opcode == CONTINUATION else f"unknown opcode {opcode}")
        if not first & 0x80:
            raise Violation("a fragmented message")
        if not second & 0x80:
            raise Violation("an unmasked frame")
        if opcode >= CLOSE and length > 125:
            raise Violation("a control frame of more than 125 bytes")
        if length >= 126:
            form, smallest = (">H", 126) if length == 126 else (">Q", 0x10000)
            at += struct.calcsize(form)
            if len(buffer) < at:
                return None
            (length,) = struct.unpack_from(form, buffer, 2)
            if length < smallest:
                raise Violation("a frame length that is not in its shortest form")
            if length > MAX_CLIENT_PAYLOAD:
                raise Violation(f"a frame of {length} bytes")
        end = at + 4 + length
        if len(buffer) < end:
            return None
        payload = xor(buffer[at + 4:end], bytes(buffer[at:at + 4]))
        del buffer[:end]
        return opcode, payload
