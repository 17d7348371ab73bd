"""docs/rbac.md, on the real cluster: each manifest in docs/rbac grants enough, each right in it is needed, and the
audit policy logs what the page says.

The user is alice, in a namespace of its own where nothing else is granted. The audit policy is given to a second
kube-apiserver on the same etcd, with the command line of the one that runs."""

import copy
import glob
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from cluster import ClusterCase, main
import castfile
from harness import PROGRAM, REPOSITORY, find_kubectl, run, wait_for, whole_lines

MANIFESTS = os.path.join(REPOSITORY, "docs", "rbac")
MARKS = itertools.count()


def manifest(name):
    """A file of docs/rbac as kubectl reads it."""
    shown = run([find_kubectl(), "create", "--dry-run=client", "--validate=false", "-o", "json", "-f",
                 os.path.join(MANIFESTS, name)],
                env={**os.environ, "KUBECONFIG": os.environ["SECURE_EXEC_TEST_KUBECONFIG"]})
    if shown.code != 0:
        raise AssertionError(shown.errors)
    return json.loads(shown.stdout)


def each_less(role):
    """(what is missing, the role without it) for every single right: a verb on a resource."""
    for i, rule in enumerate(role["rules"]):
        for resource, verb in itertools.product(rule["resources"], rule["verbs"]):
            less = copy.deepcopy(role)
            rest = less["rules"][i]
            apart = {**rest, "resources": [resource], "verbs": [v for v in rest["verbs"] if v != verb]}
            rest["resources"] = [r for r in rest["resources"] if r != resource]
            less["rules"] = [r for r in less["rules"] + [apart] if r["resources"] and r["verbs"]]
            yield f"{verb} {resource}", less


class RbacCase(ClusterCase):
    @classmethod
    def cluster(cls, *arguments, stdin=b""):
        return cls.admin("-n", cls.namespace, *arguments, stdin=stdin, context="legacy")

    @classmethod
    def apply(cls, thing):
        cls.cluster("apply", "-f", "-", stdin=json.dumps(thing).encode())

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One each: a namespace that was deleted may still be there for a while.
        cls.namespace = f"rbac-{os.getpid()}-{cls.__name__.lower()}"
        cls.addClassCleanup(cls.remove)
        cls.cluster("create", "namespace", cls.namespace)
        spec, container = cls.like_shell()
        spec.update(automountServiceAccountToken=False, terminationGracePeriodSeconds=1, containers=[container])
        labels = {"app": "rbac"}
        cls.apply({"apiVersion": "v1", "kind": "Pod", "spec": spec, "metadata": {"name": "shell", "labels": labels}})
        for name, selected in (("web", labels), ("empty", {"app": "nothing"})):
            cls.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
                "replicas": 0, "selector": {"matchLabels": selected}, "template": {
                    "metadata": {"labels": selected}, "spec": {"containers": spec["containers"]}}}})
        cls.cluster("wait", "--for=condition=Ready", "pod/shell", "--timeout=60s")
        cls.cluster("apply", "-f", os.path.join(MANIFESTS, "role-binding.yaml"))

    @classmethod
    def remove(cls):
        for kind in ("deployments", "pods", "rolebindings", "roles"):
            cls.cluster("delete", kind, "--all")
        cls.cluster("delete", "namespace", cls.namespace, "--wait=false")
        # Where no controllers run, nobody else takes an empty namespace away.
        if "default" not in cls.cluster("get", "serviceaccounts", "-o", "name"):
            cls.cluster("replace", "--raw", f"/api/v1/namespaces/{cls.namespace}/finalize", "-f", "-", stdin=json.dumps(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": cls.namespace}}).encode())

    def grant(self, *roles):
        """Alice may what the roles say and nothing else, and the API server knows. The roles are bound."""
        for role in roles:
            # Of no use to anybody, and new each time: when the server knows of it, it knows the others.
            mark = f"mark-{next(MARKS)}"
            marker = {"apiGroups": ["rbac.test"], "resources": [mark], "verbs": ["get"]}
            self.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                        "metadata": {"name": role["metadata"]["name"]}, "rules": role["rules"] + [marker]})
            wait_for("the role", lambda mark=mark: self.may_get(mark))

    def may_get(self, resource):
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": "alice", "groups": ["dev", "system:authenticated"], "resourceAttributes": {
                "namespace": self.namespace, "verb": "get", "group": "rbac.test", "resource": resource}}}
        answer = self.cluster("create", "-o", "json", "-f", "-", stdin=json.dumps(review).encode())
        return json.loads(answer)["status"].get("allowed", False)

    def works(self, context, *flags, stdin=b""):
        done = self.exec(*flags, "--", "echo", "done", context=context, stdin=stdin)
        if done.code == 0:
            self.assertEqual((done.stdout, done.errors), (b"done\n", ""))
            return True
        self.assertEqual((done.code, done.stdout), (1, b""), done.errors)
        self.assertIn('User "alice" cannot ', done.errors)
        return False


class Roles(RbacCase):
    def check(self, name, *ways):
        """With the manifest each way (context, flags, stdin) works; with any right less none does."""
        role = manifest(name)
        self.grant(role)
        for context, flags, stdin in ways:
            with self.subTest(manifest=name, context=context, flags=flags):
                self.assertTrue(self.works(context, *flags, stdin=stdin))
        for missing, less in each_less(role):
            self.grant(less)
            for context, flags, stdin in ways:
                with self.subTest(manifest=name, context=context, flags=flags, without=missing):
                    self.assertFalse(self.works(context, *flags, stdin=stdin))

    def test_websocket_before_1_35(self):
        self.check("role-websocket-before-1.35.yaml", ("alice@legacy", (), b""))

    def test_websocket_needs_both_from_1_35_on(self):
        self.grant(manifest("role-websocket-before-1.35.yaml"))
        self.assertFalse(self.works("alice@modern"))

    def test_spdy(self):
        self.check("role-spdy.yaml", ("alice@legacy", (), b""), ("alice@legacy", ("-i",), b"x"),
                   ("alice@legacy", ("--protocol", "spdy"), b""), ("alice@modern", (), b""),
                   ("alice@modern", ("--protocol", "spdy"), b""))

    def test_everywhere(self):
        role = manifest("role.yaml")
        self.grant(role)
        for context, flags in itertools.product(("alice@modern", "alice@legacy"), ((), ("-i",), ("--protocol", "spdy"))):
            with self.subTest(context=context, flags=flags):
                self.assertTrue(self.works(context, *flags))
        self.assertEqual(self.protocol_used("alice@modern"), "v5.channel.k8s.io")
        # Nothing in it is for nothing: without `get` there is no WebSocket, without `create` no SPDY.
        for missing, less in each_less(role):
            self.grant(less)
            websocket, spdy = self.protocol_used("alice@modern"), self.works("alice@legacy", "--protocol", "spdy")
            with self.subTest(without=missing):
                self.assertFalse(websocket == "v5.channel.k8s.io" and spdy)

    def protocol_used(self, context):
        done = self.exec("--", "true", context=context)
        if done.code != 0:
            return None
        # The server of context modern writes an event there for each v5 request that it lets through.
        session = castfile.read(self.scratch.recording())[0]["session"]["id"]
        path = os.path.join(os.path.dirname(self.kubeconfig), "log", "audit-modern.log")
        with open(path, encoding="utf-8") as log:
            return "v5.channel.k8s.io" if any(session in line for line in log) else "spdy"

    def test_names(self):
        self.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "names"},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                                "name": "secure-exec-type-name"},
                    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}]})
        role = manifest("role-type-name.yaml")
        self.grant(manifest("role.yaml"), role)
        self.named("deployment/web", 0)
        for missing, less in each_less(role):
            if missing in ("get deployments", "list pods"):
                self.grant(less)
                verb, resource = missing.split()
                self.named("deployment/web", 1, f'User "alice" cannot {verb} resource "{resource}"')
            if missing == "watch pods":
                self.grant(less)
                self.named("deployment/web", 0)
                self.named("deployment/empty", 1, "cannot watch")
        self.grant(role)
        self.named("deployment/empty", 1, "timed out waiting for the condition")

    def named(self, name, code, words=""):
        """Exec into `name` ends so, with ours and with kubectl."""
        rest = ["--context", "alice@legacy", "-n", self.namespace, "--pod-running-timeout=2s", name, "--", "true"]
        for program in ([PROGRAM], [find_kubectl(), "exec"]):
            done = run([*program, *rest], env=self.scratch.env)
            self.assertEqual(done.code, code, done.errors)
            self.assertIn(words, done.errors)

    def test_reviews_need_no_role(self):
        answer = run([find_kubectl(), "--context", "mallory@modern", "auth", "can-i", "create",
                      "selfsubjectaccessreviews.authorization.k8s.io"], env=self.scratch.env)
        self.assertEqual((answer.text.strip(), answer.errors.count("error")), ("yes", 0), answer.errors)


class Audit(RbacCase):
    """A kube-apiserver with docs/rbac/audit-policy.yaml."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        state = os.path.dirname(cls.kubeconfig)
        with open(os.path.join(state, "run", "kube-apiserver.pid"), encoding="ascii") as file:
            pid = file.read().strip()
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            arguments = file.read().decode().rstrip("\0").split("\0")
        cls.directory = tempfile.mkdtemp(prefix="rbac-audit-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.log = os.path.join(cls.directory, "audit.log")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        ours = {"--secure-port": str(port), "--audit-log-path": cls.log, "--cert-dir": cls.directory,
                "--audit-policy-file": os.path.join(MANIFESTS, "audit-policy.yaml")}
        for flag, value in ours.items():
            arguments[arguments.index(flag) + 1] = value
        with open(os.path.join(cls.directory, "output"), "wb") as output:
            cls.apiserver = subprocess.Popen([os.path.join(state, "bin", "kube-apiserver"), *arguments[1:]],
                                             stdout=output, stderr=output)
        cls.addClassCleanup(cls.stop)
        cls.server = f"https://127.0.0.1:{port}"
        wait_for("the second kube-apiserver", cls.ready, seconds=60)

    @classmethod
    def ready(cls):
        if cls.apiserver.poll() is not None:
            with open(os.path.join(cls.directory, "output"), encoding="utf-8") as file:
                raise AssertionError(file.read()[-3000:])
        try:
            return "ok" in cls.cluster("--server", cls.server, "get", "--raw", "/readyz")
        except AssertionError:  # not yet
            return False

    @classmethod
    def stop(cls):
        cls.apiserver.send_signal(signal.SIGTERM)
        try:
            cls.apiserver.wait(30)
        except subprocess.TimeoutExpired:
            cls.apiserver.kill()
            cls.apiserver.wait()

    def events(self):
        return [json.loads(line) for line in whole_lines(self.log)]

    def session(self, *arguments, code=0):
        """The id of a session of alice's through the second server, which ended with `code`."""
        done = self.exec("--server", self.server, *arguments, context="alice@legacy")
        self.assertEqual(done.code, code, done.errors)
        return castfile.read(self.scratch.recording())[0]["session"]["id"]

    def events_of(self, session, count):
        def found():
            events = [event for event in self.events() if event["auditID"] in (session, session + ".spdy")]
            return events if len(events) >= count else None
        return wait_for(f"{count} audit events", found)

    def granted(self, name):
        self.grant(manifest(name))
        wait_for("the second server to know", lambda: run(
            self.argv("--server", self.server, "--", "true", context="alice@legacy"), env=self.scratch.env).code == 0)

    def test_a_session_is_logged(self):
        self.granted("role.yaml")
        session = self.session("--", "echo", "an argument", "s3cret")
        events = self.events_of(session, 2)
        self.assertEqual([event["stage"] for event in events], ["ResponseStarted", "ResponseComplete"])
        for event in events:
            self.assertEqual((event["level"], event["verb"], event["user"]["username"], event["responseStatus"]["code"]),
                             ("Metadata", "get", "alice", 101))
            self.assertRegex(event["userAgent"], rf"^secure-exec/\S+ id={session} b0=[0-9a-f]{{64}}$")
            self.assertEqual(event["sourceIPs"], ["127.0.0.1"])
            self.assertIn(f"/namespaces/{self.namespace}/pods/shell/exec?command=echo&command=an%20argument&"
                          "command=s3cret&container=main", event["requestURI"].replace("+", "%20"))
            self.assertNotIn("requestObject", event)

    def test_spdy_after_a_refusal_is_a_second_request(self):
        self.granted("role-spdy.yaml")
        session = self.session("--", "true")
        events = self.events_of(session, 4)
        self.assertEqual([(event["verb"], event["responseStatus"]["code"], event["auditID"]) for event in events],
                         [("get", 403, session)] * 2 + [("create", 101, session + ".spdy")] * 2)

    def test_who_is_refused_is_logged(self):
        self.granted("role.yaml")
        role = manifest("role.yaml")
        role["rules"] = role["rules"][:1]
        self.grant(role)
        wait_for("the second server to know", lambda: run(
            self.argv("--server", self.server, "--", "true", context="alice@legacy"), env=self.scratch.env).code == 1)
        session = self.session("--", "true", code=1)
        events = self.events_of(session, 4)
        self.assertEqual({(event["verb"], event["responseStatus"]["code"]) for event in events},
                         {("get", 403), ("create", 403)})

    def test_what_is_typed_and_printed_is_not(self):
        self.granted("role.yaml")
        session = self.session("--", "sh", "-c", "echo $((600 + 66))-printed")
        self.events_of(session, 2)
        with open(self.log, encoding="utf-8") as file:
            self.assertNotIn("666-printed", file.read())

    def test_nothing_else_is_logged(self):
        self.granted("role.yaml")
        self.events_of(self.session("--", "true"), 2)
        self.assertEqual({event["objectRef"].get("subresource") for event in self.events()}, {"exec"})


class Page(ClusterCase):
    def test_what_it_shows_is_what_was_tried(self):
        with open(os.path.join(REPOSITORY, "docs", "rbac.md"), encoding="utf-8") as file:
            page = file.read()
        for path in glob.glob(os.path.join(MANIFESTS, "*.yaml")):
            self.assertIn(f"(rbac/{os.path.basename(path)})", page)
        for shown in ("role.yaml", "audit-policy.yaml"):
            with open(os.path.join(MANIFESTS, shown), encoding="utf-8") as file:
                text = "".join(line for line in file if not line.startswith("#"))
            self.assertIn(f"```yaml\n{text}```", page)


if __name__ == "__main__":
    main()
