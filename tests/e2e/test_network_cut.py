"""The network cut in the middle of a session, against the fake API server."""

import private_network
from cut_scenarios import CutScenarios
from fake_server import FakeCase
from harness import main


def setUpModule():
    private_network.enter()


class Modern(CutScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
