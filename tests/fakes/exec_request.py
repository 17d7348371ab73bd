"""GET …/pods/POD/exec?…: read strictly, so that a client's mistakes are seen."""

from urllib.parse import unquote_to_bytes

import pods
from http_message import failure

FLAGS = ("stdin", "stdout", "stderr", "tty")


class ExecRequest:
    def __init__(self, namespace, pod):
        self.namespace, self.pod, self.container = namespace, pod, ""
        self.command = []  # bytes
        self.stdin = self.stdout = self.stderr = self.tty = False
        self.protocol = ""

    def channels(self):
        return [n for n, wanted in ((1, self.stdout), (2, self.stderr)) if wanted]


def decode(text):
    """Percent- and plus-decoded bytes; ValueError on anything half right."""
    at = -1
    while (at := text.find("%", at + 1)) >= 0:
        if len(text) < at + 3 or not all(c in "0123456789abcdefABCDEF" for c in text[at + 1:at + 3]):
            raise ValueError(f"bad escape in {text!r}")
    if any(not " " < c < "\x7f" for c in text):
        raise ValueError(f"bad character in {text!r}")
    return unquote_to_bytes(text.replace("+", " "))


def parse(namespace, pod, query):
    """An ExecRequest; ValueError names what a careful client would not send."""
    request = ExecRequest(namespace, pod)
    keys = []
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"query parameter {part!r} has no value")
        if key == "command":
            request.command.append(decode(value))
        elif key in keys:
            raise ValueError(f"query parameter {key!r} twice")
        elif key == "container":
            request.container = decode(value).decode()
        elif key in FLAGS:
            if value not in ("true", "false", "1", "0"):
                raise ValueError(f"query parameter {key}={value!r} is not a boolean")
            setattr(request, key, value in ("true", "1"))
        else:
            raise ValueError(f"unknown query parameter {key!r}")
        keys.append(key)
    if keys != sorted(keys):
        raise ValueError("query parameters are not sorted")
    if request.tty:
        request.stderr = False  # as the real server does
    return request


def complaint(request):
    """What a kubelet has against the request: HTTP code and message, or None."""
    if not (request.stdin or request.stdout or request.stderr or request.tty):
        return 400, "you must specify at least 1 of stdin, stdout, stderr"
    if pods.phase(request.pod) == "Succeeded":
        return 500, f'container not found ("{request.container or pods.container_names(request.pod)[-1]}")'
    return None


def refusal(request):
    """The Answer that an API server gives before any upgrade, or None."""
    names = pods.container_names(request.pod)
    if request.container and request.container not in names:
        return failure(400, f"container {request.container} is not valid for pod {request.pod}")
    if not request.container and len(names) > 1:
        return failure(400, f"a container name must be specified for pod {request.pod}, choose one of: "
                            f"[{' '.join(names)}]")
    if pods.phase(request.pod) == "Pending":
        return failure(400, f"pod {request.pod} does not have a host assigned")
    return None
