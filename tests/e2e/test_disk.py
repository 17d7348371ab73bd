"""Full and unwritable stores, against the fake API server."""

from disk_scenarios import ClosedStoreScenarios, FullDiskScenarios
from fake_server import FakeCase
from harness import main
import private_mounts


def setUpModule():
    private_mounts.enter()


class Full(FullDiskScenarios, FakeCase):
    pass


class Closed(ClosedStoreScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
