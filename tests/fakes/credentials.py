"""Who may do what, the certificates (made by openssl) and the kubeconfig."""

import base64
import os
import subprocess

# name -> token, groups, namespaces it may exec in (None: all), and verbs it has on pods/exec
USERS = {
    "admin": {"token": "admin-token", "groups": ["system:masters"], "namespaces": None, "verbs": {"get", "create"}},
    "alice": {"token": None, "groups": ["dev"], "namespaces": {"dev"}, "verbs": {"get", "create"}},
    "creator": {"token": "creator-token", "groups": ["dev"], "namespaces": None, "verbs": {"create"}},
    "getter": {"token": "getter-token", "groups": ["dev"], "namespaces": None, "verbs": {"get"}},
    "looker": {"token": "looker-token", "groups": ["dev"], "namespaces": None, "verbs": set()},
    "mallory": {"token": "mallory-token", "groups": [], "namespaces": set(), "verbs": set()},
}
PATH_PREFIX = "/k8s/clusters/c-fake"


class User:
    def __init__(self, name, groups, namespaces, verbs):
        self.name, self.groups, self.namespaces, self.verbs = name, groups, namespaces, verbs

    def may_see(self, namespace):
        return self.namespaces is None or namespace in self.namespaces


def _user(name):
    known = USERS.get(name)
    return User(name, known["groups"], known["namespaces"], known["verbs"]) if known else User(name, [], set(), set())


def identify(certificate, authorization):
    """The User of a request; None if its token is unknown."""
    scheme, _, token = authorization.partition(" ")
    if authorization:
        name = next((n for n, user in USERS.items() if user["token"] == token), None) if scheme == "Bearer" else None
        return _user(name) if name else None
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return _user(value)
    return User("system:anonymous", ["system:unauthenticated"], set(), set())


def _openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"openssl {arguments[0]}: {done.stderr.strip()}")


def make_certificates(directory):
    """ca, server and alice, each .crt and .key, in `directory` unless they are there already."""
    if all(os.path.exists(os.path.join(directory, f"{name}.{kind}"))
           for name in ("ca", "server", "alice") for kind in ("crt", "key")):
        return
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    _openssl(directory, "req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "3650", "-subj",
             "/CN=fake-ca", "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE")
    for name, subject, extensions in (
            ("server", "/CN=fake-apiserver",
             "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes\nextendedKeyUsage=serverAuth\n"),
            ("alice", "/O=dev/CN=alice", "extendedKeyUsage=clientAuth\n")):
        with open(os.path.join(directory, f"{name}.ext"), "w", encoding="ascii") as file:
            file.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" + extensions)
        _openssl(directory, "req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        _openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                 "-CAcreateserial", "-days", "3650", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


CONTEXTS = (  # name, cluster, user, namespace
    ("fake", "fake", "admin", "default"),
    ("fake-v4", "fake-v4", "admin", "default"),
    ("fake-prefix", "fake-prefix", "admin", "default"),
    ("fake-cert", "fake", "alice", "dev"),
    ("fake-nobody", "fake", "mallory", "default"),
    ("fake-create", "fake", "creator", "default"),
    ("fake-get", "fake", "getter", "default"),
    ("fake-look", "fake", "looker", "default"),
    ("fake-expired", "fake", "expired", "default"),
)


def write_kubeconfig(path, directory, port, port_v4):
    def encoded(name):
        with open(os.path.join(directory, name), "rb") as file:
            return base64.b64encode(file.read()).decode()

    lines = ["apiVersion: v1", "kind: Config", "current-context: fake", "clusters:"]
    for name, url in (("fake", f"https://127.0.0.1:{port}"), ("fake-v4", f"https://127.0.0.1:{port_v4}"),
                      ("fake-prefix", f"https://127.0.0.1:{port}{PATH_PREFIX}")):
        lines += [f"- name: {name}", "  cluster:", f"    server: {url}",
                  f"    certificate-authority-data: {encoded('ca.crt')}"]
    lines.append("users:")
    for name, user in {**USERS, "expired": {"token": "expired-token"}}.items():
        lines += [f"- name: {name}", "  user:"]
        if user["token"]:
            lines.append(f"    token: {user['token']}")
        else:
            lines += [f"    client-certificate-data: {encoded(f'{name}.crt')}",
                      f"    client-key-data: {encoded(f'{name}.key')}"]
    lines.append("contexts:")
    for name, cluster, user, namespace in CONTEXTS:
        lines += [f"- name: {name}", "  context:", f"    cluster: {cluster}", f"    user: {user}",
                  f"    namespace: {namespace}"]
    with open(path + ".new", "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write("\n".join(lines) + "\n")
    os.replace(path + ".new", path)
