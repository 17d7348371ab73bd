"""The objects that the fake API server has, and its answers to plain requests."""

import uuid
from urllib.parse import parse_qs

from http_message import Answer, failure, forbidden, not_found

NAMESPACES = ("default", "dev")
IMAGE = "docker.io/local/shell:1"
_BORN = "2026-01-02T03:04:05Z"

# name -> containers, init containers, annotations, phase
PODS = {
    "shell": (["main"], [], {}, "Running"),
    "multi": (["first", "second"], ["setup"], {"kubectl.kubernetes.io/default-container": "second"}, "Running"),
    "finished": (["main"], [], {}, "Succeeded"),
    "pending": (["main"], [], {}, "Pending"),
    "bare": (["main"], [], {}, "Running"),
}
# What can be run in pod `bare`, which has no shell.
BARE_COMMANDS = ("echo", "/bin/echo")


def _digest(*words):
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(words)).hex * 2


def _container_status(namespace, pod, name, phase, init=False):
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": _BORN, "finishedAt": _BORN}
    state = {"terminated": ended} if init or phase == "Succeeded" else {"running": {"startedAt": _BORN}}
    if phase == "Pending":
        state = {"waiting": {"reason": "ContainerCreating"}}
    status = {"name": name, "image": IMAGE, "imageID": "", "restartCount": 0, "state": state, "lastState": {},
              "ready": "running" in state or init}
    if phase != "Pending":
        status["imageID"] = f"sha256:{_digest(IMAGE)}"
        status["containerID"] = f"containerd://{_digest(namespace, pod, name)}"
    return status


def pod_object(namespace, name):
    """The pod as JSON objects; pods whose name is not in PODS look like `shell`."""
    containers, init, annotations, phase_ = PODS.get(name, PODS["shell"])
    spec = {"containers": [{"name": c, "image": IMAGE, "resources": {}} for c in containers],
            "restartPolicy": "Always"}
    status = {"phase": phase_, "podIP": "127.0.0.1", "startTime": _BORN,
              "conditions": [{"type": "Ready", "status": "True" if phase_ == "Running" else "False"}],
              "containerStatuses": [_container_status(namespace, name, c, phase_) for c in containers]}
    if init:
        spec["initContainers"] = [{"name": c, "image": IMAGE, "resources": {}} for c in init]
        status["initContainerStatuses"] = [_container_status(namespace, name, c, phase_, True) for c in init]
    if phase_ != "Pending":
        spec["nodeName"] = "node1"
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{name}"))
    metadata = {"name": name, "namespace": namespace, "uid": uid, "resourceVersion": "1",
                "creationTimestamp": _BORN, "labels": {"app": name}}
    if annotations:
        metadata["annotations"] = annotations
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": status}


def container_names(name):
    containers, init, _, _ = PODS.get(name, PODS["shell"])
    return init + containers


def phase(name):
    return PODS.get(name, PODS["shell"])[3]


_API = {"kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]}
_RESOURCES = {"kind": "APIResourceList", "groupVersion": "v1", "resources": [
    {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get"], "shortNames": ["po"]},
    {"name": "pods/exec", "singularName": "", "namespaced": True, "kind": "PodExecOptions", "verbs": ["create", "get"]},
]}
# Lists are for completion. Namespaces that have nothing but a list: of many pods, and of names that mean harm.
LISTS = {"many": [f"pod-{number:06}" for number in range(100_000)],
         "hostile": ["$(touch ran)", "`touch ran`", "a;touch ran", "x\ntouch ran\n", "\x1b]0;owned\x07", "a'b", 'a"b',
                     "a b", "--as=x", "~", "*", "!x", "harmless"]}
_DEPLOYMENTS = ("web",)


def _name_list(names, query, phase_of):
    """As a Table, which newer servers have; in pages."""
    limit, start = int(query.get("limit", 500)), int(query.get("continue", 0))
    rows = [{"cells": [name, "1/1", phase_of(name), 0, "3d"], "object": None} for name in names[start:start + limit]]
    rest = str(start + limit) if start + limit < len(names) else ""
    return Answer(200, {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"continue": rest},
                        "columnDefinitions": [{"name": name, "type": "string"}
                                              for name in ("Name", "Ready", "Status", "Restarts", "Age")],
                        "rows": rows})


def _list(words, query, user):
    """The answer to a list that completion asks for, or None."""
    if words == ["", "api", "v1", "namespaces"]:
        if not user.may_see("default"):
            return forbidden(user.name, "list", "namespaces", "", "")
        return _name_list([*NAMESPACES, *LISTS, "$(touch ran)"], query, lambda name: "Active")
    if words[:4] == ["", "api", "v1", "namespaces"] and len(words) == 6 and words[5] == "pods":
        if not user.may_see(words[4]):
            return forbidden(user.name, "list", "pods", "", words[4])
        names = LISTS.get(words[4], sorted(PODS) if words[4] in NAMESPACES else [])
        return _name_list(names, query, phase)
    if words[:5] == ["", "apis", "apps", "v1", "namespaces"] and len(words) == 7 and words[6] == "deployments":
        return _name_list(_DEPLOYMENTS if words[5] == "default" else (), query, lambda name: "")
    return None


_REVIEW_PATHS = tuple(f"/apis/authentication.k8s.io/{version}/selfsubjectreviews" for version in ("v1", "v1beta1"))


def answer(request, path, user, version, pod_exists):
    """The answer to a request that is no exec. `path` without the server's prefix."""
    if path in _REVIEW_PATHS:
        if request.method != "POST":
            return failure(405, "the server does not allow this method on the requested resource")
        info = {"username": user.name, "groups": [*user.groups, "system:authenticated"]}
        return Answer(201, {"kind": "SelfSubjectReview", "apiVersion": path.split("/", 2)[2].rpartition("/")[0],
                            "metadata": {"creationTimestamp": None}, "status": {"userInfo": info}})
    if request.method != "GET":
        return failure(405, "the server does not allow this method on the requested resource")
    plain = {"/version": version, "/api": _API, "/api/v1": _RESOURCES,
             "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}}
    if path in plain:
        return Answer(200, plain[path])
    words = path.split("/")
    listed = _list(words, {name: values[-1] for name, values in parse_qs(request.query).items()}, user)
    if listed:
        return listed
    if len(words) == 7 and words[:4] == ["", "api", "v1", "namespaces"] and words[5] == "pods":
        namespace, name = words[4], words[6]
        if not user.may_see(namespace):
            return forbidden(user.name, "get", "pods", name, namespace)
        return Answer(200, pod_object(namespace, name)) if pod_exists(namespace, name) else not_found(name)
    return failure(404, "the server could not find the requested resource", {})


def version_object(minor):
    return {"major": "1", "minor": str(minor), "gitVersion": f"v1.{minor}.0-fake", "platform": "linux/amd64"}
