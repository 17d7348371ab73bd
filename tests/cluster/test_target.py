"""TYPE/NAME, -f and --pod-running-timeout on the real cluster, each compared with what kubectl does."""

import json
import os
import re
import subprocess

from cluster import ClusterCase, main  # it also says where the rest is
import castfile
import harness

PREFIX = f"target-{os.getpid()}"


def labels(name):
    return {"secure-exec-test": f"{PREFIX}-{name}"}


def template(name):
    return {"metadata": {"labels": labels(name)}, "spec": {"containers": [{"name": "c", "image": "local/shell:1"}]}}


def workload(api_version, kind, name, selector, **spec):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": f"{PREFIX}-{name}"},
            "spec": {**({"selector": selector} if selector is not None else {}), **spec}}


def pod(name, for_name):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{PREFIX}-{name}", "labels": labels(for_name)},
            "spec": {"nodeName": "node1", "hostNetwork": True, "terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "shell", "image": "local/shell:1", "imagePullPolicy": "Never",
                                     "command": ["sleep", "100000"]}]}}


def matching(name):
    return {"matchLabels": labels(name)}


JOB = {"metadata": {"labels": labels("job")},
       "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "local/shell:1"}]}}
OBJECTS = [
    pod("one", "all"),
    workload("v1", "ReplicationController", "rc", labels("all"), replicas=0, template=template("all")),
    workload("apps/v1", "ReplicaSet", "rs", {"matchLabels": labels("all"), "matchExpressions": [
        {"key": "secure-exec-test", "operator": "In", "values": ["other", f"{PREFIX}-all"]},
        {"key": "secure-exec-test", "operator": "Exists"},
        {"key": "absent", "operator": "DoesNotExist"},
        {"key": "absent", "operator": "NotIn", "values": ["b", "a"]}]}, template=template("all")),
    workload("apps/v1", "StatefulSet", "sts", matching("all"), serviceName="s", template=template("all")),
    workload("apps/v1", "DaemonSet", "ds", matching("all"), template=template("all")),
    workload("batch/v1", "Job", "job", matching("all"), manualSelector=True,
             template={**JOB, "metadata": {"labels": labels("all")}}),
    workload("batch/v1beta1", "CronJob", "cj", None, schedule="0 0 1 1 *", jobTemplate={"spec": {"template": JOB}}),
    workload("apps/v1", "ReplicaSet", "empty", matching("none"), template=template("none")),
    workload("apps/v1", "ReplicaSet", "late", matching("late"), template=template("late")),
]


def create(*objects):
    ClusterCase.admin("create", "--validate=false", "-f", "-",
                    stdin="\n---\n".join(json.dumps(each) for each in objects).encode())


class Target(ClusterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.delete_objects)
        create(*OBJECTS)
        harness.wait_for("the pod to run", lambda: ClusterCase.admin(
            "get", "pod", f"{PREFIX}-one", "-o", "jsonpath={.status.containerStatuses[0].ready}") == "true", 60)

    @classmethod
    def delete_objects(cls):
        kinds = "pod,rc,rs,sts,ds,job,cronjob"
        names = [name for name in ClusterCase.admin("get", kinds, "-o", "name").split() if f"/{PREFIX}-" in name]
        if names:
            ClusterCase.admin("delete", "--wait=false", "--grace-period=0", "--force", *names)

    def both(self, *arguments, target=None, namespace=None, context=None):
        """What kubectl and we do with the same arguments."""
        where = ["--context", context or self.context, *(["-n", namespace] if namespace else [])]
        given = [*where, *([target] if target is not None else []), *arguments]
        theirs = harness.run([harness.find_kubectl(), "exec", *given], env=self.scratch.env, seconds=30)
        ours = harness.run([harness.PROGRAM, *given], env=self.scratch.env, seconds=30)
        return theirs, ours

    def assert_same(self, *arguments, code=None, errors=None, **where):
        theirs, ours = self.both(*arguments, **where)
        # A local build's path, and warnings and log lines, which we do not print.
        expected = theirs.errors.replace('"pkg/scheme/', '"k8s.io/kubectl/pkg/scheme/')
        expected = re.sub(r"(?m)^(Warning: |E\d{4} ).*\n", "", expected)
        self.assertEqual((ours.code, ours.stdout, ours.errors), (theirs.code, theirs.stdout, expected))
        if code is not None:
            self.assertEqual(ours.code, code, ours.errors)
        if errors is not None:
            self.assertIn(errors, ours.errors)

    def file(self, name, *objects):
        path = os.path.join(self.scratch.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n---\n".join(each if isinstance(each, str) else json.dumps(each) for each in objects))
        return path

    def test_every_type_leads_to_the_same_pod(self):
        hostname = ["--", "sh", "-c", "echo $HOSTNAME; cat /proc/1/cmdline | tr '\\0' ' '"]
        for target in ("pod/{}-one", "rc/{}-rc", "rs/{}-rs", "sts/{}-sts", "ds/{}-ds", "job/{}-job"):
            with self.subTest(target=target):
                self.assert_same(*hostname, target=target.format(PREFIX), code=0)
                header, _ = castfile.read(self.scratch.recording())
                self.assertEqual(header["session"]["pod"], f"{PREFIX}-one")

    def test_spellings_of_a_type(self):
        for type_ in ("deploy", "deployment", "deployments", "Deployment", "DEPLOYMENTS", "deployments.apps",
                      "deploy.apps", "deployment.v1.apps", "deployments.app", "Deployment.v1.apps"):
            with self.subTest(type=type_):
                self.assert_same("--", "echo", "ok", target=f"{type_}/web", code=0)
        for type_ in ("svc", "service", "services", "Service", "services.v1."):
            with self.subTest(type=type_):
                self.assert_same("--", "echo", "ok", target=f"{type_}/web", code=0)

    def test_types_that_are_none(self):
        for type_ in ("bogus", "DEPLOY", "PO", "pod.v1", "deployments.v1beta1.apps", "deployment.extensions", "all", ",",
                      "pods,pods"):
            with self.subTest(type=type_):
                self.assert_same("--", "true", target=f"{type_}/web", code=1)

    def test_malformed_targets(self):
        for target in ("a/b/c", "/x", "pod/", "/", "pod//", "pod,svc/x", "a%b", "..", ".", "pod/..", "deploy/..",
                       "deploy/a%b", "bogus/..", ""):
            with self.subTest(target=target):
                self.assert_same("--", "true", target=target, code=1)

    def test_objects_that_select_no_pods(self):
        for target in (f"cj/{PREFIX}-cj", f"cronjobs/{PREFIX}-cj", "node/node1", "ns/default", "service/kubernetes",
                       "namespaces/dev", "clusterrole/admin"):
            with self.subTest(target=target):
                self.assert_same("--", "true", target=target, code=1, errors="error: cannot attach to *v1")

    def test_objects_that_are_not_there(self):
        for target in ("nope", "deploy/nope", "svc/nope", "configmap/nope", "nodes/nope", "ing/nope"):
            for namespace in (None, "dev", "no-such-namespace"):
                with self.subTest(target=target, namespace=namespace):
                    self.assert_same("--", "true", target=target, namespace=namespace, code=1, errors="(NotFound)")

    def test_what_is_forbidden(self):
        for context, target in (("mallory@modern", "shell"), ("mallory@modern", "deploy/web"),
                                ("alice@modern", "deploy/web"), ("mallory@modern", "bogus/x")):
            with self.subTest(context=context, target=target):
                self.assert_same("--", "true", target=target, context=context, code=1)

    def test_nothing_comes(self):
        self.assert_same("--pod-running-timeout=1s", "--", "true", target=f"rs/{PREFIX}-empty", code=1,
                         errors="error: timed out waiting for the condition\n")

    def test_a_pod_comes_while_we_wait(self):
        # No container runs in it yet, which is what kubectl says as well: it waits for a pod, not for it to run.
        def watches():
            metrics = ClusterCase.admin("get", "--raw", "/metrics")
            found = re.findall(r'(?m)^apiserver_longrunning_gauge{[^}]*resource="pods"[^}]*verb="WATCH"[^}]*} (\d+)', metrics)
            return sum(map(int, found))

        before = watches()  # the kubelet's
        process = subprocess.Popen(self.argv("--pod-running-timeout=50s", "--", "true", pod=f"rs/{PREFIX}-late"),
                                   env=self.scratch.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)

        harness.wait_for("a watch of pods", lambda: watches() > before)
        self.assertIsNone(process.poll())
        create(pod("late", "late"))
        out, errors = process.communicate(timeout=30)
        self.assertNotIn(b"timed out", errors)
        self.assertIn((process.returncode, out), [(0, b""), (1, b"")], errors)
        header, _ = castfile.read(self.scratch.recording())
        self.assertEqual(header["session"]["pod"], f"{PREFIX}-late")

    def test_a_workload_in_a_file(self):
        deployment = workload("apps/v1", "Deployment", "file", matching("all"), template=template("all"))
        self.assert_same("-f", self.file("d.json", deployment), "--", "echo", "ok", code=0)
        self.assert_same("-f", self.scratch.path, "--", "echo", "ok", code=0)
        self.assert_same("-f", os.path.join(self.scratch.path, "d*"), "--", "echo", "ok", code=0)
        self.assert_same("-f", self.file("s.yaml", "# a service\n---\napiVersion: v1\nkind: Service\nspec:\n"
                                         "  selector: {app: web}\nmetadata:\n  name: any\n"), "--", "echo", "ok", code=0)

    def test_a_pod_in_a_file_is_in_its_namespace(self):
        # kubectl takes the container from the file, so it has to be the real one.
        container = ClusterCase.admin("get", "pod", "-n", "dev", "shell", "-o", "jsonpath={.spec.containers[0].name}")
        path = self.file("p.yaml", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "namespace": "dev"},
                                    "spec": {"containers": [{"name": container, "image": "x"}]}})
        for namespace in (None, "dev", "default"):
            with self.subTest(namespace=namespace):
                self.assert_same("-f", path, "--", "echo", "ok", namespace=namespace, code=int(namespace == "default"))
        header, _ = castfile.read(self.scratch.recording())
        self.assertEqual((header["session"]["namespace"], header["session"]["pod"]), ("dev", "shell"))
        self.assertIn("/dev/shell/", self.scratch.recording())

    def test_files_that_name_no_one_object(self):
        one = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}
        self.file("readme.txt", "no manifest")
        files = {"two.yaml": [one, one], "list.yaml": [{"apiVersion": "v1", "kind": "List", "items": [one]}],
                 "empty.yaml": ["# nothing"], "unknown.yaml": [{"apiVersion": "v1", "kind": "Foo"}],
                 "group.yaml": [{"apiVersion": "a.com/v1", "kind": "Foo"}],
                 "old.yaml": [{"apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "x"}}],
                 "number.yaml": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}],
                 "text.yaml": ["just words"], "node.yaml": [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}],
                 "cm.yaml": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n"}}],
                 "bare.yaml": [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "n"}}]}
        for name, documents in files.items():
            with self.subTest(file=name):
                self.assert_same("-f", self.file(name, *documents), "--", "true", code=1)
        path = self.file("fine.yaml", one)
        for arguments in (["-f", "nope"], ["-f", "nope", "-f", "nope2"], ["-f", f"{path},{path}"], ["-f", "-"],
                          ["-f", "-", "-f", "-"], ["-f", path, "shell"], ["-f", path, "a/b/c"],
                          ["-f", f"{self.scratch.path}/data*"]):
            with self.subTest(arguments=arguments):
                self.assert_same(*arguments, "--", "true", code=1)

    def test_a_workload_without_a_selector_takes_no_pod(self):
        """kubectl takes any pod of the namespace."""
        path = self.file("d.yaml", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}})
        done = harness.run([harness.PROGRAM, "--context", "modern", "-f", path, "--", "true"], env=self.scratch.env)
        self.assert_one_line(done, 1, "*v1.Deployment", "no selector")

    def test_a_url_is_not_fetched(self):
        done = harness.run([harness.PROGRAM, "--context", "modern", "-f", "https://127.0.0.1:1/x", "--", "true"],
                           env=self.scratch.env)
        self.assert_one_line(done, 1, "https://127.0.0.1:1/x", "download")


if __name__ == "__main__":
    main()
