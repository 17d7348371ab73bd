"""What is typed at `kubectl exec`, and where ours may differ: the table that test_parity.py runs.

A Case is a command line. stdout and the exit code must be kubectl's, and stderr must be kubectl's or begin
with it. `differs` is the reason why a case does not: it then says what ours must be instead.
"""

from dataclasses import dataclass, field


@dataclass
class Case:
    args: tuple
    context: str = "modern"     # None: --context is not given
    stdin: bytes = b""
    env: dict = field(default_factory=dict)
    kubeconfig: str = ""        # a text to be used in place of the cluster's; {server} and so on are filled in
    differs: str = ""           # the reason
    code: int = None            # ours, where it differs
    stdout: bytes = b""         # ours, where it differs
    stderr: str = None          # a piece of ours, where it differs

    @property
    def name(self):
        shown = " ".join(a if a and " " not in a else repr(a) for a in self.args)
        return f"[{self.context}] {shown}"[:150]


def on(contexts, *args, **more):
    return [Case(args, context=context, **more) for context in contexts]


BOTH = ("modern", "legacy")
EVERYBODY = ("modern", "legacy", "alice@modern", "alice@legacy", "bob@modern", "mallory@modern")
PODS = ("shell", "multi", "stuck", "crashing", "finished", "pending", "bare", "web-a", "web-b")

NAMES = "names that no object can have never reach a URL"
TERMINAL = "what a server or a user sends must not drive the terminal"
YAML = "yaml-cpp's words for what is no YAML, behind the same beginning"
QUOTES = "kubectl quotes the object, which may hold secrets"
FROM_FILE = "kubectl takes the pod's containers from the file, which may be older than the pod"
ANY_POD = "kubectl takes any pod of the namespace where a workload in a file has no selector"
PROXY = "kubectl names the server where it was the proxy that could not be reached"
PREFIX = "kubectl asks for the API's groups first, and is refused that"
ASKS = "kubectl asks for a user name where the context's user is missing; that hides the mistake"
CLEAR_TEXT = "a session must not go, in clear text, to whatever listens on localhost:8080"
EARLY = "an argument that is ignored is a command that was not meant; kubectl 1.37 refuses it too"


def arguments():
    """Nothing that reaches a server."""
    for args in (
        (), ("--",), ("--", "date"), ("shell",), ("shell", "--"), ("", "--", "date"), ("shell", "", "--"),
        ("shell", "date"), ("shell", "date", "now"), ("-it", "shell"), ("-it", "shell", "sh"), ("--stdin",),
        ("--cont=x", "shell", "--", "date"), ("--cont", "x", "shell", "--", "date"), ("--container",),
        ("-c",), ("-z", "shell", "--", "date"), ("-iz", "shell", "--", "date"), ("-qz",), ("--stdin=maybe",),
        ("--tty=", "shell", "--", "date"), ("-i=maybe", "shell", "--", "date"), ("-t=2", "shell", "--", "date"),
        ("-q=yes", "shell", "--", "date"), ("--quiet=ja", "shell"), ("---", "shell"), ("--=x", "shell"),
        ("--no-such-flag",), ("--no-such-flag=3", "shell", "--", "date"), ("-ä", "shell"), ("-c",),
        ("--STDIN", "shell", "--", "date"), ("--Container=x", "shell"), ("--record=x", "shell", "--", "date"),
        ("--v=x", "shell", "--", "date"), ("-v", "x", "shell", "--", "date"), ("-v",), ("--v",),
        ("--as-group", ), ("--request-timeout",), ("-n",), ("--namespace",), ("-s",),
        ("--insecure-skip-tls-verify=perhaps", "shell"), ("--match-server-version=perhaps",),
        ("--warnings-as-errors=perhaps",), ("--disable-compression=perhaps",),
        ("--log-flush-frequency=5", "shell", "--", "date"), ("--log-flush-frequency=x",),
        ("--pod-running-timeout=5", "shell", "--", "date"), ("--pod-running-timeout=0", "shell", "--", "date"),
        ("--pod-running-timeout=0s", "shell", "--", "date"), ("--pod-running-timeout=-1s", "shell", "--", "date"),
        ("--pod-running-timeout=x", "shell", "--", "date"), ("--pod-running-timeout=1y", "shell", "--", "date"),
        ("--pod-running-timeout=1.5.5s", "shell", "--", "date"), ("--pod-running-timeout", "shell"),
        ("--pod-running-timeout=99999999h", "shell", "--", "date"), ("--pod-running-timeout=", "shell"),
        ("-f",), ("--filename",), ("-f", "/no/such/file", "--", "date"), ("-f", "/no/such/file", "date"),
        ("-f", "/no/such/file", "shell", "--", "date"), ("-f", "", "--", "date"), ("-f", "/dev/null", "--", "date"),
        ("-f", "/no/such/file,/no/other", "--", "date"), ("-f", "/no/such/file"),
        ("--as-uid",), ("--token",), ("--kubeconfig",), ("--context",), ("--tls-server-name",),
    ):
        yield from on((None,), *args)
    yield from on((None,), "shell", "other", "--", "echo", "x", differs=EARLY, code=1,
                  stderr="error: exec [POD] [COMMAND] is not supported anymore.")
    yield from on(("modern",), "-i=1", "-t=0", "-q=T", "shell", "--", "echo", "mixed flags")
    yield from on(("modern",), "shell", "-q", "--", "echo", "flag behind the pod")
    yield from on(("modern",), "-cshell", "shell", "--", "echo", "c")
    yield from on(("modern",), "-c=shell", "shell", "--", "echo", "c")
    yield from on(("modern",), "-qc", "shell", "shell", "--", "echo", "c")
    yield from on(("modern",), "--container=x", "--container=shell", "shell", "--", "echo", "the last counts")
    yield from on(("modern",), "shell", "--", "echo", "--", "-x", "--stdin=maybe", "--")
    yield from on(("modern",), "-ti", "shell", "--", "echo", "no terminal")
    yield from on(("modern",), "-tiq", "shell", "--", "echo", "no terminal, quiet")
    yield from on(("modern",), "-t", "shell", "--", "echo", "no stdin")


def pods():
    """Every pod of the test cluster, from everybody."""
    for pod in PODS:
        yield from on(BOTH, pod, "--", "/bin/sh", "-c", "echo from $0; exit 4", pod)
        yield from on(BOTH, "-q", pod, "--", "true")
    for context in EVERYBODY:
        yield from on((context,), "shell", "--", "echo", "hello")
        yield from on((context,), "-n", "default", "shell", "--", "echo", "hello")
        yield from on((context,), "-n", "dev", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
        yield from on((context,), "no-such-pod", "--", "date")
        yield from on((context,), "-n", "no-such-namespace", "shell", "--", "date")
        yield from on((context,), "deployment/web", "-n", "default", "--", "echo", "found")
    for name in ("ä", "a b", "shell?x=y"):
        yield from on(("modern",), name, "--", "echo", "found", differs=NAMES, code=1, stderr="invalid resource name")
    for name in ("UPPER", "a_b", "a.b", "-", "x" * 300, ".", "..", "a%2fb", "a/b/c", "/shell",
                 "pod/", "/", "shell/shell", "pod/shell", "pods/shell", "po/shell", "POD/shell", "pod/no-such", "pods.v1./shell",
                 "Pod/shell"):
        yield from on(("modern",), name, "--", "echo", "found")


def containers():
    for context in BOTH:
        for container in ("first", "second", "setup", "zzz", "", "a b"):
            yield from on((context,), "multi", "-c", container, "--", "echo", "in it")
        yield from on((context,), "multi", "-c", "\x1b[31m", "--", "echo", "x", differs=TERMINAL, code=1,
                      stderr="error: container [31m is not valid for pod multi out of: first, second, setup (init)")
        yield from on((context,), "multi", "--", "echo", "defaulted")
        yield from on((context,), "multi", "-q", "--", "echo", "defaulted, quiet")
        yield from on((context,), "shell", "-c", "zzz", "--", "echo", "x")
        yield from on((context,), "finished", "-c", "zzz", "--", "echo", "x")
        yield from on((context,), "pending", "-c", "zzz", "--", "echo", "x")


def commands():
    """What the command is given, prints and says with its exit code."""
    for context in BOTH:
        for code in (0, 1, 2, 126, 127, 128, 130, 137, 255, 256, -1):
            yield from on((context,), "shell", "--", "sh", "-c", f"exit {code}")
        yield from on((context,), "shell", "--", "sh", "-c", "kill -9 $$")
        yield from on((context,), "shell", "--", "sh", "-c", "kill -TERM $$")
        yield from on((context,), "shell", "--", "no-such-command")
        yield from on((context,), "shell", "--", "/etc/passwd")
        yield from on((context,), "shell", "--", "/tmp")
        yield from on((context,), "shell", "--", "")
        yield from on((context,), "bare", "--", "sh")
        yield from on((context,), "bare", "--", "/busybox", "echo", "hi")
        yield from on((context,), "shell", "--", "echo", "a b", "", "$HOME", "`id`", "'q'", '"qq"', "\\", "a&b=c+d%20", "#", "?", ";")
        yield from on((context,), "shell", "--", "echo", "äöü", "日本語", "😀", "e\u0301", "\u202e", "\u200b")
        yield from on((context,), "shell", "--", "echo", "line\nbreak", "tab\there", "\x01\x7f\x1b[31m")
        yield from on((context,), "shell", "--", "printf", "\\000\\377\\303")
        yield from on((context,), "shell", "--", "echo", "x" * 20_000)
        yield from on((context,), "shell", "--", "sh", "-c", "printf %s \"$1\" | wc -c", "sh", "y" * 100_000)
        yield from on((context,), "shell", "--", "sh", "-c", "echo $#", "sh", *["a"] * 1000)
        yield from on((context,), "-i", "shell", "--", "cat", stdin=b"through\n\x00\xff" * 1000)
        yield from on((context,), "-i", "shell", "--", "cat", stdin=b"")
        yield from on((context,), "-i", "shell", "--", "sh", "-c", "cat >/dev/null; exit 9", stdin=b"x" * 100_000)
        yield from on((context,), "shell", "--", "cat", stdin=b"not opened")
        yield from on((context,), "shell", "--", "sh", "-c", "seq 20000")
        yield from on((context,), "shell", "--", "sh", "-c", "seq 5000 >&2; seq 5000")
    yield from on(("modern", "bob@modern", "alice@modern"), "shell", "--", "sh", "-c", "printf %s \"$1\" | wc -c", "sh",
                  "z" * 50_000, env={})


def kinds():
    """TYPE/NAME, and objects in files."""
    for target in (
        "deployment/web", "deployments/web", "deploy/web", "deployment.apps/web", "deployments.v1.apps/web",
        "deployments.apps/web", "service/web", "services/web", "svc/web", "SVC/web", "Service/web", "service/no-such",
        "deploy/no-such", "bogus/web", "bogus.v1.nowhere/web", "cronjob/x", "cronjobs.batch/x", "job/x", "sts/x", "ds/x",
        "rs/x", "rc/x", "configmap/x", "cm/x", "secret/x", "ns/default", "namespace/default", "namespaces/default",
        "node/node1", "no/node1", "sa/default", "serviceaccount/default", "ep/kubernetes", "service/kubernetes",
        "svc/kubernetes", "pv/x", "pods/shell/log", "all/x", "event/x", "deploy,svc/web", "deployment/",
    ):
        yield from on(("modern",), "--pod-running-timeout=1s", target, "--", "echo", "found")
    yield from on(("modern",), "deployment/a b", "--", "echo", "x", differs=NAMES, code=1,
                  stderr="invalid resource name")
    for target in ("deploy/web", "svc/web", "bogus/web", "svc/kubernetes"):
        yield from on(("legacy",), "--pod-running-timeout=1s", target, "--", "echo", "found")
    for context in ("bob@modern", "mallory@modern", "alice@legacy"):
        for target in ("deploy/web", "svc/web", "bogus/web", "pod/shell"):
            yield from on((context,), "--pod-running-timeout=1s", target, "--", "echo", "found")
    yield from on(("modern",), "-f", "{files}/pod.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "{files}/pod.json", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "{files}/deployment.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "{files}/two.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "{files}/broken.yaml", "--", "echo", "x", differs=YAML, code=1,
                  stderr="broken.yaml: error converting YAML to JSON: yaml: line ")
    yield from on(("modern",), "-f", "{files}/nokind.yaml", "--", "echo", "x", differs=QUOTES, code=1,
                  stderr="Object 'Kind' is missing\n")
    yield from on(("modern",), "-f", "{files}/bare.yaml", "--", "echo", "from a file", differs=FROM_FILE, code=0, stderr="",
                  stdout=b"from a file\n")
    yield from on(("modern",), "-f", "{files}/noselector.yaml", "--", "echo", "x", differs=ANY_POD, code=1,
                  stderr="it has no selector")
    yield from on(("modern",), "-f", "{files}/dev.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-n", "default", "-f", "{files}/dev.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-n", "dev", "-f", "{files}/dev.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "{files}/unknown.yaml", "--", "echo", "from a file")
    yield from on(("modern",), "-f", "-", "--", "echo", "from stdin", stdin=b"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"shell\"}}")
    yield from on(("modern",), "-f", "{files}/pod.yaml,{files}/dev.yaml", "--", "echo", "two files")


GOOD = """apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: cl, user: u}}]
clusters: [{name: cl, cluster: {server: '{server}', certificate-authority-data: {ca}}}]
users: [{name: u, user: {token: token-of-bob}}]
"""


def kubeconfigs():
    """Files that are broken in every way."""
    def good(old, new):
        assert old in GOOD, old
        return GOOD.replace(old, new)

    # As good as it gets.
    yield Case(("-n", "dev", "shell", "--", "echo", "hello"), context=None, kubeconfig=GOOD)
    for text in (
        good("token: token-of-bob", "token: no-such-token"),
        good("token: token-of-bob", "token: 7"), good("token: token-of-bob", "token: y"),
        good("token: token-of-bob", "tokenFile: /no/such/file"),
        good("token: token-of-bob", "username: bob, token: x"),
        good("token: token-of-bob", "client-certificate: /no/such/file, client-key: /no/such/key"),
        good("token: token-of-bob", "client-certificate-data: eA==, client-key-data: eA=="),
        good("token: token-of-bob", "client-certificate-data: '?', client-key-data: eA=="),
        good("token: token-of-bob", "client-certificate-data: eA=="),
        good("token: token-of-bob", "token: token-of-bob, as: alice"),
        good("token: token-of-bob", "token: token-of-bob, as-groups: [x]"),
        good("token: token-of-bob", "auth-provider: {name: gcp}"),
        good("token: token-of-bob", "auth-provider: {name: azure}"),
        good("token: token-of-bob", "auth-provider: {name: nowhere}"),
        good("token: token-of-bob", "exec: {command: 'false', apiVersion: client.authentication.k8s.io/v1beta1}"),
        good("token: token-of-bob", "exec: {command: 'true', apiVersion: client.authentication.k8s.io/v1beta1}"),
        good("token: token-of-bob", "exec: {command: 'true', apiVersion: client.authentication.k8s.io/v1}"),
        good("token: token-of-bob", "exec: {command: 'true', apiVersion: client.authentication.k8s.io/v1alpha1}"),
        good("token: token-of-bob", "exec: {apiVersion: client.authentication.k8s.io/v1beta1}"),
        good("token: token-of-bob", "exec: {command: no-such-plugin, apiVersion: client.authentication.k8s.io/v1beta1, installHint: get it}"),
        good("certificate-authority-data: {ca}", "certificate-authority: /no/such/file"),
        good("certificate-authority-data: {ca}", "certificate-authority-data: eA=="),
        good("certificate-authority-data: {ca}", "certificate-authority-data: '?'"),
        good("certificate-authority-data: {ca}", "certificate-authority-data: {ca}, certificate-authority: /no/such/file"),
        good("certificate-authority-data: {ca}", "certificate-authority-data: {ca}, insecure-skip-tls-verify: true"),
        good(", certificate-authority-data: {ca}", ""),
        good(", certificate-authority-data: {ca}", ", insecure-skip-tls-verify: true"),
        good("certificate-authority-data: {ca}", "certificate-authority-data: {ca}, tls-server-name: example.com"),
        good("certificate-authority-data: {ca}", "certificate-authority-data: {ca}, proxy-url: 'ftp://x'"),
good("server: '{server}'", "server: 'https://127.0.0.1:1'"),
        good("server: '{server}'", "server: 'https://no-such-host.invalid'"), good("server: '{server}'", "server: 'ftp://x'"),
good("server: '{server}'", "server: 'https://a b'"),
        good("current-context: c", "current-context: nope"),
        good("kind: Config", "kind: Pod"), good("apiVersion: v1", "apiVersion: v9"), good("apiVersion: v1\nkind: Config\n", ""),
        "- a\n- b\n", "just text", "[]", "42",
    ):
        yield Case(("-n", "dev", "shell", "--", "echo", "hello"), context=None, kubeconfig=text)
    for reason, stderr, text in (
        (PROXY, "through the proxy http://127.0.0.1:1:",
         good("certificate-authority-data: {ca}", "certificate-authority-data: {ca}, proxy-url: 'http://127.0.0.1:1'")),
        (CLEAR_TEXT, 'error: no server found for cluster "cl"', good("server: '{server}'", "server: ''")),
        (CLEAR_TEXT, 'names cluster "nope", which no file defines', good("cluster: cl,", "cluster: nope,")),
        (CLEAR_TEXT, "error: no cluster to talk to: ", "{}"),
        (PREFIX, 'User "bob" cannot get path "/prefix/api/v1/', good("server: '{server}'", "server: '{server}/prefix'")),
        (QUOTES, 'error converting *[]NamedAuthInfo into *map[string]*api.AuthInfo: duplicate name "u" in list\n',
         good("users: [{name: u, user", "users: [{name: u, user: {}}, {name: u, user")),
        (QUOTES, 'error converting *[]NamedCluster into *map[string]*api.Cluster: duplicate name "cl" in list\n',
         good("clusters: [", "clusters: [{name: cl, cluster: {}}, ")),
        (YAML, "yaml: line ", good("contexts: [", "contexts: {")),
        (YAML, "yaml: line ", "not: [closed"),
        (YAML, "couldn't get version/kind", "\tx"),
    ):
        yield Case(("-n", "dev", "shell", "--", "echo", "hello"), context=None, kubeconfig=text, differs=reason, code=1,
                   stderr=stderr)
    yield Case(("-n", "dev", "shell", "--", "echo", "hello"), context=None, kubeconfig=good("user: u}", "user: nope}"),
               differs=ASKS, code=1, stderr='names user "nope", which no file defines', stdout=b"")
    for args in (("--context", "nope"), ("--cluster", "nope"), ("--user", "nope"), ("--kubeconfig", "/no/such/file"),
                 ("--kubeconfig", "/"), ("--kubeconfig", ""), ("--context", ""), ("--server", "https://127.0.0.1:1"),
                 ("--token", "no-such-token"), ("--token", "a b\nc"), ("--username", "x", "--password", "y"),
                 ("--as", "alice"), ("--as", "alice", "--as-group", "dev"), ("--as-group", "dev"), ("--as-uid", "7"),
                 ("--as", "alice", "--as-uid", "7"), ("--insecure-skip-tls-verify", "--certificate-authority", "/no/such/file"),
                 ("--certificate-authority", "/no/such/file"), ("--client-certificate", "/no/such/file"),
                 ("--client-key", "/no/such/file"), ("--tls-server-name", "example.com"), ("--request-timeout=x",),
                 ("--request-timeout=20s",), ("--cache-dir", "/tmp/none"),
                 ("--disable-compression",), ("--match-server-version=false",), ("--warnings-as-errors",), ("--v=0",), ("-v=1",),
                 ("--log-flush-frequency=5s",), ("--profile=none",), ("--vmodule=x=1",), ("--profile-output=x",)):
        yield Case((*args, "-n", "dev", "shell", "--", "echo", "hello"))
    yield Case(("-n", "dev", "shell", "--", "echo", "hello"), context=None, env={"KUBECONFIG": "/no/such:/no/other"},
               differs=CLEAR_TEXT, code=1, stderr="error: no cluster to talk to: /no/such, /no/other set no current context")


def cases():
    return [case for group in (arguments, pods, containers, commands, kinds, kubeconfigs) for case in group()]
