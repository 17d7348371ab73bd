"""Exec into what cannot be exec'd into, on the real cluster: kubectl's own words first, behind them what state the
pod is in, since when, why, and what to look at next. Pods of all kinds are made, with `not-ready-` in front, and
taken away again."""

import copy
import json
import os
import re

from cluster import ClusterCase, main
import castfile
from harness import PROGRAM, run, wait_for

DURATION = r"\d+ (s|min|days|h \d+ min)"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
FOR = rf" for {DURATION} \(since {TIME}\)"
AGO = rf" {DURATION} ago \({TIME}\)"
IGNORES_TERM = ("sh", "-c", "trap '' TERM; while :; do sleep 1; done")
ENDS_AT_TERM = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done")


def states(pod):
    """{container: its state's reason, or the word for the state}"""
    status = pod.get("status", {})
    found = {}
    for one in status.get("containerStatuses", []) + status.get("initContainerStatuses", []):
        for word, detail in one["state"].items():
            found[one["name"]] = detail.get("reason", word)
    return found


class NotReady(ClusterCase):
    prefix = f"not-ready-{os.getpid()}-"

    @classmethod
    def get(cls, pod):
        return json.loads(cls.admin("get", "pod", pod, "-o", "json"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.remove)
        cls.base, cls.image = cls.like_shell()
        cls.made = []
        setup, crash = cls.container("setup", "true"), ("sh", "-c", "exit 3")
        always = cls.container()
        cls.make("init-runs", [always], init=[setup, cls.container("load", *ENDS_AT_TERM)])
        cls.make("init-fails", [always], init=[cls.container("setup", *crash)])
        cls.make("init-failed", [always], init=[cls.container("setup", *crash)], restartPolicy="Never")
        cls.make("config", [cls.container(env=[
            {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "not-ready-absent", "key": "a"}}}])])
        cls.make("volume", [cls.container(volumeMounts=[{"name": "v", "mountPath": "/v"}])],
                 volumes=[{"name": "v", "configMap": {"name": "not-ready-absent"}}])
        cls.make("two", [cls.container("good"), cls.container("bad", "sh", "-c", "exit 5")], restartPolicy="Never")
        cls.make("oom", [cls.container("good"), cls.container("main", "sh", "-c", "x=a; while :; do x=$x$x$x; done",
                                                              resources={"limits": {"memory": "16Mi"}})],
                 restartPolicy="Never")
        cls.make("failed", [cls.container("main", "sh", "-c", "exit 4")], restartPolicy="Never")
        cls.make("deadline", [always], activeDeadlineSeconds=1)
        cls.make("no-program", [cls.container("main", "/no/such/program")])
        cls.make("pull", [{"name": "main", "image": "127.0.0.1:1/absent:1", "imagePullPolicy": "Always"}])
        cls.make("no-node", [always], nodeName="not-ready-absent")
        cls.make("ending", [cls.container("stays", *IGNORES_TERM), cls.container("ends", *ENDS_AT_TERM)], grace=3600)
        cls.admin("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": cls.made}).encode())

    @classmethod
    def remove(cls):
        cls.admin("delete", "pods", "-l", f"made-by={cls.prefix}x", "--force", "--grace-period=0", "--wait=false")

    @classmethod
    def container(cls, name="main", *command, **more):
        return {**cls.image, "name": name, **({"command": list(command)} if command else {}), **more}

    @classmethod
    def make(cls, name, containers, init=(), grace=1, **spec):
        whole = {**cls.base, "automountServiceAccountToken": False, "terminationGracePeriodSeconds": grace,
                 "containers": copy.deepcopy(containers), **({"initContainers": list(init)} if init else {}), **spec}
        cls.made.append({"apiVersion": "v1", "kind": "Pod", "spec": whole,
                         "metadata": {"name": cls.prefix + name, "labels": {"made-by": f"{cls.prefix}x"}}})

    def when(self, name, ready):
        """The pod's name, once `ready(pod)`."""
        pod = name if name in ("stuck", "crashing", "finished", "pending", "bare", "shell") else self.prefix + name
        wait_for(f"pod {pod}", lambda: ready(self.get(pod)), seconds=90)
        return pod

    def in_state(self, name, container, *reasons):
        return self.when(name, lambda pod: states(pod).get(container) in reasons)

    def in_phase(self, name, phase):
        return self.when(name, lambda pod: pod["status"]["phase"] == phase)

    def assert_explained(self, pod, what, see, arguments=(), command=("true",), code=1):
        """Ours is kubectl's stderr, then a line that is `what`, and one that suggests `see` (regular expressions).
        On the servers of both kinds."""
        for self.context in ("modern", "legacy"):
            with self.subTest(context=self.context):
                theirs = self.kubectl(*arguments, "--", *command, pod=pod)
                ours = self.exec(*arguments, "--", *command, pod=pod)
                # The runtime's errors name the attempt.
                said, expected = (re.sub("[0-9a-f]{64}", "ID", one.errors) for one in (ours, theirs))
                self.assertEqual((ours.code, theirs.code, ours.stdout), (code, code, b""), ours.errors)
                self.assertTrue(expected.startswith(("error: ", "Defaulted container ")), expected)
                self.assertEqual(said[:len(expected)], expected)
                lines = said[len(expected):].splitlines()
                self.assertEqual(len(lines), 2, said)
                self.assertRegex(lines[0], f"^secure-exec: {what}$")
                see_here = see.format(pod=pod, context=self.context)
                self.assertRegex(lines[1], f"^secure-exec: see {see_here}$")

    describe = "kubectl describe pod {pod} -n default --context {context}"
    logs = "kubectl logs {pod} -n default -c %s --context {context}"
    previous = "kubectl logs {pod} -n default -c %s --previous --context {context}"
    copy_of = ("; a shell in a copy: kubectl debug {pod} -n default -it --copy-to={pod}-debug --container=%s "
               "--context {context} -- sh")

    # --- not scheduled, not started ------------------------------------------------------------------------------

    def test_no_node_chosen(self):
        self.assert_explained("pending", f"pod pending has been waiting for a node{FOR}.*", self.describe)

    def test_a_node_that_is_not_there(self):
        pod = self.prefix + "no-node"
        self.assert_explained(pod, f"node not-ready-absent has not begun to start container main of pod {pod}{FOR}",
                              self.describe + "; kubectl describe node not-ready-absent --context {context}")

    def test_an_image_that_is_not_there(self):
        self.assert_explained("stuck", f"container main of pod stuck is not running: ErrImageNeverPull{FOR}: "
                              'Container image "docker.io/local/absent:1" is not present with pull policy of Never',
                              self.describe)

    def test_an_image_that_cannot_be_pulled(self):
        pod = self.in_state("pull", "main", "ErrImagePull", "ImagePullBackOff")
        self.assert_explained(pod, f"container main of pod {pod} is not running: (ErrImagePull|ImagePullBackOff){FOR}: "
                              ".*127.0.0.1:1/absent:1.*", self.describe)

    def test_a_missing_config_map(self):
        # A kubelet whose own look at the map timed out says so first.
        pod = self.when("config", lambda pod: any(
            "not found" in status.get("state", {}).get("waiting", {}).get("message", "")
            for status in pod["status"].get("containerStatuses", ())))
        self.assert_explained(pod, f"container main of pod {pod} is not running: CreateContainerConfigError{FOR}: "
                              'configmap "not-ready-absent" not found', self.describe)

    def test_a_missing_volume(self):
        pod = self.in_state("volume", "main", "ContainerCreating")
        self.assert_explained(pod, f"container main of pod {pod} is not running: ContainerCreating{FOR}", self.describe)

    # --- init containers -----------------------------------------------------------------------------------------

    def test_an_init_container_that_runs(self):
        pod = self.in_state("init-runs", "load", "running")
        self.assert_explained(pod, rf"container main of pod {pod} waits for init container load \(2 of 2\), which has "
                              f"been running{FOR}", self.logs % "load")

    def test_an_init_container_that_fails(self):
        pod = self.in_state("init-fails", "setup", "CrashLoopBackOff")
        self.assert_explained(pod, rf"container main of pod {pod} waits for init container setup \(1 of 1\), which "
                              rf"(is in CrashLoopBackOff: back-off .*; it ended|failed){AGO} with exit code 3, "
                              r"restarted \d+ times?", rf"kubectl logs {pod} -n default -c setup( --previous)? "
                              "--context {context}")

    def test_an_init_container_that_has_failed(self):
        pod = self.in_phase("init-failed", "Failed")
        self.assert_explained(pod, f"pod {pod} ended{AGO} in phase Failed; init container setup ended with exit code 3",
                              self.logs % "setup" + self.copy_of % "main")

    # --- crashes and ends ----------------------------------------------------------------------------------------

    def test_a_crash_loop(self):
        pod = self.in_state("crashing", "main", "CrashLoopBackOff")
        self.assert_explained(pod, r"container main of pod crashing is not running: CrashLoopBackOff: back-off .*; it "
                              rf"ended{AGO} with exit code 7, restarted \d+ times?", self.previous % "main")

    def test_out_of_memory(self):
        pod = self.in_state("oom", "main", "OOMKilled")
        self.assert_explained(pod, rf"container main of pod {pod} ended{AGO} with exit code 137 "
                              r"\(SIGKILL, OOMKilled\)", self.logs % "main", arguments=("-c", "main"))

    def test_a_program_that_is_not_in_the_image(self):
        pod = self.in_state("no-program", "main", "CrashLoopBackOff", "RunContainerError")
        self.assert_explained(pod, rf"container main of pod {pod} is not running: (CrashLoopBackOff|RunContainerError)"
                              rf".*{AGO} with exit code 128 \(StartError\).*", self.describe)

    def test_one_of_two_has_ended(self):
        pod = self.in_state("two", "bad", "Error")
        self.assert_explained(pod, f"container bad of pod {pod} ended{AGO} with exit code 5", self.logs % "bad",
                              arguments=("-c", "bad"))
        self.assertEqual(self.exec("-c", "good", "--", "true", pod=pod).errors, "")

    def test_completed(self):
        self.assert_explained("finished", f"pod finished ended{AGO} in phase Succeeded; container main ended with exit "
                              "code 0", self.logs % "main" + self.copy_of % "main")

    def test_failed(self):
        pod = self.in_phase("failed", "Failed")
        self.assert_explained(pod, f"pod {pod} ended{AGO} in phase Failed; container main ended with exit code 4",
                              self.logs % "main" + self.copy_of % "main")

    def test_over_its_deadline(self):
        pod = self.in_phase("deadline", "Failed")
        self.assert_explained(pod, f"pod {pod} ended{AGO} in phase Failed: DeadlineExceeded: Pod was active on the "
                              "node longer than the specified deadline.*", "kubectl (logs|describe pod) {pod} .*")

    # --- on their way out, out of reach --------------------------------------------------------------------------

    def test_terminating(self):
        pod = self.when("ending", lambda pod: states(pod) == {"stays": "running", "ends": "running"})
        self.admin("delete", "pod", pod, "--wait=false")
        wait_for("the container to end",
                 lambda: self.kubectl("-c", "ends", "--", "true", pod=pod).code != 0, seconds=30)
        self.assert_explained(pod, f"pod {pod} has been terminating{FOR}: what ends in its grace period of 60 min is "
                              "not started again; (59|60) min of it are left", self.describe, arguments=("-c", "ends"))
        self.assertEqual(self.exec("-c", "stays", "--", "true", pod=pod).errors, "")

    def test_a_node_that_does_not_answer(self):
        node, pod = self.prefix + "node", self.prefix + "lost"
        self.addCleanup(self.admin, "delete", "node", node)
        self.admin("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}).encode())
        self.admin("patch", "node", node, "--subresource=status", "--type=merge", "-p", json.dumps({"status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 1}}}}))
        spec = {"nodeName": node, "containers": [self.container()], "automountServiceAccountToken": False}
        self.admin("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": spec, "metadata": {
            "name": pod, "labels": {"made-by": f"{self.prefix}x"}}}).encode())
        self.admin("patch", "pod", pod, "--subresource=status", "--type=merge", "-p", json.dumps({"status": {
            "phase": "Running", "conditions": [
                {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-02T03:04:05Z"}],
            "containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": True, "restartCount": 0,
                                   "state": {"running": {"startedAt": "2026-01-02T03:00:00Z"}}}]}}))
        self.assert_explained(pod, f"node {node}, on which pod {pod} is, does not answer the API server; the pod has "
                              rf"not been ready for {DURATION} \(since 2026-01-02T03:04:05Z\)",
                              f"kubectl describe node {node} --context {{context}}")

    def test_a_file_that_names_another_namespace(self):
        config, manifest = (os.path.join(self.scratch.path, name) for name in ("config", "pod.json"))
        view = json.loads(self.admin("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))
        view["contexts"][0]["context"]["namespace"] = "kube-system"
        for path, content in ((config, view), (manifest, {"apiVersion": "v1", "kind": "Pod", "metadata": {
                "name": "stuck", "namespace": "default"}})):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(content, file)
        done = run([PROGRAM, "--kubeconfig", config, "-f", manifest, "--", "true"], env=self.scratch.env)
        self.assertEqual(done.code, 1)
        self.assertIn("secure-exec: container main of pod stuck is not running: ErrImageNeverPull", done.errors)

    # --- the command ---------------------------------------------------------------------------------------------

    def test_no_shell(self):
        self.assert_explained(
            "bare", rf"container main of pod bare is running{FOR}, but it has no program bash in its \$PATH "
            r"\(image docker.io/local/bare:1\); sh may be there", "kubectl debug {pod} -n default -it --image=busybox "
            "--target=main --context {context} -- sh", command=("bash",))

    def test_commands_that_cannot_be_run(self):
        for program, why in (("/etc", "/etc is a directory, or a file that its user may not execute"),
                             ("/no/such/x", "/no/such/x is not there, or the interpreter .* is not")):
            self.assert_explained("shell", f"container main of pod shell is running{FOR}, but {why} .*",
                                  "kubectl debug .* -- sh", command=(program,))

    # --- what stays as it was ------------------------------------------------------------------------------------

    def test_quiet_keeps_it(self):
        self.assert_explained("pending", ".*waiting for a node.*", self.describe, arguments=("-q",))

    def test_status_file_and_recording_say_what_they_said(self):
        path = os.path.join(self.scratch.path, "status")
        for self.context, origin, kind in (("modern", "remote", "error"), ("legacy", "client", "refused")):
            self.exec("--status-file", path, "--", "true", pod="stuck")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(json.load(file), {"origin": origin, "kind": kind, "code": 1})
            recording = self.scratch.recording()
            self.assertEqual(castfile.ending(castfile.read(recording)[1])[:3], ["1", origin, kind])
            self.assertTrue(castfile.sealed(recording))

    def test_who_may_not_hears_nothing_about_the_pod(self):
        done = self.exec("-n", "default", "--", "true", pod="stuck", context="mallory@modern")
        self.assertEqual(done.code, 1)
        self.assertNotIn("secure-exec:", done.errors)


if __name__ == "__main__":
    main()
