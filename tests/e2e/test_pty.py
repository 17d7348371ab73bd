"""A shell on a terminal, against the fake API server."""

from fake_server import FakeCase, FakeSpdyCase, FakeV4Case
from harness import main
from pty_scenarios import PtyScenarios


class V5(PtyScenarios, FakeCase):
    pass


class V4(PtyScenarios, FakeV4Case):
    pass


class Spdy(PtyScenarios, FakeSpdyCase):
    pass


if __name__ == "__main__":
    main()
