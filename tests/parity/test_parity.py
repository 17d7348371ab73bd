"""Every command line of table.py with kubectl and with ours, on the real cluster.

    python3 tests/parity/test_parity.py                    # all; prints a line a difference
    python3 tests/parity/test_parity.py --show 'zzz'       # cases whose name has `zzz`, both outputs in full
"""

import base64
import concurrent.futures
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))

from cluster import ClusterCase, main  # noqa: E402
import harness  # noqa: E402
import table  # noqa: E402

# kubectl's own log lines, which repeat its error (docs/kubectl-differences.md).
LOG_LINE = re.compile(r"^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n", re.MULTILINE)

FILES = {
    "pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\nspec: {containers: [{name: main}]}\n",
    "pod.json": '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "namespace": "default"}, '
                '"spec": {"containers": [{"name": "main"}]}}\n',
    "bare.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\n",
    "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
                       "spec: {selector: {matchLabels: {app: web}}}\n",
    "noselector.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
    "two.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: multi}\n",
    "broken.yaml": "apiVersion: v1\nkind: [Pod\n",
    "nokind.yaml": "apiVersion: v1\nmetadata: {name: shell}\n",
    "dev.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shell, namespace: dev}\nspec: {containers: [{name: main}]}\n",
    "unknown.yaml": "apiVersion: nowhere.example/v1\nkind: Thing\nmetadata: {name: shell}\n",
}


# What the container runtime calls each exec.
EXEC_ID = re.compile(r'failed to start exec "[0-9a-f]{64}"')
# The name server that was asked.
NAME_SERVER = re.compile(r" on \S+:53: no such host")
# The file of kubectl's that knows the kinds; Debian's kubectl has other paths than the official one.
SCHEME = re.compile(r'(?<=in scheme ")[^"]*')


def normal(errors):
    """What counts of stderr: the text without kubectl's log, with our name in place of kubectl's."""
    errors = EXEC_ID.sub('failed to start exec "ID"', LOG_LINE.sub("", errors))
    errors = NAME_SERVER.sub(": no such host", errors)
    return SCHEME.sub(lambda found: os.path.basename(found.group(0)), errors).replace("'kubectl exec ", "'kubectl secure-exec ")


class Parity(ClusterCase):
    def setUp(self):
        super().setUp()
        view = harness.run([harness.find_kubectl(), "config", "view", "--raw", "-o",
                            "jsonpath={.clusters[?(@.name=='modern')].cluster.server} "
                            "{.clusters[?(@.name=='modern')].cluster.certificate-authority-data}",
                            "--kubeconfig", self.kubeconfig])
        server, ca = view.text.split()
        base64.b64decode(ca, validate=True)
        self.words = {"server": server, "ca": ca, "files": os.path.join(self.scratch.path, "files")}
        os.mkdir(self.words["files"])
        for name, text in FILES.items():
            with open(os.path.join(self.words["files"], name), "w", encoding="utf-8") as file:
                file.write(text)

    def fill(self, text):
        for key, value in self.words.items():
            text = text.replace("{" + key + "}", value)
        return text

    def run_both(self, number, case):
        env = dict(self.scratch.env, **case.env)
        if case.kubeconfig:
            env["KUBECONFIG"] = os.path.join(self.scratch.path, f"kubeconfig-{number}")
            with open(env["KUBECONFIG"], "w", encoding="utf-8") as file:
                file.write(self.fill(case.kubeconfig))
        where = ["--context", case.context] if case.context else []
        args = [*where, *map(self.fill, case.args)]
        return [harness.run([*program, *args], stdin=case.stdin, env=env)
                for program in ([harness.find_kubectl(), "exec"], [harness.PROGRAM])]

    def judge(self, case, theirs, ours):
        """What is wrong, or None."""
        expected, got = normal(theirs.errors), normal(ours.errors)
        equal = ours.code == theirs.code and ours.stdout == theirs.stdout and got.startswith(expected.removesuffix("\n"))
        if case.differs:
            if equal:
                return "is said to differ, and does not"
            if (ours.code, ours.stdout) != (case.code, case.stdout) or case.stderr not in ours.errors:
                return "differs in another way than the table says"
            return None
        if equal:
            return None
        return "differs"

    def test_every_case(self):
        cases = table.cases()
        self.assertGreaterEqual(len(cases), 200)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda pair: self.run_both(*pair), enumerate(cases)))
        wrong = []
        for case, (theirs, ours) in zip(cases, results):
            if problem := self.judge(case, theirs, ours):
                wrong.append(f"{case.name}: {problem}\n" + report(theirs, ours))
        print(f"{len(cases)} command lines, {sum(bool(c.differs) for c in cases)} listed differences", file=sys.stderr)
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong))


def report(theirs, ours):
    lines = []
    for who, done in (("kubectl", theirs), ("ours", ours)):
        lines.append(f"  {who}: exit {done.code}, stdout {done.stdout[:200]!r}\n    {done.errors[:1200]!r}")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--show":
        parity = Parity("test_every_case")
        Parity.setUpClass()
        parity.setUp()
        for index, each in enumerate(table.cases()):
            if sys.argv[2] in each.name:
                both = parity.run_both(index, each)
                print(f"{each.name}: {parity.judge(each, *both) or 'same'}\n" + report(*both))
        parity.doCleanups()
    else:
        main()
