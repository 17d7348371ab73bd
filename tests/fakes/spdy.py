"""SPDY/3.1 frames and header blocks, written apart from the C++ side so that the two check each other.

    control  80 03  type:16  flags:8  length:24  payload        data  stream:32  flags:8  length:24  payload
"""

import struct
import zlib

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 1
PROTOCOL_ERROR, REFUSED_STREAM, CANCEL = 1, 3, 5
MAX_CHUNK = 32 << 10          # what Kubernetes copies at once
MAX_CLIENT_PAYLOAD = 1 << 20  # far above what a client has reason to send

_WORDS = """options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age
allow authorization cache-control connection content-base content-encoding content-language content-length
content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since
if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate
proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"""
_CODES = """100 101 201 202 205 206 300 302 303 304 305 306 307 402 405 406 407 408 409 410 411 412 413 414 415 416 417
502 504 505"""
_TAIL = ("203 Non-Authoritative Information" "204 No Content" "301 Moved Permanently" "400 Bad Request"
         "401 Unauthorized" "403 Forbidden" "404 Not Found" "500 Internal Server Error" "501 Not Implemented"
         "503 Service Unavailable" "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec" " 00:00:00 "
         "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" "chunked," "text/html," "image/png," "image/jpg," "image/gif,"
         "application/xml," "application/xhtml+xml," "text/plain," "text/javascript," "public" "private"
         "max-age=" "gzip,deflate,sdch" "charset=utf-8" "charset=iso-8859-1," "utf-,*,enq=0.")


def _string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">I", len(data)) + data


DICTIONARY = (b"".join(_string(word.replace("_", " ")) for word in _WORDS.split())
              + "".join(_CODES.split()).encode() + _TAIL.encode())


class Violation(Exception):
    """The client broke the protocol."""


class HeaderWriter:
    """One for all blocks of a direction, in the order of their frames."""

    def __init__(self):
        self.zlib = zlib.compressobj(zdict=DICTIONARY)

    def compress(self, plain):
        return self.zlib.compress(plain) + self.zlib.flush(zlib.Z_SYNC_FLUSH)

    def block(self, headers):
        pairs = b"".join(_string(name) + _string(value) for name, value in headers)
        return self.compress(struct.pack(">I", len(headers)) + pairs)


class HeaderReader:
    def __init__(self):
        self.zlib = zlib.decompressobj(zdict=DICTIONARY)

    def headers(self, block):
        try:
            plain = self.zlib.decompress(block)
        except zlib.error as error:
            raise Violation(f"a header block that does not inflate: {error}") from None
        try:
            (count,), at = struct.unpack_from(">I", plain), 4
            strings = []
            for _ in range(2 * count):
                (size,) = struct.unpack_from(">I", plain, at)
                at += 4 + size
                if at > len(plain):
                    raise Violation("a header block that is cut")
                strings.append(plain[at - size:at].decode("latin-1"))
        except struct.error:
            raise Violation("a header block that is cut") from None
        if at != len(plain):
            raise Violation("a header block with something behind it")
        return list(zip(strings[::2], strings[1::2]))


def control(kind, payload, flags=0, version=3):
    return struct.pack(">HHI", 0x8000 | version, kind, flags << 24 | len(payload)) + payload


def data(stream, payload, flags=0):
    return struct.pack(">II", stream, flags << 24 | len(payload)) + payload


def data_frames(stream, payload, size=MAX_CHUNK):
    view = memoryview(payload)
    return b"".join(struct.pack(">II", stream, len(view[at:at + size])) + view[at:at + size]
                    for at in range(0, len(view), size))


def reset(stream, status=CANCEL):
    return control(RST_STREAM, struct.pack(">II", stream, status))


def ping(number):
    return control(PING, struct.pack(">I", number))


def go_away(last, status=0):
    return control(GOAWAY, struct.pack(">II", last, status))


class FrameReader:
    """Bytes in; out come (kind, stream or None, flags, payload), kind None for data."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, piece):
        self.buffer += piece

    def __iter__(self):
        while (frame := self._next()) is not None:
            yield frame

    def _next(self):
        if len(self.buffer) < 8:
            return None
        first, second = struct.unpack_from(">II", self.buffer)
        flags, size = second >> 24, second & 0xFFFFFF
        if size > MAX_CLIENT_PAYLOAD:
            raise Violation(f"a frame of {size} bytes")
        if len(self.buffer) < 8 + size:
            return None
        payload = bytes(self.buffer[8:8 + size])
        del self.buffer[:8 + size]
        if not first >> 31:
            return None, first, flags, payload
        if first >> 16 != 0x8003:
            raise Violation(f"a control frame that starts with {first >> 16:#06x}")
        return first & 0xFFFF, None, flags, payload
