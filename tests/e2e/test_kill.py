"""kill -9 in the middle, against the fake API server."""

from fake_server import FakeCase, FakeSpdyCase
from harness import main
from kill_scenarios import EncryptedKillScenarios, KillScenarios


class V5(KillScenarios, FakeCase):
    pass


class Spdy(KillScenarios, FakeSpdyCase):
    rounds = 10


class V5Encrypted(EncryptedKillScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
