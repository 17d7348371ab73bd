"""HTTP/1.1 requests and answers, and Kubernetes' Status objects."""

import json
import time

MAX_HEADER_BYTES = 64 << 10
MAX_BODY_BYTES = 1 << 20
REASONS = {200: "OK", 201: "Created", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error", 502: "Bad Gateway"}
STATUS_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
                  405: "MethodNotAllowed", 500: "InternalError"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # whatever the locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class BadRequest(Exception):
    """What came is not a request that this server reads."""


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")

    def header(self, name):
        """The first value of a header; empty if absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def has_token(self, name, token):
        return any(token in [part.strip().lower() for part in value.split(",")]
                   for key, value in self.headers if key.lower() == name.lower())


def read_request(sock, buffer):
    """Blocks for one request. `buffer` (a bytearray) keeps what came behind it; None at the end."""
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        if len(buffer) > MAX_HEADER_BYTES:
            raise BadRequest("headers of more than 64 KiB")
        data = sock.recv(65536)
        if not data:
            return None
        buffer += data
    lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    del buffer[:end + 4]
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1" or not words[1].startswith("/"):
        raise BadRequest(f"no request line: {lines[0][:100]!r}")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name.strip() != name:
            raise BadRequest(f"no header line: {line[:100]!r}")
        headers.append((name, value.strip()))
    request = Request(words[0], words[1], headers, b"")
    length = request.header("content-length") or "0"
    if request.header("transfer-encoding") or not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise BadRequest("a body of unknown length, or of more than 1 MiB")
    while len(buffer) < int(length):
        data = sock.recv(65536)
        if not data:
            return None
        buffer += data
    request.body = bytes(buffer[:int(length)])
    del buffer[:int(length)]
    return request


def head(code, headers, reason=None):
    lines = [f"HTTP/1.1 {code} {reason or REASONS.get(code, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Answer:
    """`date_offset`: seconds that the server's clock is ahead of this machine's."""

    date_offset = 0

    def __init__(self, code, body, content_type="application/json", headers=()):
        self.code, self.headers = code, list(headers)
        self.content_type = content_type
        self.body = body if isinstance(body, bytes) else (json.dumps(body) + "\n").encode()

    def encode(self):
        now = time.gmtime(time.time() + self.date_offset)
        date = time.strftime(f"{_DAYS[now.tm_wday]}, %d {_MONTHS[now.tm_mon - 1]} %Y %H:%M:%S GMT", now)
        headers = [("Cache-Control", "no-cache, private"), ("Content-Type", self.content_type), ("Date", date),
                   *self.headers, ("Content-Length", len(self.body))]
        return head(self.code, headers) + self.body


def status_object(code, message, details=None):
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
              "reason": STATUS_REASONS.get(code, "Unknown"), "code": code}
    if details:
        status["details"] = details
    return status


def failure(code, message, details=None):
    return Answer(code, status_object(code, message, details))


def forbidden(user, verb, resource, name, namespace):
    return failure(403, f'{resource.partition("/")[0]} "{name}" is forbidden: User "{user}" cannot {verb} resource '
                        f'"{resource}" in API group "" in the namespace "{namespace}"',
                   {"name": name, "kind": resource.partition("/")[0]})


def not_found(name):
    return failure(404, f'pods "{name}" not found', {"name": name, "kind": "pods"})
