"""Misbehaviour in plain HTTP: in place of the pod, and in place of the 101."""

import json
import select

import websocket
from behaviours import Behaviour, named
from http_message import Answer, failure, forbidden, head


# In place of the pod.

class Rest(Behaviour):
    def rest(self, user):
        return self.made(user)


@named("rest-status", 500)
class RestStatus(Rest):
    """GET of the pod fails with a Status of this code"""

    def made(self, user):
        if self.argument == 403:
            return forbidden(user.name, "get", "pods", "it", "default").encode()
        return failure(self.argument, "it was told to fail").encode()


@named("rest-502")
class Rest502(Rest):
    """GET of the pod: 502 with HTML"""

    def made(self, user):
        return Answer(502, b"<html>bad gateway</html>", "text/html").encode()


@named("rest-garbage")
class RestGarbage(Rest):
    """GET of the pod: 200 with a body that is no JSON"""

    def made(self, user):
        return Answer(200, b"{\"kind\":\"Pod\",\x1b]0;owned\x07" + bytes(range(256))).encode()


@named("rest-huge", 32)
class RestHuge(Rest):
    """GET of the pod: valid JSON of this many MiB"""

    def made(self, user):
        return Answer(200, b'{"kind":"Pod","junk":"' + b"x" * (self.argument << 20) + b'"}').encode()


@named("rest-cut")
class RestCut(Rest):
    """GET of the pod: half of the body, then the end"""

    def made(self, user):
        return Answer(200, {"kind": "Pod", "metadata": {}}).encode()[:-12]


@named("rest-empty")
class RestEmpty(Rest):
    """GET of the pod: the connection ends without a byte"""

    def made(self, user):
        return b""


# In place of the 101.

class Raw(Behaviour):
    data = b""

    def answer(self, sock, pod, namespace, user):
        sock.sendall(self.data)
        return True


def _raw(name, text, data):
    named(name)(type(name, (Raw,), {"__doc__": text, "data": data}))


_raw("http-502", "502 with HTML in place of 101", Answer(502, b"<html>bad gateway</html>", "text/html").encode())
_raw("http-404", "404 with plain text, as of a proxy that does not know the path",
     Answer(404, b"404 page not found\n", "text/plain").encode())
_raw("http-400", "400 with plain text", Answer(400, b"unable to upgrade: no websocket", "text/plain").encode())
_raw("http-401", "401 with a Status", failure(401, "Unauthorized").encode())
_raw("http-403", "403 with an empty body", b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
_raw("http-500", "500 with a Status", failure(500, "Internal error occurred: it was told to fail").encode())
_raw("http-200", "200 in place of 101", Answer(200, {}).encode())
_raw("http-302", "a redirect", head(302, [("Location", "https://127.0.0.1:1/"), ("Content-Length", 0)]))
_raw("http-garbage", "bytes that are no HTTP", b"\x16\x03\x01\x02\x00SSH-2.0-OpenSSH_9.2\r\n\0\xff" * 20 + b"\r\n\r\n")
_raw("http-cut", "half a 101, then the end", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso")
_raw("http-empty", "the end, without a byte", b"")
_raw("http-hostile", "a 403 whose Status message holds escape sequences",
     failure(403, "no \x1b]0;owned\x07\x1b[2J\r\nerror: \u202egnp.exe").encode())
_chunked = json.dumps(json.loads(failure(403, "refused in chunks").body)).encode()
_raw("http-chunked", "a 403 whose Status comes in chunks",
     head(403, [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
     + b"".join(b"%x\r\n%s\r\n" % (len(_chunked[at:at + 7]), _chunked[at:at + 7])
                for at in range(0, len(_chunked), 7)) + b"0\r\n\r\n")


@named("http-forbidden")
class HttpForbidden(Behaviour):
    """403 with RBAC's Status: the user lacks get on pods/exec"""

    def answer(self, sock, pod, namespace, user):
        sock.sendall(forbidden(user.name, "get", "pods/exec", pod, namespace).encode())
        return True


@named("http-huge-header", 64)
class HttpHugeHeader(Behaviour):
    """a 101 with headers of this many MiB, without an end"""

    def answer(self, sock, pod, namespace, user):
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        line = b"X-Junk: " + b"j" * 1014 + b"\r\n"
        for _ in range(self.argument):
            sock.sendall(line * 1024)
        return True


@named("http-huge-body", 64)
class HttpHugeBody(Behaviour):
    """a 403 with a body of this many MiB"""

    def answer(self, sock, pod, namespace, user):
        sock.sendall(head(403, [("Content-Type", "text/plain"), ("Content-Length", self.argument << 20)]))
        for _ in range(self.argument):
            sock.sendall(b"no\n " * (1 << 18))
        return True


@named("http-stall")
class HttpStall(Behaviour):
    """takes the request and says nothing"""

    def answer(self, sock, pod, namespace, user):
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        poll.poll()
        return True


def _headers(name, text, change):
    named(name)(type(name, (Behaviour,), {"__doc__": text, "headers": lambda self, headers: change(headers)}))


_headers("accept-missing", "a 101 without Sec-WebSocket-Accept", lambda h: h.pop("Sec-WebSocket-Accept", 0))
_headers("accept-wrong", "a 101 with the Sec-WebSocket-Accept of another key",
         lambda h: h.update({"Sec-WebSocket-Accept": websocket.accept_key("another")}))
_headers("protocol-missing", "a 101 without a subprotocol", lambda h: (h.pop("Sec-WebSocket-Protocol", 0), h.pop("X-Stream-Protocol-Version", 0)))
_headers("protocol-wrong", "a 101 with a subprotocol that was not offered",
         lambda h: h.update({"Sec-WebSocket-Protocol": "base64.channel.k8s.io",
                             "X-Stream-Protocol-Version": "v2.channel.k8s.io"}))
_headers("extension", "a 101 with an extension that was not offered",
         lambda h: h.update({"Sec-WebSocket-Extensions": "permessage-deflate"}))
_headers("upgrade-missing", "a 101 without Upgrade", lambda h: h.pop("Upgrade"))
