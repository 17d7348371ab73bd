"""What stands still, on the real clock: a disk for a minute, a server for as long."""

import time

import castfile
from disk_scenarios import StallingDiskScenarios
from fake_server import FakeCase, FakeSpdyCase
from harness import main, reason
from pty_session import PtySession
import private_mounts


def setUpModule():
    private_mounts.enter()


class Disk(StallingDiskScenarios, FakeCase):
    pass


class Server(FakeCase):
    pods_that_never_answer = ("x-http-stall",)

    def test_server_that_answers_no_ping(self):
        start = time.monotonic()
        session = PtySession(self.argv("-it", "--", "sh", pod="x-mute"), self.scratch.env)
        self.addCleanup(session.close)
        self.assertEqual(session.wait(80), 122)
        self.assertGreater(time.monotonic() - start, 45)
        self.assertEqual(session.settings(), session.settings_before)
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events), ["122", "client", "connection-lost"])

    def test_server_that_never_answers_the_request(self):
        for pod in self.pods_that_never_answer:
            with self.subTest(pod=pod):
                done = self.exec("--", "sleep", "100", pod=pod, seconds=60)
                self.assertNotEqual(done.code, 0)
                self.assertEqual(reason(done.errors).count("\n"), 1, done.errors)


class SpdyServer(Server, FakeSpdyCase):
    pods_that_never_answer = ("x-http-stall", "x-spdy-no-reply")


if __name__ == "__main__":
    main()
