"""The fake API server of tests/fakes, started once per file of tests."""

import json
import os
import shutil
import subprocess
import tempfile

import harness

_APISERVER = os.path.join(harness.REPOSITORY, "tests", "fakes", "apiserver.py")


class _Server:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-fake-")
        self.log = os.path.join(self.directory, "requests")
        with open(os.path.join(self.directory, "errors"), "wb") as errors:
            self.process = subprocess.Popen(
                ["python3", "-B", _APISERVER, "--state", os.path.join(self.directory, "state"), "--log", self.log,
                 "--with-parent", "--hang-up"], stdout=subprocess.PIPE, stderr=errors, text=True)
        ready = self.process.stdout.readline().split(maxsplit=1)
        if len(ready) != 2 or ready[0] != "ready":
            with open(errors.name, encoding="utf-8") as file:
                raise AssertionError("apiserver.py did not start: " + file.read())
        self.kubeconfig = ready[1].strip()

    def requests(self):
        """What it logged: one dictionary for each request, and one for each session's end."""
        if not os.path.exists(self.log):
            return []
        return [json.loads(line) for line in harness.whole_lines(self.log)]

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class FakeCase(harness.Case):
    """Against the fake server, which also says whether the client kept to the protocol."""

    context = "fake"
    fake = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fake = _Server()
        cls.addClassCleanup(cls.fake.stop)
        cls.kubeconfig = cls.fake.kubeconfig

    def server(self):
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        # The first cluster is the one that `fake` uses.
        host, port = text.split("server: https://", 1)[1].split()[0].strip('"').split("/")[0].rsplit(":", 1)
        return host, int(port)

    def tearDown(self):
        for request in self.fake.requests():
            self.assertFalse(request.get("violations"), request)


class FakeV4Case(FakeCase):
    """An old server: v4 and SPDY."""

    context = "fake-v4"


class FakeSpdyCase(FakeCase):
    protocol = "spdy"
